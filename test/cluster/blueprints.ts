import { isRecord, type KubernetesObject } from './client.ts'
import type { RecordedObject, Troubles } from './troubles.ts'

const key = (kind: string, namespace: string, name: string): string => `${kind}/${namespace}/${name}`

const record = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {})

/** What to POST for one object. */
export interface Blueprint {
  readonly metadata: object
  readonly [field: string]: unknown
}

/** Turns recorded objects into objects to create. */
export interface Blueprints {
  /** Owner references and endpoints are left to whoever creates it, since they carry uids. */
  of(recorded: RecordedObject): Blueprint
}

// Pods that never got a node stay without one; all others ran on the recording's only node.
function wasScheduled({ status }: RecordedObject): boolean {
  const conditions = status?.['conditions']
  if (!Array.isArray(conditions)) return true
  return !conditions.some(
    (each: unknown) => record(each)['type'] === 'PodScheduled' && record(each)['status'] === 'False',
  )
}

/** Name of the node that the recorded pods ran on. */
export const recordedNode = 'node1'

function podOf(recorded: RecordedObject, labels: object, spec: object, metadata: object = {}): Blueprint {
  const bound = wasScheduled(recorded) ? { ...spec, nodeName: recordedNode } : spec
  return { metadata: { ...metadata, name: recorded.name, labels }, spec: bound }
}

const templateHash = (replicaSet: string): string => replicaSet.slice(replicaSet.lastIndexOf('-') + 1)

function replicaSetOf({ name }: RecordedObject, deployment: KubernetesObject): Blueprint {
  const { replicas, selector, template } = record(deployment['spec'])
  const hash = { 'pod-template-hash': templateHash(name) }
  const labels = { ...record(record(record(template)['metadata'])['labels']), ...hash }
  const annotations = { 'deployment.kubernetes.io/revision': '1' }
  const matchLabels = { ...record(record(selector)['matchLabels']), ...hash }
  const spec = { replicas, selector: { matchLabels }, template: { ...record(template), metadata: { labels } } }
  return { metadata: { name, labels, annotations }, spec }
}

function endpointSliceOf({ name, owner = [], endpoints }: RecordedObject): Blueprint {
  const service = owner[0]?.split('/')[1] ?? ''
  const ports = endpoints === null ? [] : [{ port: 8080, protocol: 'TCP' }]
  const metadata = { name, labels: { 'kubernetes.io/service-name': service } }
  return { metadata, addressType: 'IPv4', endpoints: [], ports }
}

function serviceOf({ kubectl }: RecordedObject, manifest: KubernetesObject): Blueprint {
  const clusterIP = /\d+\.\d+\.\d+\.\d+/.exec(kubectl)?.[0]
  return { ...manifest, spec: { ...record(manifest['spec']), clusterIP } }
}

const deploymentOf = (manifest: KubernetesObject): Blueprint => ({
  ...manifest,
  metadata: { ...manifest.metadata, annotations: { 'deployment.kubernetes.io/revision': '1' } },
})

function ofManifest(recorded: RecordedObject, manifest: KubernetesObject): Blueprint {
  if (recorded.kind === 'Service') return serviceOf(recorded, manifest)
  if (recorded.kind === 'Deployment') return deploymentOf(manifest)
  if (recorded.kind !== 'Pod') return manifest
  return podOf(recorded, record(manifest.metadata['labels']), record(manifest['spec']), manifest.metadata)
}

function ofOwner(recorded: RecordedObject, owner: KubernetesObject, labels: object): Blueprint {
  const template = record(record(owner['spec'])['template'])
  if (recorded.kind === 'ReplicaSet') return replicaSetOf(recorded, owner)
  const ownLabels = { ...record(record(template['metadata'])['labels']), ...labels }
  return podOf(recorded, ownLabels, record(template['spec']))
}

// The Deployment or Job whose template a pod came from, and the label that its ReplicaSet or Job adds.
function templateOwner(recorded: RecordedObject): { kind: string; name: string; labels: object } | undefined {
  const [kind = '', name = ''] = recorded.owner?.[0]?.split('/') ?? []
  if (kind === 'Deployment') return { kind, name, labels: {} }
  if (kind === 'Job') return { kind, name, labels: { 'job-name': name, 'batch.kubernetes.io/job-name': name } }
  if (kind !== 'ReplicaSet') return undefined
  const hash = templateHash(name)
  return { kind: 'Deployment', name: name.slice(0, -hash.length - 1), labels: { 'pod-template-hash': hash } }
}

/** Blueprints of the recorded objects, from the manifests that led to them. */
export function blueprints({ manifests }: Troubles): Blueprints {
  const byKey = new Map(
    manifests.map((each) => [key(each.kind ?? '', each.metadata.namespace ?? '', each.metadata.name), each] as const),
  )
  return {
    of(recorded) {
      const { kind, namespace, name } = recorded
      const manifest = byKey.get(key(kind, namespace, name))
      if (manifest !== undefined) return ofManifest(recorded, manifest)
      if (kind === 'EndpointSlice') return endpointSliceOf(recorded)
      const template = templateOwner(recorded)
      const owner = template && byKey.get(key(template.kind, namespace, template.name))
      if (owner !== undefined) return ofOwner(recorded, owner, template?.labels ?? {})
      return { metadata: { name }, ...(kind === 'ConfigMap' && { data: { a: 'b' } }) }
    },
  }
}
