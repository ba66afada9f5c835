import type { KubeObject } from '../../../../kubernetes/types.ts'
import { at, conditionOf, type Fields, listAt, textAt } from '../../../describe/read.ts'
import type { Facts } from '../../facts.ts'
import { allocatableOf, freeOf } from './nodes.ts'
import { oncePerText } from './once.ts'
import { demandsOf, meetsAny } from './placement.ts'

// The pods of a workload ask the same of a node: its room is worked out once for all of them.
const keyOf = (pod: KubeObject, resource: string): string =>
  JSON.stringify([resource, demandsOf(pod), listAt(pod, 'spec.tolerations')])

/** The room that nodes have which would take a pod but for what it asks for. */
export interface Room {
  /** The node that has most of the resource. */
  largest: KubeObject | undefined
  /** The most that one of them has left; undefined where not all pods of the cluster were read. */
  free: number | undefined
}

/** How much of a resource there is on the nodes that suit a pod otherwise: ready, not cordoned, as it demands, no taint it does not tolerate. */
export const roomFor = (pod: KubeObject, resource: string, facts: Facts): Room => rooms(keyOf(pod, resource), facts)

const rooms = oncePerText((key, facts): Room => {
  const [resource, demands, tolerations]: [string, ReturnType<typeof demandsOf>, Fields[]] = JSON.parse(key)
  const nodes = facts
    .all('Node')
    .filter((node) => isOpen(node) && meetsAny(node, demands) && isTolerated(node, tolerations))
  const known = facts.snapshot.scope.of === 'cluster' && facts.knows('Pod')
  return {
    largest: nodes.toSorted((one, other) => allocatableOf(other, resource) - allocatableOf(one, resource))[0],
    free: known ? Math.max(0, ...nodes.map((node) => freeOf(node, resource, facts))) : undefined,
  }
})

const isOpen = (node: KubeObject): boolean =>
  at(node, 'spec.unschedulable') !== true && conditionOf(node, 'Ready')?.status === 'True'

const isTolerated = (node: KubeObject, tolerations: readonly Fields[]): boolean =>
  listAt(node, 'spec.taints')
    .filter((taint) => taint['effect'] !== 'PreferNoSchedule')
    .every((taint) => tolerations.some((each) => tolerates(each, taint)))

// Without a key it tolerates every taint, without an effect each effect (API of Toleration).
function tolerates(toleration: Fields, taint: Fields): boolean {
  const [key, effect] = [textAt(toleration, 'key'), textAt(toleration, 'effect')]
  if (effect !== undefined && effect !== taint['effect']) return false
  if (toleration['operator'] === 'Exists') return key === undefined || key === taint['key']
  return key === taint['key'] && (textAt(toleration, 'value') ?? '') === (textAt(taint, 'value') ?? '')
}
