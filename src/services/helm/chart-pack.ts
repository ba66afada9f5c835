import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gzip, type InputType } from 'node:zlib'
import { pack } from 'tar-stream'
import { problems } from '../../errors.ts'
import { MOST_FILES, MOST_PACKED } from './chart-archive.ts'

const compress: (bytes: InputType) => Promise<Buffer> = promisify(gzip)
const MOST_BYTES = 5 * MOST_PACKED

/**
 * A chart's folder as a .tgz: the same files give the same bytes. Names that begin with a dot are left out, but .helmignore, of which
 * nothing else is done. Throws `bad_chart` for links, `chart_too_large`.
 */
export async function packFolder(folder: string): Promise<Buffer> {
  const files = await filesIn(folder, '')
  const archive = pack()
  const packed = buffer(archive)
  let size = 0
  for (const path of files.toSorted()) {
    const content = await readFile(join(folder, path))
    size += content.length
    if (size > MOST_BYTES) throw problems.chartTooLarge(`its files are larger than ${MOST_BYTES} bytes`)
    archive.entry({ name: `${basename(folder)}/${path}`, mtime: new Date(0), mode: 0o644 }, content)
  }
  archive.finalize()
  return compress(await packed)
}

async function filesIn(folder: string, within: string): Promise<string[]> {
  const found: string[] = []
  for (const name of await readdir(join(folder, within))) {
    if (name.startsWith('.') && name !== '.helmignore') continue
    found.push(...(await filesAt(folder, within === '' ? name : `${within}/${name}`)))
    if (found.length > MOST_FILES) throw problems.chartTooLarge(`it has more than ${MOST_FILES} files`)
  }
  return found
}

async function filesAt(folder: string, path: string): Promise<string[]> {
  const entry = await lstat(join(folder, path))
  if (entry.isDirectory()) return filesIn(folder, path)
  if (!entry.isFile()) throw problems.badChart(`"${path}" in it is a link or no plain file`)
  return [path]
}
