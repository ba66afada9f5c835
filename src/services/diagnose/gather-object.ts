import { Problem, problems } from '../../errors.ts'
import { fullName } from '../../kubernetes/discovery.ts'
import { getObject } from '../../kubernetes/lists.ts'
import type { KubeObject, OwnerReference, Resource } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { kindKey, textAt } from '../describe/read.ts'
import { maskObject } from '../safety/mask-object.ts'
import { fieldTerm, selectorText } from '../selectors.ts'
import type { ObjectName } from './finding.ts'
import { EVENTS, GLOBAL, keyOf, NAMESPACED, PODS, type Wanted } from './kinds.ts'
import type { Place, Reading } from './reading.ts'
import { slim } from './slim.ts'

// Kinds that own nothing, and that nothing but themselves says anything of.
const ALONE = new Set([
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'ResourceQuota',
  'LimitRange',
  'Endpoints',
  'Event',
  'Lease.coordination.k8s.io',
])

// Kinds whose pods are asked for by their selector.
const WORKLOADS = new Set([
  'Deployment.apps',
  'ReplicaSet.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'ReplicationController',
  'Job.batch',
])
const SCALER = 'HorizontalPodAutoscaler.autoscaling'
const MOST_OWNERS = 5
// A description tells of a container that was pulled and started too.
const EVERY_EVENT: Wanted = { type: EVENTS.type, slim: EVENTS.slim, most: EVENTS.most }

const listed = (...names: readonly string[]): Wanted[] => NAMESPACED.filter(({ type }) => names.includes(type.name))
const BEHIND_WEBHOOK = listed('services', 'endpointslices')
const BOUNDS = listed('resourcequotas', 'limitranges')

// What is read in all namespaces for an object that is in none.
const BESIDE: Readonly<Record<string, readonly Wanted[]>> = {
  PersistentVolume: listed('persistentvolumeclaims'),
  'StorageClass.storage.k8s.io': listed('persistentvolumeclaims'),
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io': BEHIND_WEBHOOK,
  'MutatingWebhookConfiguration.admissionregistration.k8s.io': BEHIND_WEBHOOK,
  'APIService.apiregistration.k8s.io': BEHIND_WEBHOOK,
}

// A kind in no namespace that no rule knows, and that nothing which is read says anything of.
const ANSWERED = new Set(['Namespace', ...GLOBAL.map(keyOf)])

/**
 * Reads an object, unless it was read before to be described, and what it belongs to and is about. Throws what the API server says where
 * it is not there.
 */
export async function gatherObject(
  cluster: Cluster,
  reading: Reading,
  wanted: ObjectName,
  described?: KubeObject,
): Promise<void> {
  const object = keptOf(described ?? (await readObject(cluster, reading, wanted)))
  const { namespace, name } = wanted
  const events = described === undefined ? EVENTS : EVERY_EVENT
  await (namespace === undefined
    ? besideGlobal(reading, object)
    : besideNamespaced(cluster, reading, object, { namespace, events }))
  if (!(reading.objects[kindKey(object)] ?? []).some((each) => each.metadata.name === name)) reading.add(object)
}

async function readObject(
  cluster: Cluster,
  reading: Reading,
  { kind, namespace, name }: ObjectName,
): Promise<KubeObject> {
  const type = await cluster.resolve(kind)
  if (!type.verbs.includes('get')) throw problems.verbNotSupported(type.kind, 'get')
  return maskObject(await getObject(reading.api, type, namespace, name))
}

/** What is kept of an object of its kind. */
function keptOf(object: KubeObject): KubeObject {
  const wanted = [PODS, ...NAMESPACED, ...GLOBAL].find((each) => keyOf(each) === kindKey(object))
  return (wanted?.slim ?? slim)(object)
}

async function besideGlobal(reading: Reading, object: KubeObject): Promise<void> {
  const key = kindKey(object)
  const { name } = object.metadata
  const everywhere = (wanted: Wanted) => reading.list(wanted, { namespace: undefined })
  const onNode = { namespace: undefined, fieldSelector: fieldTerm('spec.nodeName', name) }
  await Promise.all([
    reading.list(EVENTS, { namespace: undefined, fieldSelector: about(object) }),
    ...(key === 'Node' ? [narrowed(reading, onNode)] : []),
    ...(key === 'Namespace' ? BOUNDS.map((each) => reading.list(each, { namespace: name })) : []),
    ...(ANSWERED.has(key) ? [...GLOBAL, ...(BESIDE[key] ?? [])].map(everywhere) : []),
  ])
}

const about = ({ kind, metadata: { name } }: KubeObject): string =>
  [fieldTerm('involvedObject.kind', kind), fieldTerm('involvedObject.name', name)].join(',')

async function besideNamespaced(
  cluster: Cluster,
  reading: Reading,
  object: KubeObject,
  { namespace, events }: { namespace: string; events: Wanted },
): Promise<void> {
  if (ALONE.has(kindKey(object))) return reading.list(EVENTS, { namespace, fieldSelector: about(object) })
  await Promise.all([
    scaledBeside(cluster, reading, object),
    ...[events, ...NAMESPACED].map((wanted) => reading.list(wanted, { namespace })),
    ...GLOBAL.map((wanted) => reading.list(wanted, { namespace: undefined })),
  ])
  await podsBeside(reading, await topOwner(cluster, reading, object), namespace)
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
  const known = Object.values(reading.objects)
    .flat()
    .find(({ metadata: { uid } }) => uid === owner.uid)
  if (known !== undefined) return known
  return reading.noted(`owner ${owner.kind}/${owner.name}`, () => referred(cluster, reading, owner, metadata.namespace))
}

/** Reads what an autoscaler scales, where that is of no kind that is listed. */
async function scaledBeside(cluster: Cluster, reading: Reading, scaler: KubeObject): Promise<void> {
  const [apiVersion, kind, name] = ['apiVersion', 'kind', 'name'].map((each) =>
    textAt(scaler, `spec.scaleTargetRef.${each}`),
  )
  if (apiVersion === undefined || kind === undefined || name === undefined) return
  if (kindKey(scaler) !== SCALER || NAMESPACED.some(({ type }) => type.kind === kind)) return
  const target = await reading.noted(`${kind}/${name}`, () =>
    referred(cluster, reading, { apiVersion, kind, name }, scaler.metadata.namespace),
  )
  if (target !== undefined) reading.add(slim(target))
}

type ObjectReference = Pick<OwnerReference, 'apiVersion' | 'kind' | 'name'>

/** What another object names by kind and name; undefined where it is gone. */
async function referred(
  cluster: Cluster,
  reading: Reading,
  reference: ObjectReference,
  namespace: string | undefined,
): Promise<KubeObject | undefined> {
  const type = await cluster.resolve(typeName(reference))
  return found(getObject(reading.api, type, type.namespaced ? namespace : undefined, reference.name))
}

function typeName({ apiVersion, kind }: ObjectReference): string {
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
  if (key === 'Pod') return alone(reading)
  if (key === 'CronJob.batch') return narrowed(reading, { namespace, labelSelector: 'batch.kubernetes.io/job-name' })
  const labelSelector = WORKLOADS.has(key) ? selectorText(top) : ''
  return labelSelector === '' ? reading.list(PODS, { namespace }) : narrowed(reading, { namespace, labelSelector })
}

/** A pod that nothing owns was read already: no other is asked for. */
async function alone(reading: Reading): Promise<void> {
  reading.partial.push('Pod')
}

async function narrowed(reading: Reading, place: Place): Promise<void> {
  await reading.list(PODS, place)
  reading.partial.push('Pod')
}
