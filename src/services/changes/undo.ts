import type { KubeObject, OwnerReference } from '../../kubernetes/types.ts'
import { isFields, listAt } from '../describe/read.ts'
import { comparable } from '../manifests/comparable.ts'
import type { Undo } from './plan.ts'

/** The input of an undo's operation. Objects to restore go into it as a manifest; it may hold secrets then. */
export function undoInput({ input, objects }: Undo): Record<string, unknown> {
  if (objects === undefined || objects.length === 0) return input
  return { ...input, yamlContent: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) }
}

/** Applies the objects as they were. `isAlive`: whether an owner is still there; the garbage collector would delete what names a dead one. */
export async function restoring(
  context: string,
  objects: readonly KubeObject[],
  isAlive: (owner: OwnerReference, namespace: string | undefined) => Promise<boolean>,
  loses: string[] = [],
): Promise<Undo> {
  const kept = await Promise.all(objects.map((object) => restorable(object, isAlive)))
  return { operation: 'infra.k8s.apply.applyManifest', input: { context, force: true }, objects: kept, loses }
}

async function restorable(object: KubeObject, isAlive: Parameters<typeof restoring>[2]): Promise<KubeObject> {
  const { metadata, ...rest } = comparable(object)
  const { ownerReferences = [], finalizers: _, ...meta } = metadata
  const alive = await Promise.all(ownerReferences.map((owner) => isAlive(owner, metadata.namespace)))
  const owners = ownerReferences.filter((_owner, index) => alive[index])
  const restored: KubeObject = {
    ...rest,
    metadata: { ...meta, ...(owners.length === 0 ? {} : { ownerReferences: owners }) },
  }
  return (OF_KIND[object.kind] ?? ((each) => each))(restored)
}

// What the API server put into an object and would not take from anybody else.
const OF_KIND: Readonly<Record<string, (object: KubeObject) => KubeObject>> = {
  Deployment: withoutRevision,
  Pod: unbound,
  Service: (object) => without(object, ['clusterIP', 'clusterIPs', 'healthCheckNodePort']),
  Namespace: (object) => without(object, ['finalizers']),
  PersistentVolumeClaim: (object) => without(object, ['volumeName']),
}

function withoutRevision({ metadata, ...rest }: KubeObject): KubeObject {
  const { annotations = {}, ...meta } = metadata
  const { 'deployment.kubernetes.io/revision': _, ...kept } = annotations
  const own = Object.keys(kept).length === 0 ? {} : { annotations: kept }
  return { ...rest, apiVersion: rest.apiVersion, kind: rest.kind, metadata: { ...meta, name: metadata.name, ...own } }
}

const without = (object: KubeObject, fields: readonly string[]): KubeObject =>
  isFields(object['spec'])
    ? { ...object, spec: Object.fromEntries(Object.entries(object['spec']).filter(([name]) => !fields.includes(name))) }
    : object

const isTokenVolume = (item: Record<string, unknown>) => /^kube-api-access-[a-z0-9]{5}$/.test(String(item['name']))

function unbound(pod: KubeObject): KubeObject {
  const free = without(pod, ['nodeName', 'volumes', 'containers', 'initContainers', 'ephemeralContainers'])
  const volumes = listAt(pod, 'spec.volumes').filter((each) => !isTokenVolume(each))
  const containers = (field: string) => listAt(pod, `spec.${field}`).map(withoutTokenMount)
  return {
    ...free,
    spec: {
      ...(isFields(free['spec']) ? free['spec'] : {}),
      volumes,
      initContainers: containers('initContainers'),
      containers: containers('containers'),
    },
  }
}

const withoutTokenMount = (container: Record<string, unknown>) => ({
  ...container,
  volumeMounts: listAt(container, 'volumeMounts').filter((each) => !isTokenVolume(each)),
})

/** The JSON merge patch (RFC 7396) that makes `to` of `from`; undefined where they are equal. */
export function mergePatchBetween(from: unknown, to: unknown): unknown {
  if (!isFields(from) || !isFields(to)) return JSON.stringify(from) === JSON.stringify(to) ? undefined : to
  const fields = new Set([...Object.keys(from), ...Object.keys(to)])
  const changes = [...fields].flatMap((field) => {
    if (!Object.hasOwn(to, field)) return [[field, null]]
    const change = mergePatchBetween(from[field], to[field])
    return change === undefined ? [] : [[field, change]]
  })
  return changes.length === 0 ? undefined : Object.fromEntries(changes)
}
