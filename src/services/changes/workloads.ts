import { BUILT_IN } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { conditionOf, fieldsAt, numberAt } from '../describe/read.ts'
import type { DiffRow } from '../manifests/rows.ts'
import { blastOf, podsOf, replacesAtOnce } from './blast.ts'
import { NO_BLAST } from './compose.ts'
import type { BlastRadius } from './plan.ts'
import { everyObject } from './targets.ts'

/** Kinds whose objects have pods, which end with them. */
export const WORKLOADS: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
])
const ROLLS_OUT: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet'])

/** An object before and after a change. */
interface Changed {
  before: KubeObject
  after: KubeObject
  rows: readonly DiffRow[]
}

interface Found {
  blast: BlastRadius
  notes: string[]
}

/** What a change of one object takes with it: of a workload its pods, of a Service its endpoints. */
export const changeBlast = (cluster: Cluster, changed: Changed): Promise<Found> =>
  changed.before.kind === 'Service' && changed.before.apiVersion === 'v1'
    ? selectorBlast(cluster, changed)
    : workloadBlast(cluster, changed)

/** A Service whose selector changes may be left with nothing that answers. */
async function selectorBlast(cluster: Cluster, { before, after, rows }: Changed): Promise<Found> {
  const { namespace, name } = before.metadata
  const labels = Object.entries(fieldsAt(after, 'spec.selector'))
  if (labels.length === 0 || !rows.some(({ path }) => path.startsWith('spec.selector')))
    return { blast: NO_BLAST, notes: [] }
  const labelSelector = labels.map(([key, value]) => `${key}=${String(value)}`).join(',')
  const { items } = await everyObject(cluster, BUILT_IN.pods, { namespace, labelSelector })
  const answers = items.some((pod) => conditionOf(pod, 'Ready')?.status === 'True')
  return {
    blast: answers ? NO_BLAST : { ...NO_BLAST, servicesWithoutEndpoints: [`${namespace}/${name}`] },
    notes: [],
  }
}

/** What a change of a workload does to its pods: more, fewer, none, or others in their stead. */
export async function workloadBlast(cluster: Cluster, { before, after, rows }: Changed): Promise<Found> {
  if (!WORKLOADS.has(before.kind)) return { blast: NO_BLAST, notes: [] }
  const rollsOut = ROLLS_OUT.has(before.kind) && rows.some(({ path }) => path.startsWith('spec.template'))
  const [was, is] = [numberAt(before, 'spec.replicas') ?? 1, numberAt(after, 'spec.replicas') ?? 1]
  if (!rollsOut && was === is) return { blast: NO_BLAST, notes: [] }
  if (!rollsOut && is >= was) return { blast: { ...NO_BLAST, podsBack: is - was }, notes: [] }
  const pods = await podsOf(cluster, before)
  const count = before.kind === 'DaemonSet' ? pods.length : was
  const atOnce = is === 0 || (rollsOut && replacesAtOnce(before))
  const { blast, notes } = await blastOf(cluster, {
    pods: rollsOut || is === 0 ? pods : pods.slice(is),
    back: 0,
    atOnce,
  })
  // Counted as the workload asks for them: how many there are at this moment changes all through a rollout.
  const podsBack = before.kind === 'DaemonSet' ? count : is
  return { blast: { ...blast, podsGone: rollsOut ? count : was - is, podsBack: rollsOut ? podsBack : 0 }, notes }
}

/** Several blast radii as one. */
export function together(blasts: readonly BlastRadius[]): BlastRadius {
  const cascade: Record<string, number> = {}
  for (const blast of blasts)
    for (const [kind, count] of Object.entries(blast.cascade)) cascade[kind] = (cascade[kind] ?? 0) + count
  const budgets = new Map(blasts.flatMap((blast) => blast.budgets).map((each) => [each.name, each]))
  return {
    podsGone: blasts.reduce((sum, each) => sum + each.podsGone, 0),
    podsBack: blasts.reduce((sum, each) => sum + each.podsBack, 0),
    budgets: [...budgets.values()].toSorted((a, b) => a.name.localeCompare(b.name)),
    servicesWithoutEndpoints: [...new Set(blasts.flatMap((each) => each.servicesWithoutEndpoints))].toSorted(),
    cascade,
  }
}
