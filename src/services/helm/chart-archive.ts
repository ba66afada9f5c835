import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type Extract, extract, type Header } from 'tar-stream'
import { Problem, problems } from '../../errors.ts'

export const MOST_PACKED = 20 * 1024 * 1024
export const MOST_FILES = 2_000
/** Helm's own limits of a chart and of a file in it, unpacked. */
const MOST_UNPACKED = 100 * 1024 * 1024
const MOST_OF_A_FILE = 5 * 1024 * 1024
const MOST_NESTED = 5
const NAME_LENGTH = 500

/** A file of a chart. */
export interface ChartFile {
  /** Path in the chart; a subchart's has the subchart's before it: charts/db-1.0.0.tgz/crds/table.yaml. */
  path: string
  bytes: Buffer
}

/** What is in a chart's archive. */
export interface ChartArchive {
  /** Those that were wanted. */
  files: ChartFile[]
  /** How many there are, in subcharts too. */
  count: number
}

/** What was unpacked so far: shared by a chart and the archives in it. */
interface Budget {
  files: number
  bytes: number
}

/**
 * Reads a chart's .tgz and every subchart's in it. Nothing is written, and nothing kept but the files that are `wanted`. Refused are
 * links, devices, paths that lead out or stand twice, and more than 20 MiB packed, 100 MiB or 2,000 files unpacked. Throws `bad_chart`,
 * `chart_too_large`.
 */
export async function readChartArchive(bytes: Buffer, wanted: Wanted): Promise<ChartArchive> {
  if (bytes.length > MOST_PACKED) throw problems.chartTooLarge(`it is larger than ${MOST_PACKED} bytes`)
  const budget: Budget = { files: 0, bytes: 0 }
  return { files: await readOne({ path: '', bytes }, wanted, budget), count: budget.files }
}

async function readOne({ path: at, bytes }: ChartFile, wanted: Wanted, budget: Budget): Promise<ChartFile[]> {
  if (!isGzip(bytes)) throw problems.badChart(`${at === '' ? 'it' : `"${shown(at)}" in it`} is no gzip archive (.tgz)`)
  const files = await filesOf(bytes, (path) => isSubchart(path) || wanted(at + path), budget)
  const placed = files.map((file) => ({ ...file, path: at + file.path }))
  const subcharts = files.filter(({ path }) => isSubchart(path))
  if (subcharts.length > 0 && at.split('.tgz/').length > MOST_NESTED)
    throw problems.badChart(`its subcharts are nested more than ${MOST_NESTED} deep`)
  const inner: ChartFile[] = []
  for (const subchart of subcharts)
    inner.push(...(await readOne({ ...subchart, path: `${at}${subchart.path}/` }, wanted, budget)))
  return [...placed, ...inner]
}

type Wanted = (path: string) => boolean

async function filesOf(bytes: Buffer, wanted: Wanted, budget: Budget): Promise<ChartFile[]> {
  const paths = new Paths()
  const files: ChartFile[] = []
  await unpack(bytes, budget, async (header, content) => {
    const path = paths.add(header)
    if (path !== undefined) budget.files++
    if (budget.files > MOST_FILES) throw problems.chartTooLarge(`it has more than ${MOST_FILES} files`)
    if (path !== undefined && wanted(path)) files.push({ path, bytes: await bytesOf(content) })
    else content.resume()
  })
  return files
}

// What Helm loads as a subchart: an archive right under a charts folder.
const isSubchart = (path: string) => /^(?:charts\/[^/]+\/)*charts\/[^/_.][^/]*\.tgz$/.test(path)

const isGzip = (bytes: Buffer) => bytes.length > 18 && bytes[0] === 0x1f && bytes[1] === 0x8b

interface Content extends AsyncIterable<unknown> {
  /** Skips it. */
  resume(): unknown
}

type OnEntry = (header: Header, content: Content) => unknown

async function unpack(bytes: Buffer, budget: Budget, onEntry: OnEntry): Promise<void> {
  const entries = extract()
  const poured = pipeline(Readable.from([bytes]), createGunzip(), bounded(budget), entries)
  const ends = await Promise.allSettled([readEntries(entries, onEntry), poured])
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
  const ours = failures.find((error) => error instanceof Problem)
  if (ours !== undefined) throw ours
  if (failures.length > 0) throw problems.badChart('the archive is damaged or cut off')
}

async function readEntries(entries: Extract, onEntry: OnEntry): Promise<void> {
  for await (const entry of entries) await onEntry(entry.header, entry)
}

/** Lets through what stays within the budget. */
function bounded(budget: Budget): Transform {
  return new Transform({
    transform(part: Buffer, _encoding, done) {
      budget.bytes += part.length
      if (budget.bytes <= MOST_UNPACKED) return done(null, part)
      return done(problems.chartTooLarge(`it unpacks to more than ${MOST_UNPACKED} bytes`))
    },
  })
}

async function bytesOf(content: Content): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of content) if (part instanceof Uint8Array) parts.push(part)
  return Buffer.concat(parts)
}

/** The paths of an archive: all under one folder, each once, none that leads anywhere else. */
class Paths {
  #root = ''
  readonly #seen = new Set<string>()

  /** The path within the chart of a file; undefined for a folder. */
  add({ name, type, size }: Header): string | undefined {
    assertPath(name)
    if (type === 'directory') return undefined
    if (type !== 'file' && type !== 'contiguous-file')
      throw problems.badChart(`"${shown(name)}" in it is a ${type}: only plain files can be in a chart`)
    if (size > MOST_OF_A_FILE)
      throw problems.chartTooLarge(`"${shown(name)}" in it is larger than ${MOST_OF_A_FILE} bytes`)
    return this.#within(name)
  }

  #within(name: string): string {
    const [root = '', ...rest] = name.split('/')
    const path = rest.join('/')
    if (this.#root === '') this.#root = root
    if (path === '' || root !== this.#root) throw problems.badChart('its files are not all in one folder')
    if (this.#seen.has(path)) throw problems.badChart(`"${shown(name)}" stands in it twice`)
    this.#seen.add(path)
    return path
  }
}

const shown = (name: string) => name.slice(0, 200)

function assertPath(name: string): void {
  const parts = name.replace(/\/$/, '').split('/')
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..')
  if (isPlain && name.length <= NAME_LENGTH && !/[\p{Cc}\\]/u.test(name) && !/^[A-Za-z]:/.test(name)) return
  throw problems.badChart(`"${shown(name)}" in it is not a path within a chart`)
}
