import type { KubeObject } from '../../kubernetes/types.ts'
import { at, kindKey } from '../describe/read.ts'
import type { Facts } from './facts.ts'
import type { ObjectName } from './finding.ts'
import { ownersOf } from './family.ts'
import type { Trouble } from './merge.ts'

/** Whether a trouble, with those that it swallows, is told in a diagnosis of this scope. */
export function concerns(troubles: readonly [Trouble, ...Trouble[]], facts: Facts): boolean {
  const { scope } = facts.snapshot
  if (scope.of === 'object') return isBelow(scope.object, troubles, facts)
  return scope.of !== 'namespace' || troubles.length > 1 || isOf(scope.namespace, troubles[0].first.object, facts)
}

/** What is wrong with an object's owner alone is not wrong with the object. */
function isBelow({ kind, namespace, name }: ObjectName, troubles: readonly Trouble[], facts: Facts): boolean {
  const object = facts.find(kind, namespace, name)
  const owners = new Set(object === undefined ? [] : ownersOf(object, facts))
  return troubles.some(({ all }) => all.some(({ seen }) => !owners.has(seen)))
}

/** Of what is in no namespace, a namespace has what its own pods are on. */
function isOf(namespace: string, object: KubeObject, facts: Facts): boolean {
  const { name } = object.metadata
  if (object.metadata.namespace !== undefined) return true
  if (kindKey(object) === 'Namespace') return name === namespace
  if (kindKey(object) === 'Node') return facts.all('Pod').some((pod) => at(pod, 'spec.nodeName') === name)
  return facts.all('PersistentVolumeClaim').some((claim) => at(claim, 'spec.volumeName') === name)
}
