import { Problem, problems } from '../../errors.ts'
import { getObject } from '../../kubernetes/lists.ts'
import { BUILT_IN } from '../../kubernetes/paths.ts'
import type { Planning } from '../changes/compose.ts'
import type { Plan } from '../changes/plan.ts'
import type { Cluster } from '../cluster.ts'
import type { Fields } from '../describe/read.ts'
import type { InstallQuestion, ReleaseSteps } from './change-schema.ts'
import type { HelmTools } from './changing.ts'
import type { PinnedChart } from './charts.ts'
import { definitionsOf } from './definitions.ts'
import { givenValues } from './given-values.ts'
import { assertFits, chartNote, mannerOf, mustMatchOf, openWarnings, pinnedChart } from './pinned.ts'
import { planContent } from './plan-content.ts'
import { render } from './render.ts'
import type { RenderedObject } from './rendered.ts'
import { assertFree } from './standing.ts'
import { undoInstall } from './undo.ts'

/**
 * Installs a chart as a release of its own. Throws `release_exists`, what pinning, rendering and trying throw, `not_found` where the
 * namespace is neither there nor to be made.
 */
export async function planInstall(
  tools: HelmTools,
  input: InstallQuestion,
  planning: Planning,
): Promise<Plan<ReleaseSteps>> {
  await assertFree(tools, input)
  const { text: helm } = await tools.binary.version()
  const inNew = await isNew(tools.cluster, input)
  const values = givenValues(input)
  const chart = await pinnedChart(tools, input, planning)
  return planPinned(tools, input, { helm, inNew, values, chart }, planning)
}

interface Ready {
  helm: string
  /** Whether the namespace is made too. */
  inNew: boolean
  values: Fields
  chart: PinnedChart
}

async function planPinned(
  tools: HelmTools,
  input: InstallQuestion,
  { helm, inNew, values, chart }: Ready,
  planning: Planning,
): Promise<Plan<ReleaseSteps>> {
  const { namespace, name, skipCrds = false } = input
  const rendering = await render(tools, { command: 'install', namespace, name, chart, values, skipCrds })
  assertFits(rendering)
  const { made, notes } = await definitionsOf(tools.cluster, chart, skipCrds)
  const what = { action: 'install', namespace, name, helm, revision: 1, chart: chart.sha256, values } as const
  const { hash: manifest } = rendering
  const mustMatch = mustMatchOf(tools, rendering)
  const steps = {
    ...mannerOf(input),
    ...what,
    manifest,
    mustMatch,
    createNamespace: inNew,
    skipCrds,
    ...definitionsIn(made),
  }
  const content = {
    steps,
    what: `Install chart ${chart.name} ${chart.version} as release ${namespace}/${name}`,
    before: { objects: [], hooks: [], revision: 0 },
    after: rendering.manifest,
    first: [...(inNew ? [namespaceObject(namespace)] : []), ...made],
    inNew,
    method: rendering.method,
    open: rendering.open,
    warnings: openWarnings(rendering),
    notes: [chartNote(chart), ...notes],
    values: { before: {}, after: values },
    undo: undoInstall(tools.cluster.context, { namespace, name }),
  }
  return planContent(tools, content, planning)
}

async function isNew(cluster: Cluster, { namespace, createNamespace = false }: InstallQuestion): Promise<boolean> {
  try {
    await getObject(cluster.api, BUILT_IN.namespaces, undefined, namespace)
    return false
  } catch (error) {
    // Who may not read namespaces may have rights in this one all the same.
    if (error instanceof Problem && error.code === 'forbidden') return false
    if (!(error instanceof Problem) || error.code !== 'not_found') throw error
    if (!createNamespace) throw problems.namespaceMissing(namespace, cluster.context)
    return true
  }
}

const definitionsIn = (made: readonly RenderedObject[]) =>
  made.length === 0 ? {} : { definitions: made.map(({ object }) => object.metadata.name) }

const namespaceObject = (name: string): RenderedObject => ({
  object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  source: 'createNamespace',
})
