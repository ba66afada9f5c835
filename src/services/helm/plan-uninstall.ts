import type { Planning } from '../changes/compose.ts'
import type { Plan } from '../changes/plan.ts'
import type { ReleaseSteps, UninstallQuestion } from './change-schema.ts'
import type { HelmTools } from './changing.ts'
import { manifestOf } from './manifest.ts'
import { mannerOf } from './pinned.ts'
import { planDeletes } from './plan-deletes.ts'
import { planHooks } from './plan-hooks.ts'
import { assertSameGround, composeRelease, counted } from './plan-release.ts'
import { groundOf } from './standing.ts'
import { undoUninstall } from './undo.ts'

/** Everything that a release has made, and its history. Throws `release_not_found`, `release_damaged`, what trying throws. */
export async function planUninstall(
  tools: HelmTools,
  input: UninstallQuestion,
  planning: Planning,
): Promise<Plan<ReleaseSteps>> {
  const { cluster, storage } = tools
  const { namespace, name } = input
  const { standing, start } = await groundOf(tools, input)
  const release = await storage.readHead(standing.newest)
  const steps: ReleaseSteps = { ...mannerOf(input), ...start, action: 'uninstall' }
  assertSameGround(planning.approved, steps)
  const { objects, hooks } = await manifestOf(release, cluster.call.signal)
  const lost = await planDeletes(cluster, objects, namespace)
  const ran = await planHooks(cluster, hooks, { action: 'uninstall', namespace, inNew: false })
  const effects = [...ran.effects, ...lost.effects]
  const undo = await undoUninstall(tools, standing, release, lost.loses)
  const draft = {
    summary: `Uninstall release ${namespace}/${name} (chart ${release.chart.name} ${release.chart.version}) on context ${cluster.context}: ${counted(effects)}`,
    steps,
    effects,
    lost: lost.blast,
    warnings: ran.warnings,
    base: { risk: 'medium' as const, reason: `Release ${name} is taken away: ${counted(effects)}.` },
    notes: [...lost.notes, ...ran.notes, ...undo.notes, HISTORY],
    undo: undo.undo,
    rendered: [...objects, ...hooks],
  }
  return composeRelease(tools, draft, planning)
}

const HISTORY = 'The history of the release goes with it. Definitions from crds/ of its chart stay.'
