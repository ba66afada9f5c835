import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip, type InputType } from 'node:zlib'
import { type ChartFile, readChartArchive } from './chart-archive.ts'

/** Bytes that a Secret or ConfigMap may have. */
export const MOST_STORED = 1_048_576
/** Bytes of an archive below which no chart comes near to that. */
const SMALL_ARCHIVE = MOST_STORED / 16
/** Bytes of files that are packed to see what they come to: Helm is not given more to say either. */
const MOST_PACKED = 32 * 1024 * 1024

const compress: (bytes: InputType) => Promise<Buffer> = promisify(gzip)

/** Bytes of a release where Helm stores it, by its JSON: gzipped, then as base64. What is small before is not looked at. */
export const storedSize = async (json: string): Promise<number> =>
  json.length < MOST_STORED ? json.length : Math.ceil(((await compress(json)).length * 4) / 3)

/** The same by the manifest alone, with what Helm stores of the chart (the .tgz at `path`) beside it: all but its subcharts. */
export async function storedSizeWith(manifest: string, path: string): Promise<number> {
  const archive = await readFile(path)
  if (archive.length < SMALL_ARCHIVE) return storedSize(manifest)
  const { files } = await readChartArchive(archive, (each) => !each.startsWith('charts/'))
  if (unpacked(files) > MOST_PACKED) return storedSize(manifest)
  return storedSize(JSON.stringify({ manifest, files: files.map(({ bytes }) => bytes.toString('base64')) }))
}

const unpacked = (files: readonly ChartFile[]) => files.reduce((sum, { bytes }) => sum + bytes.length, 0)
