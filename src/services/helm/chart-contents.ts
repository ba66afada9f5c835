import { isScalar, parseDocument } from 'yaml'
import { problems } from '../../errors.ts'
import { readChartArchive } from './chart-archive.ts'

/** What a chart says of itself. All text in it is its author's. */
export interface ChartContents {
  name: string
  version: string
  appVersion?: string
  /** Chart.yaml as data. */
  metadata: Readonly<Record<string, unknown>>
  /** values.schema.json as data. */
  schema?: Readonly<Record<string, unknown>>
  /** Text of each file that Helm installs as custom resource definitions, its own and its subcharts'. */
  crds: readonly string[]
  hasCrds: boolean
  /** How many files it has, in subcharts too. */
  files: number
}

const CHART_YAML_BYTES = 256 * 1024
const CRD = /^(?:charts\/[^/]+\/)*crds\/.*\.(?:yaml|yml|json)$/
const isWanted = (path: string) => path === 'Chart.yaml' || path === 'values.schema.json' || CRD.test(path)

/** Reads a chart's .tgz. Throws `bad_chart`, `chart_too_large`. */
export async function readChart(bytes: Buffer): Promise<ChartContents> {
  const { files, count } = await readChartArchive(bytes, isWanted)
  const textOf = (path: string) => files.find((file) => file.path === path)?.bytes
  const metadata = textOf('Chart.yaml')
  if (metadata === undefined) throw problems.badChart('it has no Chart.yaml')
  const schema = textOf('values.schema.json')
  const crds = files.filter(({ path }) => CRD.test(path)).map((file) => file.bytes.toString())
  return {
    ...readMetadata(metadata),
    ...(schema === undefined ? {} : { schema: readSchema(schema) }),
    crds,
    hasCrds: crds.length > 0,
    files: count,
  }
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const VERSION = /^v?[0-9]+(?:\.[0-9]+){0,2}(?:[-+][0-9A-Za-z.+-]+)?$/
const VERSION_LENGTH = 128

function readMetadata(bytes: Buffer): Pick<ChartContents, 'name' | 'version' | 'appVersion' | 'metadata'> {
  if (bytes.length > CHART_YAML_BYTES) throw problems.chartTooLarge('its Chart.yaml is larger than 256 KiB')
  const document = parseDocument(bytes.toString(), { uniqueKeys: true, prettyErrors: false })
  const fault = document.errors[0]?.code
  if (fault !== undefined) throw problems.badChart(`its Chart.yaml is no YAML (${fault})`)
  const metadata = plain(() => document.toJS({ maxAliasCount: 100 }))
  if (!isFields(metadata)) throw problems.badChart('its Chart.yaml is not a map')
  // As it is written: 1.10 is a version, and not the number 1.1.
  const written = (field: string): string => {
    const node = document.get(field, true)
    return isScalar(node) && node.value !== null ? (node.source ?? '') : ''
  }
  const [name, version, appVersion] = [written('name'), written('version'), written('appVersion')]
  if (!NAME.test(name)) throw problems.badChart('its Chart.yaml has no name, or one that no chart can have')
  if (version.length > VERSION_LENGTH || !VERSION.test(version))
    throw problems.badChart('its Chart.yaml has no version, or one that is no semantic version')
  return { name, version, ...(appVersion === '' ? {} : { appVersion }), metadata }
}

function readSchema(bytes: Buffer): Record<string, unknown> {
  const schema = plain(() => JSON.parse(bytes.toString()))
  if (!isFields(schema)) throw problems.badChart('its values.schema.json is not a JSON object')
  return schema
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function plain(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return undefined
  }
}
