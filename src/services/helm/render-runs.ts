import { type Problem, problems } from '../../errors.ts'
import { groupVersion } from '../../kubernetes/discovery.ts'
import type { Cluster } from '../cluster.ts'
import { type Fields, isFields, textAt } from '../describe/read.ts'
import { yamlSafe } from '../manifests/server-side-apply.ts'
import { type ByKey, byKey } from './agreement.ts'
import { complaintIn, failureOf, type HelmCommand, type HelmResult } from './binary.ts'
import type { HelmTools } from './changing.ts'
import type { PinnedChart } from './charts.ts'
import { manifestOf, readRendered } from './manifest.ts'
import { readRelease } from './release-fields.ts'
import type { Release } from './release.ts'
import type { RenderedManifest } from './rendered.ts'
import { storedSize, storedSizeWith } from './stored-size.ts'

// One run of helm that renders and does nothing else, and what it says.

/** How Helm writes objects: by server-side apply, or by a merge of its own. */
export type ApplyMethod = NonNullable<Release['applyMethod']>

/** What is to be rendered. */
export interface RenderQuestion {
  command: 'install' | 'upgrade'
  namespace: string
  name: string
  chart: PinnedChart
  values: Fields
  skipCrds: boolean
}

/** What one run has rendered. */
export interface Rendered {
  method: ApplyMethod
  manifest: RenderedManifest
  keys: ByKey
  /** Bytes that the release takes where Helm stores it, as far as can be told before. */
  size: number
}

const RENDER_MILLISECONDS = 60_000

/**
 * Helm's own dry run. `server`: a chart may look things up in the cluster. `client`: it may not, and Helm 4 takes the cluster for one as
 * its own libraries know it.
 */
export function dryRun(
  { binary, charts, cluster }: HelmTools,
  question: RenderQuestion,
  look: 'client' | 'server' = 'server',
): Promise<HelmResult> {
  const { command, namespace, name, chart, values, skipCrds } = question
  const flags = {
    namespace,
    'dry-run': look,
    output: 'json',
    'disable-openapi-validation': true,
    'skip-crds': skipCrds,
    ...(command === 'upgrade' ? { 'reset-values': true } : {}),
  }
  return binary.run({
    command,
    flags,
    positionals: [name, charts.path(chart.sha256)],
    values: yamlSafe(values),
    cluster,
    signal: cluster.call.signal,
    timeout: RENDER_MILLISECONDS,
  })
}

/** What a dry run has rendered. Throws `chart_not_rendered`. */
export async function readDryRun(
  { cluster }: HelmTools,
  question: RenderQuestion,
  result: HelmResult,
): Promise<Rendered> {
  const { command, namespace } = question
  if (result.code !== 0) throw refusalOf(command, result)
  const json: unknown = JSON.parse(result.stdout)
  const release = isFields(json) ? readRelease(json, {}) : undefined
  if (release === undefined) throw failureOf(command, result, 'It did not answer with a release.')
  const method = release.applyMethod ?? 'csa'
  const size = await storedSize(result.stdout)
  return renderedOf(await manifestOf(release, cluster.call.signal), { namespace, method, size })
}

type Facts = Pick<Rendered, 'method' | 'size'> & { namespace: string }

function renderedOf(manifest: RenderedManifest, { namespace, ...rest }: Facts): Rendered {
  const [fault] = manifest.faults
  if (fault !== undefined) throw problems.chartNotRendered(`${fault.source}, line ${fault.line}: ${fault.text}.`)
  return { manifest, keys: byKey(manifest, namespace), ...rest }
}

/**
 * What `helm template` renders for this very cluster (its version, its kinds) without a look at it; its revision is always 1. Throws
 * `chart_not_rendered`.
 */
export async function renderText(tools: HelmTools, question: RenderQuestion): Promise<Rendered> {
  const { binary, charts, cluster } = tools
  const { command, namespace, name, chart, values } = question
  const { signal } = cluster.call
  const facts = await capabilities(cluster)
  const flags = { namespace, ...facts, 'skip-crds': true, 'is-upgrade': command === 'upgrade' }
  const positionals = [name, charts.path(chart.sha256)]
  const run = { flags, positionals, values: yamlSafe(values), signal, timeout: RENDER_MILLISECONDS }
  const result = await binary.run({ command: 'template', ...run })
  if (result.code !== 0) throw refusalOf('template', result)
  const { major } = await binary.version()
  const size = await storedSizeWith(result.stdout, charts.path(chart.sha256))
  return renderedOf(await readRendered(result.stdout, signal), { namespace, method: major > 3 ? 'ssa' : 'csa', size })
}

async function capabilities({ api, discovery }: Cluster) {
  const [version, types] = await Promise.all([api.json<unknown>({ path: ['version'] }), discovery.resources(api)])
  const versions = types.map((type) => groupVersion(type))
  const kinds = types.map((type) => `${groupVersion(type)}/${type.kind}`)
  return { 'kube-version': textAt(version, 'gitVersion') ?? '', 'api-versions': [...new Set([...versions, ...kinds])] }
}

const FAILED = /^[A-Z]+ FAILED: /
/** What the cluster did, and not the chart. */
const ELSEWHERE = /cluster unreachable|connection refused|unauthorized|forbidden|i\/o timeout/i
const CORRECT =
  'Correct the values, or take another version of the chart. One that looks things up must render without that, too.'

const OWNED = /(\w+) "([^"\s/]{1,253})" in namespace "([^"\s/]{0,63})" exists and cannot be imported/

/** What is wrong with a run that failed, in helm's own words: for charts that look nothing up, and runs that cannot. */
function refusalOf(command: HelmCommand, result: HelmResult): Problem {
  const said = complaintIn(result.stderr).replace(FAILED, '')
  if (result.killed !== undefined || ELSEWHERE.test(said)) return failureOf(command, result)
  const [, kind, name, namespace] = OWNED.exec(said) ?? []
  if (kind !== undefined)
    return problems.objectNotOwned([[kind, [namespace, name].filter(Boolean).join('/')].join(' ')])
  return problems.chartNotRendered(said === '' ? 'helm does not say why.' : said, CORRECT)
}

/** Whether Helm could not try what a chart makes since the chart itself brings the definitions. */
export const needsDefinitions = ({ command, chart, skipCrds }: RenderQuestion, { code, stderr }: HelmResult): boolean =>
  command === 'install' && chart.hasCrds && !skipCrds && code !== 0 && stderr.includes('no matches for kind')
