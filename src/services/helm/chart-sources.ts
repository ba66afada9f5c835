import { isIP } from 'node:net'
import { problems } from '../../errors.ts'
import type { Reach } from './addresses.ts'

/** One of HELM_CHART_SOURCES. */
interface Source {
  /** A registry (OCI) or a web server. */
  kind: 'oci' | 'http'
  /** Of the requests: registries are asked by https but where it says oci+http. */
  origin: string
  /** Path that everything of it begins with; ends with a slash. */
  path: string
}

const EXAMPLE = 'oci://ghcr.io/acme/charts or https://charts.example.com'

/** Where charts may come from: the operator's list of prefixes, which is all there is. */
export class ChartSources {
  readonly #listed: readonly string[]
  readonly #sources: readonly Source[]

  /** `listed`: HELM_CHART_SOURCES, checked when the settings were read. */
  constructor(listed: readonly string[]) {
    this.#listed = listed
    this.#sources = listed.flatMap(readSource)
  }

  /** Whether a URL of a web server is listed. */
  allows(url: URL): boolean {
    return this.#sources.some(
      (each) => each.kind === 'http' && each.origin === url.origin && `${url.pathname}/`.startsWith(each.path),
    )
  }

  /** The origin by which a registry's repository is asked. Throws `chart_source_not_allowed`. */
  registryOrigin(host: string, repository: string): string {
    const found = this.#sources.find(
      ({ kind, origin, path }) =>
        kind === 'oci' && new URL(origin).host === hostOf(origin, host) && `/${repository}/`.startsWith(path),
    )
    if (found === undefined) throw this.refusal(`oci://${host}/${repository}`)
    return found.origin
  }

  /** How far the host of a URL may lead: further where the operator wrote it. */
  reachOf({ origin, hostname }: URL): Reach {
    if (!this.#sources.some((each) => each.origin === origin)) return 'outside'
    return isIP(bare(hostname)) !== 0 || hostname === 'localhost' ? 'anywhere' : 'inside'
  }

  /** The refusal of what is not listed. */
  refusal(what: string) {
    const why =
      this.#listed.length === 0
        ? 'this server has no list of chart sources'
        : `it is under none of the chart sources of this server (${this.#listed.join(', ')})`
    return problems.chartSourceNotAllowed(
      what,
      why,
      `The operator may add it to HELM_CHART_SOURCES, such as ${EXAMPLE}. A chart can also be uploaded: POST /cluster/helm/charts.`,
    )
  }
}

/** The host name without the brackets of an IPv6 address. */
export const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

// A URL leaves out the usual port: so must what it is compared with.
const hostOf = (origin: string, host: string) => URL.parse(`${origin.split(':', 1)[0] ?? ''}://${host}`)?.host

const SCHEMES: Readonly<Record<string, Pick<Source, 'kind'> & { scheme: string }>> = {
  oci: { kind: 'oci', scheme: 'https' },
  'oci+http': { kind: 'oci', scheme: 'http' },
  https: { kind: 'http', scheme: 'https' },
  http: { kind: 'http', scheme: 'http' },
}

function readSource(text: string): Source[] {
  const [, prefix = '', rest = ''] = /^([a-z+]+):\/\/(.+)$/.exec(text) ?? []
  const known = SCHEMES[prefix]
  const url = known === undefined ? null : URL.parse(`${known.scheme}://${rest}`)
  if (known === undefined || url === null) return []
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
  return [{ kind: known.kind, origin: url.origin, path }]
}
