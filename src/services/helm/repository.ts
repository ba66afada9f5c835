import { problems } from '../../errors.ts'
import { onThread, TooCostly } from '../threads.ts'
import { MOST_PACKED } from './chart-archive.ts'
import type { ChartSources } from './chart-sources.ts'
import { assertDigest, type FetchedChart } from './fetched-chart.ts'
import { type Fetched, type Fetcher, shown } from './fetching.ts'
import { type IndexAnswer, type IndexEntry, readIndex } from './repository-index.ts'
import { pickVersion } from './versions.ts'

const INDEX_BYTES = 20 * 1024 * 1024
/** Bytes of an index that are read at once: the others on a thread, so that nobody waits for it. */
const SMALL = 64 * 1024

/** A chart by its name in a repository. */
export interface NamedChart {
  repository: URL
  name: string
  version: string | undefined
}

/** Fetches charts from web servers: repositories with an index.yaml, and single archives. */
export class Repositories {
  readonly #fetcher: Fetcher
  readonly #sources: ChartSources

  constructor(fetcher: Fetcher, sources: ChartSources) {
    this.#fetcher = fetcher
    this.#sources = sources
  }

  /** Throws `chart_not_found`, `bad_chart`, `bad_input`, and what `Fetcher.get` throws. */
  async pull({ repository, name, version }: NamedChart, signal: AbortSignal): Promise<FetchedChart> {
    const index = new URL('index.yaml', repository)
    const { body } = await this.#get(index, INDEX_BYTES, signal)
    const entry = chosen(await entriesOf(body.toString(), name, signal), { repository, name, version })
    const url = URL.parse(entry.urls[0] ?? '', repository)
    if (url === null) throw problems.badChart(`the index of ${shown(repository)} has no address for it`)
    const chart = await this.archive(url, signal)
    if (entry.digest !== undefined) assertDigest(chart.bytes, entry.digest, 'the chart')
    return { ...chart, name }
  }

  /** One archive by its own address. Throws the same. */
  async archive(url: URL, signal: AbortSignal): Promise<FetchedChart> {
    const { body } = await this.#get(url, MOST_PACKED, signal)
    return { bytes: body, source: shown(url) }
  }

  async #get(url: URL, limit: number, signal: AbortSignal): Promise<Fetched> {
    const answer = await this.#fetcher.get({ url, limit, signal, allows: (each) => this.#sources.allows(each) })
    if (answer.status === 200) return answer
    if (answer.status === 404) throw problems.chartNotFound(`at ${url.pathname}`, url.host)
    if (answer.status === 401 || answer.status === 403)
      throw problems.chartUnavailable(shown(url), 'it wants credentials, and this server has none for repositories')
    throw problems.chartUnavailable(shown(url), `it answered ${answer.status}`)
  }
}

function chosen(answer: IndexAnswer, { repository, name, version }: NamedChart): IndexEntry {
  if ('fault' in answer) throw problems.chartUnavailable(shown(repository), answer.fault)
  const { entries } = answer
  const picked = pickVersion(
    entries.map((each) => each.version),
    version,
  )
  const entry = entries.find((each) => each.version === picked)
  if (entry !== undefined) return entry
  const has = entries.slice(0, 5).map((each) => each.version)
  const next =
    has.length === 0 ? undefined : `It has ${has.join(', ')}${entries.length > has.length ? ' and others' : ''}.`
  throw problems.chartNotFound(
    `"${name}"${version === undefined ? '' : ` of version ${version}`}`,
    shown(repository),
    next,
  )
}

async function entriesOf(text: string, name: string, signal: AbortSignal): Promise<IndexAnswer> {
  if (text.length <= SMALL) return readIndex(text, name)
  try {
    const answer: unknown = await onThread(import.meta, './index-worker', { text, name }, signal)
    if (isAnswer(answer)) return answer
    throw new TypeError('a thread answered something that is not an index')
  } catch (error) {
    if (error instanceof TooCostly) return { fault: 'its index.yaml takes too much time or memory to read' }
    throw error
  }
}

const isAnswer = (value: unknown): value is IndexAnswer =>
  typeof value === 'object' && value !== null && ('entries' in value || 'fault' in value)
