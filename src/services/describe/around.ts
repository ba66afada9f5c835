import type { KubeObject, OwnerReference } from '../../kubernetes/types.ts'
import type { Facts } from '../diagnose/facts.ts'
import { aboutOf, ownedDeep, podsOn, serviceOf, usersOf } from '../diagnose/family.ts'
import { kindKey, ownedBy, textAt } from './read.ts'
import type { Snapshot } from './snapshot.ts'

type Beside = (object: KubeObject, facts: Facts) => readonly (KubeObject | undefined)[]

// What is told beside an object, though a diagnosis of it does not judge that.
const BESIDE: Readonly<Record<string, Beside>> = {
  Pod: (pod, facts) => [facts.find('Node', undefined, textAt(pod, 'spec.nodeName') ?? '')],
  'EndpointSlice.discovery.k8s.io': (slice, facts) => {
    const service = serviceOf(slice, facts)
    return service === undefined ? [] : aboutOf(service, facts)
  },
  PersistentVolumeClaim: usersOf,
  Node: podsOn,
  Namespace: (_, facts) => ['ResourceQuota', 'LimitRange'].flatMap((kind) => facts.all(kind)),
}

/** What was read around an object for a diagnosis of it, as its description tells it. `limits`: what could not be read. */
export function around(object: KubeObject, facts: Facts, limits: readonly string[]): Snapshot {
  const owned = ownedIn(object, facts)
  const own = new Set([...owned, facts.find(kindKey(object), object.metadata.namespace, object.metadata.name)])
  const beside = [...aboutOf(object, facts), ...(BESIDE[kindKey(object)]?.(object, facts) ?? [])].filter(
    (each) => each !== undefined,
  )
  return {
    object,
    owners: ownersOf(object, facts),
    owned,
    related: [...new Set(beside)].filter((each) => !own.has(each)),
    events: facts.all('Event'),
    limits,
    now: facts.now,
  }
}

/** What names the object as an owner, its controller or not, and what that controls. */
function ownedIn(object: KubeObject, facts: Facts): KubeObject[] {
  const all = Object.entries(facts.snapshot.objects).flatMap(([kind, each]) => (kind === 'Event' ? [] : each))
  const direct = all.filter((each) => ownedBy(each, object))
  return [...new Set(direct.flatMap((each) => [each, ...ownedDeep(each, facts)]))]
}

const ownerIn = ({ metadata }: KubeObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find((each) => each.controller === true) ?? metadata.ownerReferences?.[0]

/** Owners, nearest first, as `Kind/name`: as far up as they were read. */
function ownersOf(object: KubeObject, facts: Facts): string[] {
  const owner = ownerIn(object)
  if (owner === undefined) return []
  const above = facts.ownerOf(object)
  return [`${owner.kind}/${owner.name}`, ...(above === undefined ? [] : ownersOf(above, facts))]
}
