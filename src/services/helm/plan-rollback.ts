import { problems } from '../../errors.ts'
import type { Planning } from '../changes/compose.ts'
import type { Plan } from '../changes/plan.ts'
import type { ReleaseSteps, RollbackQuestion } from './change-schema.ts'
import type { HelmTools } from './changing.ts'
import { agreedHash, byKey } from './agreement.ts'
import { manifestOf } from './manifest.ts'
import { mannerOf } from './pinned.ts'
import { planContent } from './plan-content.ts'
import { groundOf, type ReleaseStanding } from './standing.ts'
import { undoByRollback } from './undo.ts'

/**
 * What a release was at an earlier revision, made anew as the next one: nothing is rendered, Helm takes what it has stored. Throws
 * `release_not_found`, `release_damaged`, `bad_input`, what trying throws.
 */
export async function planRollback(
  tools: HelmTools,
  input: RollbackQuestion,
  planning: Planning,
): Promise<Plan<ReleaseSteps>> {
  const { cluster, storage } = tools
  const { namespace, name } = input
  const { standing, start, major } = await groundOf(tools, input)
  const to = storage.pick(standing.heads, { namespace, name, revision: revisionOf(input, standing) })
  const [target, now] = await Promise.all([storage.readHead(to), storage.readHead(standing.newest)])
  const [after, before] = await Promise.all([target, now].map((each) => manifestOf(each, cluster.call.signal)))
  if (after === undefined || before === undefined) throw new TypeError('a revision has no manifest')
  const keys = byKey(after, namespace)
  const revision = start.from.revision + 1
  const what = { ...start, action: 'rollback', revision, to: to.revision } as const
  const content = {
    steps: { ...mannerOf(input), ...what, manifest: agreedHash(keys, keys) },
    what: `Roll back release ${namespace}/${name} to revision ${to.revision} (chart ${target.chart.name} ${target.chart.version})`,
    before: { ...before, revision: start.from.revision },
    after,
    first: [],
    inNew: false,
    method: major > 3 ? (target.applyMethod ?? 'csa') : ('csa' as const),
    open: new Map<string, string[]>(),
    warnings: [],
    notes: [`It becomes revision ${revision}; definitions (crds/) are not touched.`],
    values: { before: now.values, after: target.values },
    undo: undoByRollback(cluster.context, standing),
  }
  return planContent(tools, content, planning)
}

function revisionOf({ revision }: RollbackQuestion, { good, newest }: ReleaseStanding): number {
  const found = revision ?? good
  if (found !== undefined) return found
  const { name, namespace } = newest
  throw problems.badInput(
    `Release ${namespace}/${name} has no earlier revision that was deployed.`,
    'uninstallRelease takes it away.',
  )
}
