import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gzip, type InputType } from 'node:zlib'
import { pack } from 'tar-stream'
import { Problem } from '../../errors.ts'
import { at, type Fields, fieldsAt, listAt, textAt } from '../describe/read.ts'
import { readChartArchive } from './chart-archive.ts'
import { CHART_LABEL, type HelmTools } from './changing.ts'
import type { ReleaseHead } from './head.ts'

/** A chart that is stored here, or why it cannot be. */
export type KeptChart = { sha256: string } | { why: string }

/** What Helm keeps of a file: `data` is base64. */
interface StoredFile {
  name: string
  data: Buffer
}

const compress: (bytes: InputType) => Promise<Buffer> = promisify(gzip)
const NO_SUBCHARTS = 'its chart has subcharts, which Helm does not keep, and its bytes are not stored here any more'

/**
 * The chart of a release as stored bytes: put together from what Helm keeps of it (templates, files, defaults, schema). Helm keeps no
 * subcharts: of a chart that has some it is the bytes that were installed from here, where they still are. Throws `release_damaged`,
 * `chart_store_failed`.
 */
export async function keptChart(tools: HelmTools, head: ReleaseHead): Promise<KeptChart> {
  const stored = await tools.storage.readStored(head)
  const chart = fieldsAt(stored, 'chart')
  if (!hasSubcharts(stored)) return tools.charts.store(await archiveOf(chart))
  const sha256 = await installedFrom(tools, head, chart)
  return sha256 === undefined ? { why: NO_SUBCHARTS } : { sha256 }
}

// Chart.yaml need not name what lies in charts/; Helm says above each object which template made it.
const OF_SUBCHART = /^# Source: [^/\n]+\/charts\//m

const hasSubcharts = (stored: unknown): boolean =>
  listAt(stored, 'chart.metadata.dependencies').length > 0 ||
  OF_SUBCHART.test(textAt(stored, 'manifest') ?? '') ||
  listAt(stored, 'hooks').some((hook) => /^[^/]+\/charts\//.test(textAt(hook, 'path') ?? ''))

const DIGITS = Array.from({ length: 16 }, (_, digit) => digit.toString(16))

/** The stored chart that a revision's label names, if it still is the chart that Helm keeps: later revisions inherit the label. */
async function installedFrom(
  { charts }: HelmTools,
  { labels }: ReleaseHead,
  chart: Fields,
): Promise<string | undefined> {
  const label = labels[CHART_LABEL] ?? ''
  if (!/^[0-9a-f]{63}$/.test(label)) return undefined
  for (const digit of DIGITS) {
    const found = await charts.pinned(`${label}${digit}`).catch(missing)
    if (found !== undefined) return (await isOf(charts.path(found.sha256), chart)) ? found.sha256 : undefined
  }
  return undefined
}

function missing(error: unknown): undefined {
  if (error instanceof Problem && ['chart_not_found', 'bad_chart'].includes(error.code)) return undefined
  throw error
}

/** Whether an archive has the templates and files that Helm keeps of a chart, byte for byte. */
async function isOf(path: string, chart: Fields): Promise<boolean> {
  const kept = filesOf(chart)
  const names = new Set(kept.map(({ name }) => name))
  const { files } = await readChartArchive(await readFile(path), (each) => names.has(each))
  const byName = new Map(files.map((file) => [file.path, file.bytes]))
  return kept.every(({ name, data }) => byName.get(name)?.equals(data) === true)
}

const filesOf = (chart: Fields): StoredFile[] =>
  [...listAt(chart, 'templates'), ...listAt(chart, 'files')].flatMap((file) => {
    const [name, data] = [textAt(file, 'name'), textAt(file, 'data') ?? '']
    return name === undefined ? [] : [{ name, data: Buffer.from(data, 'base64') }]
  })

/** A .tgz of what Helm keeps of a chart; the same chart gives the same bytes. JSON is YAML, and is all that is left of the two files. */
async function archiveOf(chart: Fields): Promise<Buffer> {
  const schema = textAt(chart, 'schema')
  const own: StoredFile[] = [
    { name: 'Chart.yaml', data: json(at(chart, 'metadata')) },
    { name: 'values.yaml', data: json(fieldsAt(chart, 'values')) },
    ...(schema === undefined ? [] : [{ name: 'values.schema.json', data: Buffer.from(schema, 'base64') }]),
  ]
  const archive = pack()
  const packed = buffer(archive)
  const folder = textAt(chart, 'metadata.name') ?? ''
  for (const { name, data } of [...own, ...filesOf(chart)])
    archive.entry({ name: `${folder}/${name}`, mtime: new Date(0), mode: 0o644 }, data)
  archive.finalize()
  return compress(await packed)
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
