import { problems } from '../../errors.ts'
import type { Planning } from '../changes/compose.ts'
import type { Plan } from '../changes/plan.ts'
import type { Fields } from '../describe/read.ts'
import type { ReleaseSteps, UpgradeQuestion } from './change-schema.ts'
import type { HelmTools } from './changing.ts'
import type { PinnedChart } from './charts.ts'
import { givenValues, overValues } from './given-values.ts'
import { manifestOf } from './manifest.ts'
import { assertFits, chartNote, mannerOf, mustMatchOf, openWarnings, pinnedChart } from './pinned.ts'
import { planContent } from './plan-content.ts'
import { keptChart } from './release-chart.ts'
import type { Release } from './release.ts'
import { render } from './render.ts'
import { baseOfUpgrade, type Ground, groundOf, type ReleaseStanding } from './standing.ts'
import { undoByRollback } from './undo.ts'

/**
 * Another chart, version or values for a release. Values: those of the release with the given ones over them, or only the given ones.
 * Throws `release_not_found`, `release_unfinished`, `chart_unknown`, what pinning, rendering and trying throw.
 */
export async function planUpgrade(
  tools: HelmTools,
  input: UpgradeQuestion,
  planning: Planning,
): Promise<Plan<ReleaseSteps>> {
  const ground = await groundOf(tools, input)
  const base = await baseOfUpgrade(tools, ground.standing)
  const given = givenValues(input)
  const values = input.reuseValues === false ? given : overValues(base.values, given)
  const chart = await chartOf(tools, input, ground.standing, planning)
  return planPinned(tools, input, { ...ground, base, values, chart }, planning)
}

async function chartOf(
  tools: HelmTools,
  { chart, repo, version }: UpgradeQuestion,
  { newest }: ReleaseStanding,
  planning: Planning,
): Promise<PinnedChart> {
  const rest = { ...(repo === undefined ? {} : { repo }), ...(version === undefined ? {} : { version }) }
  if (chart !== undefined) return pinnedChart(tools, { chart, ...rest }, planning)
  if (repo !== undefined || version !== undefined)
    throw problems.badInput(
      'repo and version are for a chart, and none is named.',
      'Name the chart, or leave them out.',
    )
  const kept = await keptChart(tools, newest)
  if ('why' in kept) throw problems.chartUnknown(newest.name, newest.namespace, kept.why)
  return pinnedChart(tools, { chart: `sha256:${kept.sha256}` }, planning)
}

interface Ready extends Ground {
  /** What Helm compares with. */
  base: Release
  values: Fields
  chart: PinnedChart
}

async function planPinned(
  tools: HelmTools,
  input: UpgradeQuestion,
  { standing, start, base, values, chart }: Ready,
  planning: Planning,
): Promise<Plan<ReleaseSteps>> {
  const { namespace, name } = input
  const { cluster } = tools
  const rendering = await render(tools, { command: 'upgrade', namespace, name, chart, values, skipCrds: true })
  assertFits(rendering)
  const before = await manifestOf(base, cluster.call.signal)
  const revision = start.from.revision + 1
  const what = { ...start, action: 'upgrade', revision, chart: chart.sha256, values } as const
  const content = {
    steps: {
      ...mannerOf(input),
      ...what,
      skipCrds: true,
      manifest: rendering.hash,
      mustMatch: mustMatchOf(tools, rendering),
    },
    what: `Upgrade release ${namespace}/${name} from ${base.chart.name} ${base.chart.version} (revision ${base.revision}) to ${chart.name} ${chart.version}`,
    before: { ...before, revision: base.revision },
    after: rendering.manifest,
    first: [],
    inNew: false,
    method: rendering.method,
    open: rendering.open,
    warnings: openWarnings(rendering),
    notes: [
      chartNote(chart),
      ...(chart.hasCrds ? [DEFINITIONS_STAY] : []),
      ...(rendering.lookingUp.may ? [REVISION_ONE] : []),
    ],
    values: { before: base.values, after: values },
    undo: undoByRollback(cluster.context, standing),
  }
  return planContent(tools, content, planning)
}

const REVISION_ONE = 'It is shown as rendered for revision 1, since nothing is looked up for a plan of such a chart.'
const DEFINITIONS_STAY = "An upgrade does not touch the chart's own definitions (crds/): Helm installs them only once."
