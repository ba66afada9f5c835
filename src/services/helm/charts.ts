import { join } from 'node:path'
import { type Config, dataPlaces } from '../../config.ts'
import { problems } from '../../errors.ts'
import type { ChartContents } from './chart-contents.ts'
import { type ChartRef, readReference, type Reference } from './chart-reference.ts'
import { ChartSources } from './chart-sources.ts'
import { ChartStore } from './chart-store.ts'
import type { FetchedChart } from './fetched-chart.ts'

export type { ChartRef } from './chart-reference.ts'

/** A chart whose bytes are stored: what a plan shows is what is installed. Text in it is its author's. */
export interface PinnedChart extends ChartContents {
  /** Of the .tgz, in hex. */
  sha256: string
  /** Where it is from, without credentials: for the plan. */
  source: string
}

/** Charts: from the operator's sources, by upload, from the operator's folder; each kept by the SHA-256 of its bytes. */
export class Charts {
  readonly #store: ChartStore
  readonly #sources: ChartSources
  readonly #folder: string | undefined

  constructor(config: Config) {
    this.#sources = new ChartSources(config.HELM_CHART_SOURCES)
    this.#store = new ChartStore(join(dataPlaces(config).folder, 'charts'))
    this.#folder = config.HELM_CHART_DIR
  }

  /**
   * Finds a chart and stores its bytes. Throws `bad_input`, `chart_source_not_allowed`, `chart_not_found`, `chart_unavailable`, `bad_chart`,
   * `chart_too_large`, `chart_store_failed`, `cancelled`; nothing is stored then.
   */
  async pin(ref: ChartRef, signal: AbortSignal): Promise<PinnedChart> {
    const reference = readReference(ref)
    if (reference.kind === 'stored') return this.pinned(reference.sha256)
    const { bytes, source, name } = await this.#fetch(reference, signal)
    const chart = await readChart(bytes)
    if (name !== undefined && chart.name !== name)
      throw problems.badChart(`the source has another chart in its place, "${chart.name}"`)
    return { ...chart, source, sha256: await this.#store.put(bytes) }
  }

  /** A stored chart again, its bytes checked; it then counts as used. Throws `chart_not_found`, `bad_chart`. */
  async pinned(sha256: string): Promise<PinnedChart> {
    const chart = await readChart(await this.#store.get(sha256))
    return { ...chart, sha256, source: `sha256:${sha256}` }
  }

  /** Where the bytes of a stored chart are, for helm: call `pinned` before, which checks them. */
  path(sha256: string): string {
    return this.#store.path(sha256)
  }

  /** Stores an uploaded .tgz. Throws `bad_chart`, `chart_too_large`, `chart_store_failed`; nothing is stored then. */
  async store(bytes: Buffer): Promise<PinnedChart> {
    const chart = await readChart(bytes)
    const sha256 = await this.#store.put(bytes)
    return { ...chart, sha256, source: `sha256:${sha256}` }
  }

  async #fetch(reference: Exclude<Reference, { kind: 'stored' }>, signal: AbortSignal): Promise<FetchedChart> {
    if (reference.kind === 'folder') return readFromFolder(this.#folder, reference.path)
    const { Fetcher } = await import('./fetching.ts')
    const fetcher = new Fetcher(this.#sources)
    if (reference.kind === 'oci') {
      const { Registries } = await import('./registry.ts')
      return new Registries(fetcher, this.#sources).pull(reference.oci, reference.version, signal)
    }
    const { Repositories } = await import('./repository.ts')
    const repositories = new Repositories(fetcher, this.#sources)
    return reference.kind === 'url' ? repositories.archive(reference.url, signal) : repositories.pull(reference, signal)
  }
}

// Loaded when they are first needed: a server whose Helm is never used does not pay for what reads archives.
const readChart = async (bytes: Buffer) => (await import('./chart-contents.ts')).readChart(bytes)
const readFromFolder = async (folder: string | undefined, path: string) =>
  (await import('./chart-folder.ts')).readFromFolder(folder, path)
