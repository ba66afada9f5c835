import { parseDocument } from 'yaml'

/** One version of a chart in a repository. */
export interface IndexEntry {
  version: string
  urls: string[]
  /** SHA-256 in hex of the archive, where the index says it. */
  digest: string | undefined
}

/** What the index of a repository says of one chart; a fault where it is no index. */
export type IndexAnswer = { entries: IndexEntry[] } | { fault: string }

/** Reads index.yaml (helm.sh/docs/topics/chart_repository), YAML or JSON, for one chart. */
export function readIndex(text: string, name: string): IndexAnswer {
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: false })
  const fault = document.errors[0]?.code
  if (fault !== undefined) return { fault: `its index.yaml is no YAML (${fault})` }
  const index: unknown = document.toJS({ maxAliasCount: 100 })
  const all = field(index, 'entries')
  if (typeof all !== 'object' || all === null) return { fault: 'its index.yaml has no entries' }
  const entries: unknown = Object.hasOwn(all, name) ? Reflect.get(all, name) : []
  return { entries: Array.isArray(entries) ? entries.flatMap(readEntry) : [] }
}

function readEntry(entry: unknown): IndexEntry[] {
  const [version, urls, digest] = [field(entry, 'version'), field(entry, 'urls'), field(entry, 'digest')]
  if (typeof version !== 'string' || !Array.isArray(urls)) return []
  return [
    {
      version,
      urls: urls.filter((url) => typeof url === 'string'),
      digest: typeof digest === 'string' && digest !== '' ? digest : undefined,
    },
  ]
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
