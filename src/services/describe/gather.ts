import { Problem } from '../../errors.ts'
import { fullName } from '../../kubernetes/discovery.ts'
import { getObject, objectPage } from '../../kubernetes/lists.ts'
import { BUILT_IN, type ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject, OwnerReference, Resource } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { maskObject } from '../safety/mask-object.ts'
import { fieldTerm } from '../selectors.ts'
import { kindKey } from './read.ts'
import { type Reach, relations } from './relations.ts'
import type { Snapshot } from './snapshot.ts'

// What one describe may read: enough for a workload of a few hundred pods, bounded for the rest.
const PAGE = 500
const MOST_OWNERS = 5
const EVENT_PAGES = 4

/** Reads everything a description is made of, in parallel. What could not be read is said in `limits`, and nothing else fails for it. */
export async function gather(cluster: Cluster, type: Resource, object: KubeObject): Promise<Snapshot> {
  const limits: string[] = []
  const missing: string[] = []
  const reach = makeReach(cluster, limits, missing)
  const [owners, { owned, related }] = await Promise.all([
    ownersOf(cluster, object, limits),
    relations(kindKey(object), object, reach),
  ])
  const events = await eventsOf(cluster, type, object, owned.length + related.length > 0, limits)
  return { object, owners, owned, related, events, limits, missing, now: new Date() }
}

/** Reading for relations: what fails is noted, and is empty; what is named but not there is noted as missing. */
function makeReach(cluster: Cluster, limits: string[], missing: string[]): Reach {
  return {
    list: (type, query) =>
      noted(limits, type.name, [], async () => {
        const page = await objectPage(cluster.api, type, { limit: PAGE, ...query })
        if (page.metadata.continue) limits.push(`${type.name}: only the first ${PAGE} were read`)
        return page.items.map((each) => maskObject(each))
      }),
    get: (type, namespace, name) =>
      noted(limits, `${type.name} ${name}`, undefined, async () => {
        const object = await found(getObject(cluster.api, type, namespace, name))
        if (object === undefined) missing.push(`${type.kind}/${name}`)
        return object === undefined ? undefined : maskObject(object)
      }),
    resolve: (kind) => noted<ResourceType | undefined>(limits, kind, undefined, () => cluster.resolve(kind)),
  }
}

async function found(reading: Promise<KubeObject>): Promise<KubeObject | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined
    throw error
  }
}

async function noted<T>(limits: string[], what: string, instead: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    limits.push(`${what}: ${error.message}`)
    return instead
  }
}

async function ownersOf(cluster: Cluster, object: KubeObject, limits: string[]): Promise<KubeObject[]> {
  const owners: KubeObject[] = []
  let next = controllerOf(object)
  while (next !== undefined && owners.length < MOST_OWNERS) {
    const owner = await ownerOf(cluster, next, object.metadata.namespace, limits)
    if (owner === undefined) break
    owners.push(owner)
    next = controllerOf(owner)
  }
  return owners
}

const controllerOf = ({ metadata }: KubeObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find((each) => each.controller === true) ?? metadata.ownerReferences?.[0]

function ownerOf(
  cluster: Cluster,
  owner: OwnerReference,
  namespace: string | undefined,
  limits: string[],
): Promise<KubeObject | undefined> {
  return noted(limits, `owner ${owner.kind}/${owner.name}`, undefined, async () => {
    const [group, version] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : ['', owner.apiVersion]
    const type = await cluster.resolve(fullName({ name: owner.kind, version: version ?? '', group: group ?? '' }))
    return maskObject(await getObject(cluster.api, type, type.namespaced ? namespace : undefined, owner.name))
  })
}

// Events of one object are asked for by name; those of a family (a Deployment, its ReplicaSets and pods) come with the namespace's.
async function eventsOf(
  cluster: Cluster,
  type: Resource,
  object: KubeObject,
  family: boolean,
  limits: string[],
): Promise<KubeObject[]> {
  const { name, namespace } = object.metadata
  const whole = family && namespace !== undefined
  const about = [fieldTerm('involvedObject.kind', type.kind), fieldTerm('involvedObject.name', name)].join(',')
  const fieldSelector = whole ? undefined : about
  return noted(limits, 'events', [], async () => {
    const events: KubeObject[] = []
    let next: string | undefined
    for (let pages = 0; pages < EVENT_PAGES; pages++) {
      const page = await objectPage(cluster.api, BUILT_IN.events, {
        namespace,
        fieldSelector,
        limit: PAGE,
        continue: next,
      })
      events.push(...page.items.map((each) => maskObject(each)))
      next = page.metadata.continue
      if (!next) return events
    }
    limits.push(`events: only the first ${PAGE * EVENT_PAGES} of the namespace were read`)
    return events
  })
}
