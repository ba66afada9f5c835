import { problems } from '../../errors.ts'

/** Which chart a caller means. */
export interface ChartRef {
  /** oci://…, a URL of a .tgz, a name in `repo`, sha256:… of an uploaded one, or a path under HELM_CHART_DIR. */
  chart: string
  /** URL of the repository that `chart` is a name in. */
  repo?: string
  /** A version, or a range such as ^1.2; absent: the newest that is no pre-release. */
  version?: string
}

/** A chart in a registry: OCI Distribution Specification 1.1. */
export interface OciReference {
  host: string
  repository: string
  tag?: string
  /** Of the manifest: sha256:… */
  digest?: string
}

/** Where a chart is to be taken from. */
export type Reference =
  | { kind: 'stored'; sha256: string }
  | { kind: 'oci'; oci: OciReference; version: string | undefined }
  | { kind: 'url'; url: URL }
  | { kind: 'repository'; repository: URL; name: string; version: string | undefined }
  | { kind: 'folder'; path: string }

const LENGTH = 2_000
const STORED = /^sha256:([0-9a-f]{64})$/
const PART = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*'
const OCI = new RegExp(
  `^oci://(?<host>(?:[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(?::[0-9]{1,5})?)/(?<repository>${PART}(?:/${PART})*)(?::(?<tag>[\\w][\\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
)
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const PATH = /^[A-Za-z0-9][A-Za-z0-9._+-]*(?:\/[A-Za-z0-9][A-Za-z0-9._+-]*)*$/
const VERSION = /^[\w<>=!~^*][\w.+\-*^~<>=!|, ]{0,99}$/

/** Reads what a caller named, without looking at anything. Throws `bad_input` for what names no chart. */
export function readReference({ chart, repo, version }: ChartRef): Reference {
  if (version !== undefined && !VERSION.test(version))
    throw problems.badInput(
      `version "${version.slice(0, 100)}" is no version.`,
      'Write 1.2.3, or a range such as ^1.2.',
    )
  if (chart.length > LENGTH) throw problems.badInput('The name of the chart is longer than any can be.')
  if (repo !== undefined) return inRepository(chart, repo, version)
  const stored = STORED.exec(chart)?.[1]
  if (stored !== undefined) return alone({ kind: 'stored', sha256: stored }, version)
  const oci = OCI.exec(chart)?.groups
  if (oci !== undefined) return inRegistry(oci, version)
  if (/^https?:\/\//i.test(chart)) return alone({ kind: 'url', url: webUrl(chart) }, version)
  if (PATH.test(chart)) return alone({ kind: 'folder', path: chart }, version)
  throw problems.badInput(`"${chart.slice(0, 200)}" names no chart.`, FORMS)
}

const FORMS =
  'Write oci://HOST/PATH, the URL of a .tgz, sha256:… of an uploaded chart, a path in the chart folder of this server, or a name together with repo.'

function alone<R extends Reference>(reference: R, version: string | undefined): R {
  if (version === undefined) return reference
  throw problems.badInput(
    'version is for charts of a repository or a registry: this one is named exactly.',
    'Leave it out.',
  )
}

function inRepository(name: string, repo: string, version: string | undefined): Reference {
  if (!NAME.test(name)) throw problems.badInput(`"${name.slice(0, 200)}" is no name of a chart in a repository.`, FORMS)
  const repository = webUrl(repo)
  if (!repository.pathname.endsWith('/')) repository.pathname += '/'
  return { kind: 'repository', repository, name, version }
}

function inRegistry(groups: Record<string, string | undefined>, version: string | undefined): Reference {
  const { host = '', repository = '', tag, digest } = groups
  if (version !== undefined && (tag !== undefined || digest !== undefined))
    throw problems.badInput('The chart names a tag or digest, and there is a version as well.', 'Give one of them.')
  const oci = { host, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
  return { kind: 'oci', oci, version }
}

/** A URL in which nothing is hidden: no credentials, no query, no encoded slash or dot. */
function webUrl(text: string): URL {
  const url = URL.parse(text)
  const isPlain =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    `${url.username}${url.password}${url.search}${url.hash}` === '' &&
    !/[%\\\s\p{Cc}]|\/\.\.?(?:\/|$)/u.test(text)
  if (isPlain) return url
  throw problems.badInput(
    `"${text.slice(0, 200).replace(/\/\/[^/]*@/, '//')}" is not a plain web address.`,
    'Write https://HOST/PATH, without user name, query, "%" and "..".',
  )
}
