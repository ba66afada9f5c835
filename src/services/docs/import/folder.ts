import { opendir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sources } from './sources.ts'

/** Folders of a checkout that have no documentation. */
const SKIPPED = new Set(['.git', 'node_modules', 'public', 'resources'])

/** Reads a checkout. Links in it are not followed. */
export async function readFolder(root: string, sources: Sources): Promise<void> {
  const walk = async (below: string): Promise<void> => {
    for await (const entry of await opendir(join(root, below))) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) {
        if (sources.wants(name, 'directory', 0) || SKIPPED.has(entry.name)) continue
        await walk(name)
        continue
      }
      const type = entry.isSymbolicLink() ? 'symlink' : entry.isFile() ? 'file' : 'device'
      const size = type === 'file' ? (await stat(join(root, name))).size : 0
      if (sources.wants(name, type, size)) sources.add(name, await readFile(join(root, name), 'utf8'))
    }
  }
  await walk('')
}
