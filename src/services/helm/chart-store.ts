import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { problems } from '../../errors.ts'
import { diskFault } from './disk-fault.ts'
import { sha256 } from './fetched-chart.ts'

const DAY = 24 * 60 * 60 * 1000
/**
 * After its last use. An approval that names a chart waits a day at most, and what it needs for its undo is wiped 7 days after its end: a
 * chart that was not used for longer is one that nobody can ask for any more.
 */
const KEPT = 9 * DAY
/** Bytes of all stored charts. */
const MOST_STORED = 2 * 1024 * 1024 * 1024

/** The bytes of charts, each in a file (0600) that is named by their SHA-256. */
export class ChartStore {
  readonly #folder: string
  readonly #most: number

  constructor(folder: string, most = MOST_STORED) {
    this.#folder = folder
    this.#most = most
  }

  /** Where the bytes of a chart are, or would be. */
  path(digest: string): string {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw problems.badInput(`"${digest.slice(0, 80)}" is no SHA-256 in hex.`)
    return join(this.#folder, `${digest}.tgz`)
  }

  /**
   * Stores bytes and answers their SHA-256. They are there whole, or not at all. Charts that were not used for 9 days go. Throws
   * `chart_store_failed`.
   */
  async put(bytes: Buffer): Promise<string> {
    const digest = sha256(bytes)
    const path = this.path(digest)
    const temporary = join(this.#folder, `.${randomUUID()}.tmp`)
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      if (await isStored(path, bytes)) return digest
      await this.#prune()
      await this.#assertRoom(bytes.length)
      await write(temporary, bytes)
      await rename(temporary, path)
      return digest
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined)
      throw problems.chartStoreFailed(reasonOf(error))
    }
  }

  /** The bytes of a stored chart. Throws `chart_not_found`, and `bad_chart` where they are no longer what their name says. */
  async get(digest: string): Promise<Buffer> {
    const bytes = await readFile(this.path(digest)).catch(() => undefined)
    if (bytes === undefined)
      throw problems.chartNotFound(
        `sha256:${digest}`,
        'This server',
        'Upload it again: a chart is kept for 9 days after its last use.',
      )
    if (sha256(bytes) !== digest) throw problems.badChart(`the stored file of sha256:${digest} has been altered`)
    await touch(this.path(digest))
    return bytes
  }

  async #prune(): Promise<void> {
    const files = await this.#files()
    const old = files.filter(({ usedAt }) => Date.now() - usedAt > KEPT)
    await Promise.all(old.map(({ path }) => rm(path, { force: true })))
  }

  async #assertRoom(size: number): Promise<void> {
    const files = await this.#files()
    const stored = files.reduce((sum, file) => sum + file.size, 0)
    if (stored + size > this.#most) throw new Full(`its charts may take ${this.#most} bytes, and do already`)
  }

  async #files() {
    const names = await readdir(this.#folder).catch(() => [])
    const all = names.map(async (name) => {
      const path = join(this.#folder, name)
      const found = await stat(path).catch(() => undefined)
      return found === undefined ? [] : [{ path, size: found.size, usedAt: found.mtimeMs }]
    })
    return (await Promise.all(all)).flat()
  }
}

class Full extends Error {}

const reasonOf = (error: unknown) => (error instanceof Full ? error.message : diskFault(error))

/** Whether the file is there with exactly these bytes; it then counts as used now. */
async function isStored(path: string, bytes: Buffer): Promise<boolean> {
  const there = await readFile(path).catch(() => undefined)
  if (there === undefined || !there.equals(bytes)) return false
  await touch(path)
  return true
}

function touch(path: string): Promise<void> {
  const now = new Date()
  return utimes(path, now, now)
}

async function write(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}
