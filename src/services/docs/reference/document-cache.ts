import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isReferenceFile, type ReferenceFile } from './definitions.ts'

const MOST_BYTES = 64 * 1024 * 1024

/**
 * What was made of a cluster's documents, on disk, by cluster, group version and hash: the same document is not fetched again after a
 * restart. A cache: what cannot be read or written is fetched again.
 */
export class DocumentCache {
  readonly #folder: string
  constructor(folder: string) {
    this.#folder = folder
  }

  async read(key: readonly string[]): Promise<ReferenceFile | undefined> {
    try {
      const file: unknown = JSON.parse(await readFile(this.#path(key), 'utf8'))
      return isReferenceFile(file) ? file : undefined
    } catch {
      return undefined
    }
  }

  /** Never throws: a disk that is full must not keep anybody from reading a schema. */
  async write(key: readonly string[], file: ReferenceFile): Promise<void> {
    const path = this.#path(key)
    const draft = `${path}.${randomBytes(6).toString('hex')}`
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      await writeFile(draft, JSON.stringify(file), { mode: 0o600 })
      await rename(draft, path)
      await this.#prune()
    } catch {
      await rm(draft, { force: true }).catch(() => undefined)
    }
  }

  // The hash of the whole key: what a cluster calls its documents never reaches the file system.
  #path(key: readonly string[]): string {
    return join(this.#folder, `${createHash('sha256').update(JSON.stringify(key)).digest('hex')}.json`)
  }

  async #prune(): Promise<void> {
    const names = await readdir(this.#folder)
    const files = await Promise.all(
      names.map(async (name) => ({ path: join(this.#folder, name), ...(await facts(join(this.#folder, name))) })),
    )
    let bytes = 0
    const superfluous = files
      .toSorted((a, b) => b.written - a.written)
      .filter((each) => (bytes += each.size) > MOST_BYTES)
    await Promise.all(superfluous.map(({ path }) => rm(path, { force: true })))
  }
}

async function facts(path: string): Promise<{ size: number; written: number }> {
  const { size, mtimeMs } = await stat(path)
  return { size, written: mtimeMs }
}
