import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Unusable } from './fields.ts'

const MISSING = 'missing'
const STILL_MILLISECONDS = 50
const LOOKS = 20

const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR'])

/** The code of a file system or process error (`EACCES`), for sentences: its message may say more than it should. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/**
 * What tells one version of a file from the next. Symbolic links are followed, so a ConfigMap's swapped link counts;
 * inode and change time are in it because a file replaced by rename may keep its size and modification time.
 */
export async function fingerprint(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mode } = await stat(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs, mode].join(':')
  } catch (error) {
    return ABSENT.has(errorCode(error)) ? MISSING : errorCode(error)
  }
}

async function fingerprints(paths: readonly string[]): Promise<string[]> {
  return Promise.all(paths.map(fingerprint))
}

/** True when a file is not the one that was seen: written, replaced, removed, or there now. */
export async function haveChanged(seen: ReadonlyMap<string, string>): Promise<boolean> {
  const now = await fingerprints([...seen.keys()])
  return [...seen.values()].some((before, index) => before !== now[index])
}

/**
 * Waits until the files have been still for 50 ms, at most for a second. An editor's truncate-then-write, its
 * move-aside-then-write, and a certificate and key copied one after the other are thus read as one change.
 */
export async function untilStill(paths: readonly string[]): Promise<void> {
  let before = await fingerprints(paths)
  for (let look = 0; look < LOOKS; look += 1) {
    await sleep(STILL_MILLISECONDS, undefined, { ref: false })
    const now = await fingerprints(paths)
    if (now.every((print, index) => print === before[index])) return
    before = now
  }
}

/**
 * Reads the files of one load, each once, and keeps what tells their versions apart. The fingerprint is taken before
 * the bytes: a write in between is found by the next look instead of being missed.
 */
export class FileReader {
  /** Every path that was asked for, there or not, with its fingerprint. */
  readonly seen = new Map<string, string>()
  readonly #contents = new Map<string, Promise<Buffer | undefined>>()

  /** The file's bytes; undefined where there is no file. Throws `Unusable` for a folder, an unreadable or a too large file. */
  async read(path: string, limit: number): Promise<Buffer | undefined> {
    const known = this.#contents.get(path)
    if (known) return known
    const content = this.#readOnce(path, limit)
    this.#contents.set(path, content)
    return content
  }

  async #readOnce(path: string, limit: number): Promise<Buffer | undefined> {
    const print = await fingerprint(path)
    this.seen.set(path, print)
    return print === MISSING ? undefined : readBounded(path, limit)
  }
}

async function readBounded(path: string, limit: number): Promise<Buffer | undefined> {
  try {
    // A pipe or a device must not be opened: reading it may never end.
    const about = await stat(path)
    if (!about.isFile()) throw new Unusable(`${path} is ${about.isDirectory() ? 'a folder' : 'not a regular file'}.`)
    const chunks: Buffer[] = []
    for await (const chunk of createReadStream(path, { end: limit })) chunks.push(Buffer.from(chunk))
    const content = Buffer.concat(chunks)
    if (content.length > limit) throw new Unusable(`${path} is larger than ${limit} bytes.`)
    return content
  } catch (error) {
    if (error instanceof Unusable) throw error
    if (ABSENT.has(errorCode(error))) return undefined
    throw new Unusable(`${path} cannot be read (${errorCode(error)}).`)
  }
}
