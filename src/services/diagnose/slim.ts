import type { KubeObject, ObjectMeta } from '../../kubernetes/types.ts'
import { type Fields, at, fieldsAt, isFields, listAt } from '../describe/read.ts'

/** What is kept of an object. Whole fields only: nothing is cut in half before it is masked. */
export type Slim = (object: KubeObject) => KubeObject

/** Some fields, where they are there. */
export const picked = (from: unknown, names: readonly string[]): Fields =>
  isFields(from) ? Object.fromEntries(names.flatMap((name) => (name in from ? [[name, from[name]]] : []))) : {}

const METADATA = [
  'namespace',
  'uid',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'ownerReferences',
  'finalizers',
]
// Annotations of Kubernetes itself and of Helm say something of the object's state; those of everybody else may be of any size.
const TELLING = /^(?:[\w.-]+\.)?(?:kubernetes\.io|k8s\.io|helm\.sh)\//
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
const LONGEST_ANNOTATION = 1024

/** Metadata without what no rule reads. */
export function metadataSlim(metadata: ObjectMeta): ObjectMeta {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key, value]) => TELLING.test(key) && key !== LAST_APPLIED && value.length <= LONGEST_ANNOTATION,
  )
  return {
    name: metadata.name,
    ...picked(metadata, METADATA),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  }
}

/** All of it, with less metadata. */
export const slim: Slim = (object) => ({ ...object, metadata: metadataSlim(object.metadata) })

const EVENT = [
  'involvedObject',
  'regarding',
  'type',
  'reason',
  'message',
  'note',
  'count',
  'firstTimestamp',
  'lastTimestamp',
  'eventTime',
  'series',
  'source',
  'reportingComponent',
  'action',
]

export const eventSlim: Slim = ({ apiVersion, kind, metadata, ...rest }) => ({
  apiVersion,
  kind,
  metadata: { name: metadata.name, ...picked(metadata, ['namespace', 'creationTimestamp']) },
  ...picked(rest, EVENT),
})

/** A ReplicaSet without pods is only the memory of a revision: of its template the images are kept. */
export const replicaSetSlim: Slim = (set) => {
  if (at(set, 'spec.replicas') !== 0 || (at(set, 'status.replicas') ?? 0) !== 0) return slim(set)
  const containers = listAt(set, 'spec.template.spec.containers').map((each) => picked(each, ['name', 'image']))
  const spec = { ...picked(at(set, 'spec'), ['replicas', 'selector']), template: { spec: { containers } } }
  return { ...slim(set), spec }
}

const NODE = ['conditions', 'allocatable', 'capacity', 'phase', 'addresses']

/** A node without the list of its images. */
export const nodeSlim: Slim = (node) => ({
  ...slim(node),
  status: { ...picked(at(node, 'status'), NODE), nodeInfo: picked(at(node, 'status.nodeInfo'), ['kubeletVersion']) },
})

/** A claim or volume without the attributes of its driver. */
export const claimSlim: Slim = (object) => {
  const { csi: _, ...spec } = fieldsAt(object, 'spec')
  const driver = picked(at(object, 'spec.csi'), ['driver'])
  return { ...slim(object), spec: 'driver' in driver ? { ...spec, csi: driver } : spec }
}

/** Webhooks without their certificates. */
export const webhooksSlim: Slim = (configuration) => ({
  ...slim(configuration),
  webhooks: listAt(configuration, 'webhooks').map((each) => ({
    ...each,
    clientConfig: picked(at(each, 'clientConfig'), ['service', 'url']),
  })),
})
