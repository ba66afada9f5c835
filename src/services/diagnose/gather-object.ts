import { Problem, problems } from '../../errors.ts'
import { fullName } from '../../kubernetes/discovery.ts'
import { getObject } from '../../kubernetes/lists.ts'
import type { KubeObject, OwnerReference, Resource } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { kindKey } from '../describe/read.ts'
import { maskObject } from '../safety/mask-object.ts'
import { fieldTerm, selectorText } from '../selectors.ts'
import type { ObjectName } from './finding.ts'
import { EVENTS, GLOBAL, NAMESPACED, PODS, type Wanted } from './kinds.ts'
import type { Place, Reading } from './reading.ts'
import { slim } from './slim.ts'

// Kinds that own nothing, and that nothing but themselves says anything of.
const ALONE = new Set(['ConfigMap', 'Secret', 'ServiceAccount', 'LimitRange', 'Event', 'Lease.coordination.k8s.io'])

// Kinds whose pods are asked for by their selector.
const WORKLOADS = new Set([
  'Deployment.apps',
  'ReplicaSet.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'ReplicationController',
  'Job.batch',
])
const MOST_OWNERS = 5

const named = (...names: readonly string[]): Wanted[] => NAMESPACED.filter(({ type }) => names.includes(type.name))
const BEHIND_WEBHOOK = named('services', 'endpointslices')

// What is read in all namespaces for an object that is in none.
const BESIDE: Readonly<Record<string, readonly Wanted[]>> = {
  PersistentVolume: named('persistentvolumeclaims'),
  'StorageClass.storage.k8s.io': named('persistentvolumeclaims'),
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io': BEHIND_WEBHOOK,
  'MutatingWebhookConfiguration.admissionregistration.k8s.io': BEHIND_WEBHOOK,
  'APIService.apiregistration.k8s.io': BEHIND_WEBHOOK,
}

/** Reads an object, and what it belongs to and is about. Throws what the API server says where it is not there. */
export async function gatherObject(
  cluster: Cluster,
  reading: Reading,
  { kind, namespace, name }: ObjectName,
): Promise<void> {
  const type = await cluster.resolve(kind)
  if (!type.verbs.includes('get')) throw problems.verbNotSupported(type.kind, 'get')
  const object = slim(maskObject(await getObject(reading.api, type, namespace, name)))
  await (namespace === undefined
    ? besideGlobal(reading, object)
    : besideNamespaced(cluster, reading, object, namespace))
  if (!(reading.objects[kindKey(object)] ?? []).some((each) => each.metadata.name === name)) reading.add(object)
}

async function besideGlobal(reading: Reading, object: KubeObject): Promise<void> {
  const key = kindKey(object)
  const everywhere = (wanted: Wanted) => reading.list(wanted, { namespace: undefined })
  const onNode = { namespace: undefined, fieldSelector: fieldTerm('spec.nodeName', object.metadata.name) }
  await Promise.all([
    reading.list(EVENTS, { namespace: undefined, fieldSelector: about(object) }),
    ...(key === 'Node' ? [narrowed(reading, onNode)] : []),
    ...[...GLOBAL, ...(BESIDE[key] ?? [])].map(everywhere),
  ])
}

const about = ({ kind, metadata: { name } }: KubeObject): string =>
  [fieldTerm('involvedObject.kind', kind), fieldTerm('involvedObject.name', name)].join(',')

async function besideNamespaced(
  cluster: Cluster,
  reading: Reading,
  object: KubeObject,
  namespace: string,
): Promise<void> {
  if (ALONE.has(kindKey(object))) return reading.list(EVENTS, { namespace, fieldSelector: about(object) })
  const [top] = await Promise.all([
    topOwner(cluster, reading, object),
    ...[EVENTS, ...NAMESPACED].map((wanted) => reading.list(wanted, { namespace })),
    ...GLOBAL.map((wanted) => reading.list(wanted, { namespace: undefined })),
  ])
  await podsBeside(reading, top, namespace)
}

/** The topmost owner that can be read; the object itself where it has none. */
async function topOwner(cluster: Cluster, reading: Reading, object: KubeObject): Promise<KubeObject> {
  let top = object
  for (let depth = 0; depth < MOST_OWNERS; depth++) {
    const owner = await ownerOf(cluster, reading, top)
    if (owner === undefined) return top
    top = owner
  }
  return top
}

async function ownerOf(cluster: Cluster, reading: Reading, { metadata }: KubeObject): Promise<KubeObject | undefined> {
  const owner = metadata.ownerReferences?.find((each) => each.controller === true)
  if (owner === undefined) return undefined
  return reading.noted(`owner ${owner.kind}/${owner.name}`, async () => {
    const type = await cluster.resolve(typeName(owner))
    return found(getObject(reading.api, type, type.namespaced ? metadata.namespace : undefined, owner.name))
  })
}

function typeName({ apiVersion, kind }: OwnerReference): string {
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  return fullName({ name: kind, version, group } satisfies Pick<Resource, 'name' | 'version' | 'group'>)
}

/** Undefined where it is gone. */
async function found(reading: Promise<KubeObject>): Promise<KubeObject | undefined> {
  try {
    return maskObject(await reading)
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined
    throw error
  }
}

function podsBeside(reading: Reading, top: KubeObject, namespace: string): Promise<void> {
  const key = kindKey(top)
  if (key === 'Pod')
    return narrowed(reading, { namespace, fieldSelector: fieldTerm('metadata.name', top.metadata.name) })
  if (key === 'CronJob.batch') return narrowed(reading, { namespace, labelSelector: 'batch.kubernetes.io/job-name' })
  const labelSelector = WORKLOADS.has(key) ? selectorText(top) : ''
  return labelSelector === '' ? reading.list(PODS, { namespace }) : narrowed(reading, { namespace, labelSelector })
}

async function narrowed(reading: Reading, place: Place): Promise<void> {
  await reading.list(PODS, place)
  reading.partial.push('Pod')
}
