import { problems } from '../../errors.ts'
import { MOST_PACKED } from './chart-archive.ts'
import type { OciReference } from './chart-reference.ts'
import type { ChartSources } from './chart-sources.ts'
import { assertDigest, type FetchedChart } from './fetched-chart.ts'
import { type Fetched, type Fetcher, shown } from './fetching.ts'
import { bearerChallenge, type Challenge, tokenIn } from './registry-token.ts'
import { exactVersion, pickVersion } from './versions.ts'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
/** Media types of Helm's artifacts (helm.sh/docs/topics/registries). */
const CONFIG = 'application/vnd.cncf.helm.config.v1+json'
const LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'

const MANIFEST_BYTES = 1024 * 1024
const TAGS_BYTES = 4 * 1024 * 1024
const TOKEN_BYTES = 64 * 1024
const MOST_PAGES = 20

/** Pulls charts from registries by the OCI Distribution Specification 1.1, as anybody: without credentials. */
export class Registries {
  readonly #fetcher: Fetcher
  readonly #sources: ChartSources

  constructor(fetcher: Fetcher, sources: ChartSources) {
    this.#fetcher = fetcher
    this.#sources = sources
  }

  /** Throws `chart_not_found`, `bad_chart`, and what `Fetcher.get` throws. */
  pull(oci: OciReference, version: string | undefined, signal: AbortSignal): Promise<FetchedChart> {
    const origin = this.#sources.registryOrigin(oci.host, oci.repository)
    return new Pull({ fetcher: this.#fetcher, sources: this.#sources, origin, oci, signal }).chart(version)
  }
}

interface Pulling {
  fetcher: Fetcher
  sources: ChartSources
  origin: string
  oci: OciReference
  signal: AbortSignal
}

/** One pull: its requests share a token. */
class Pull {
  readonly #pulling: Pulling
  #token: string | undefined

  constructor(pulling: Pulling) {
    this.#pulling = pulling
  }

  async chart(version: string | undefined): Promise<FetchedChart> {
    const { oci } = this.#pulling
    const tag = oci.tag ?? (oci.digest === undefined ? await this.#tagOf(version) : undefined)
    const { body } = await this.#get(`manifests/${oci.digest ?? tag}`, MANIFEST_BYTES, { accept: MANIFEST })
    if (oci.digest !== undefined) assertDigest(body, oci.digest, 'the manifest')
    const { digest, size } = layerOf(body)
    if (size > MOST_PACKED) throw problems.chartTooLarge(`it is larger than ${MOST_PACKED} bytes`)
    const blob = await this.#get(`blobs/${digest}`, MOST_PACKED)
    assertDigest(blob.body, digest, 'the chart')
    return {
      bytes: blob.body,
      source: `${this.#name}${tag === undefined ? '' : `:${tag}`}${oci.digest === undefined ? '' : `@${oci.digest}`}`,
    }
  }

  get #name(): string {
    return `oci://${this.#pulling.oci.host}/${this.#pulling.oci.repository}`
  }

  // A tag has no "+": Helm writes "_" in its place.
  async #tagOf(version: string | undefined): Promise<string> {
    const exact = exactVersion(version)
    if (exact !== undefined) return exact.replaceAll('+', '_')
    const tags = await this.#tags()
    const picked = pickVersion(
      tags.map((tag) => tag.replaceAll('_', '+')),
      version,
    )
    if (picked !== undefined) return picked.replaceAll('+', '_')
    throw problems.chartNotFound(version === undefined ? 'with a version' : `of version ${version}`, this.#name)
  }

  async #tags(): Promise<string[]> {
    const tags: string[] = []
    let page: string | undefined = 'tags/list?n=1000'
    for (let pages = 0; page !== undefined && pages < MOST_PAGES; pages++) {
      const answer: Fetched = await this.#get(page, TAGS_BYTES)
      tags.push(...textsIn(field(parsed(answer.body), 'tags')))
      page = nextPage(answer)
    }
    return tags
  }

  async #get(path: string, limit: number, headers: Record<string, string> = {}): Promise<Fetched> {
    const answer = await this.#ask(path, limit, headers)
    const challenge = answer.status === 401 && this.#token === undefined ? bearerChallenge(answer) : undefined
    if (challenge === undefined) return this.#usable(answer)
    this.#token = await this.#authenticate(challenge)
    return this.#usable(await this.#ask(path, limit, headers))
  }

  #usable(answer: Fetched): Fetched {
    if (answer.status === 200) return answer
    if (answer.status === 404) throw problems.chartNotFound('of that name and version', this.#name)
    if (answer.status === 401 || answer.status === 403)
      throw problems.chartUnavailable(this.#name, 'it wants credentials, and this server has none for registries')
    throw problems.chartUnavailable(this.#name, `it answered ${answer.status}`)
  }

  #ask(path: string, limit: number, headers: Record<string, string>): Promise<Fetched> {
    const { fetcher, sources, origin, oci, signal } = this.#pulling
    const base = `/v2/${oci.repository}/`
    return fetcher.get({
      url: new URL(`${base}${path}`, origin),
      limit,
      headers: { ...headers, ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }) },
      signal,
      allows: (url) => (url.origin === origin && url.pathname.startsWith(base)) || sources.allows(url),
    })
  }

  // Who hands out tokens is named by the registry, and need not be listed: it is asked by https, not within the organisation.
  async #authenticate({ realm, service }: Challenge): Promise<string> {
    const { fetcher, origin, oci, signal } = this.#pulling
    realm.searchParams.set('scope', `repository:${oci.repository}:pull`)
    if (service !== undefined) realm.searchParams.set('service', service)
    const allows = (url: URL) => url.origin === realm.origin && (url.protocol === 'https:' || url.origin === origin)
    const { status, body } = await fetcher.get({ url: realm, limit: TOKEN_BYTES, signal, allows })
    const token = status === 200 ? tokenIn(parsed(body)) : undefined
    if (token !== undefined) return token
    throw problems.chartUnavailable(this.#name, `${shown(realm)} gives no token to who has no credentials (${status})`)
  }
}

function layerOf(manifest: Buffer): { digest: string; size: number } {
  const content = parsed(manifest)
  if (field(field(content, 'config'), 'mediaType') !== CONFIG)
    throw problems.badChart('the registry has something there that is no Helm chart')
  const layers = field(content, 'layers')
  const layer: unknown = Array.isArray(layers) ? layers.find((each) => field(each, 'mediaType') === LAYER) : undefined
  const [digest, size] = [field(layer, 'digest'), field(layer, 'size')]
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest) || typeof size !== 'number')
    throw problems.badChart('the manifest in the registry names no chart by sha256')
  return { digest, size }
}

/** The rest of a list that comes in pages (RFC 8288, as the specification has it): a path behind that of the repository. */
function nextPage({ headers }: Fetched): string | undefined {
  const link = Array.isArray(headers.link) ? headers.link[0] : headers.link
  const query = /<[^>]*\?([^>#]*)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1]
  return query === undefined ? undefined : `tags/list?${query}`
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
