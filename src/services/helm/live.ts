import { Problem } from '../../errors.ts'
import { getObject } from '../../kubernetes/lists.ts'
import type { KubeObject, Resource } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { age } from '../describe/age.ts'
import { statusLine } from '../describe/status.ts'
import { inTurn } from '../in-turn.ts'
import { maskObject } from '../safety/mask-object.ts'
import type { RenderedObject } from './rendered.ts'
import type { ReleaseResource } from './schema.ts'

const AT_ONCE = 8
/** Most objects of a release that are looked at. */
const MOST_READ = 200

/** The objects of a release as they are in the cluster now. What cannot be read is said with it, and nothing else fails for it. */
export async function liveResources(
  cluster: Cluster,
  objects: readonly RenderedObject[],
  namespace: string,
): Promise<ReleaseResource[]> {
  const read = await inTurn(objects.slice(0, MOST_READ), AT_ONCE, (each) => lookAt(cluster, each, namespace))
  const rest = objects
    .slice(MOST_READ)
    .map((each): ReleaseResource => ({ ...named(each, undefined), state: 'not-read' }))
  return [...read, ...rest]
}

async function lookAt(cluster: Cluster, rendered: RenderedObject, fallback: string): Promise<ReleaseResource> {
  const { apiVersion, kind, metadata } = rendered.object
  try {
    const type = await cluster.discovery.exact(cluster.api, apiVersion, kind)
    if (type === undefined)
      return { ...named(rendered, metadata.namespace), state: 'missing', status: 'the cluster has no such kind' }
    return await lookAtOne(cluster, rendered, type, type.namespaced ? (metadata.namespace ?? fallback) : undefined)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { ...named(rendered, metadata.namespace ?? fallback), state: 'unreadable', status: error.message }
  }
}

async function lookAtOne(
  { api }: Cluster,
  rendered: RenderedObject,
  type: Resource,
  namespace: string | undefined,
): Promise<ReleaseResource> {
  const name = named(rendered, namespace)
  const object = await orMissing(getObject(api, type, namespace, rendered.object.metadata.name))
  return object === undefined ? { ...name, state: 'missing' } : { ...name, state: 'present', ...stateOf(object) }
}

async function orMissing(reading: Promise<KubeObject>): Promise<KubeObject | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Problem && error.code === 'not_found') return undefined
    throw error
  }
}

const NOTHING = { owners: [], owned: [], related: [], events: [], limits: [], missing: [] }

function stateOf(live: KubeObject): Pick<ReleaseResource, 'status' | 'age'> {
  const now = new Date()
  const status = statusLine({ object: maskObject(live), ...NOTHING, now })
  return { ...(status === '' ? {} : { status }), age: age(now, live.metadata.creationTimestamp) }
}

function named({ object, source }: RenderedObject, namespace: string | undefined) {
  const { apiVersion, kind, metadata } = object
  return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name: metadata.name, source }
}
