import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import {
  at,
  type Fields,
  fieldsAt,
  isFields,
  listAt,
  reference,
  textAt,
  textsAt,
} from '../../src/services/describe/read.ts'
import type { Snapshot } from '../../src/services/describe/snapshot.ts'

// What a real kubelet and controllers recorded has no specs: they come from the manifests, as the API server and the
// controllers would have made them.

/** The moment of the recording. */
export const now = new Date('2026-11-22T17:29:40Z')

const folder = new URL('../data/troubles/', import.meta.url)
const recorded: unknown = JSON.parse(readFileSync(new URL('recorded.json', folder), 'utf8'))
const manifests: Fields[] = parseAllDocuments(readFileSync(new URL('manifests.yaml', folder), 'utf8'))
  .map((document): unknown => document.toJS())
  .filter(isFields)

const API_VERSIONS: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  PodDisruptionBudget: 'policy/v1',
  EndpointSlice: 'discovery.k8s.io/v1',
}

const apiVersionOf = (kind: string): string => API_VERSIONS[kind] ?? 'v1'
const uidOf = (kind: string, namespace: string, name: string): string => `${kind}/${namespace}/${name}`

/** One recorded object and the line that kubectl printed for it. */
export interface Recorded {
  key: string
  kubectl: string
  object: KubeObject
  events: KubeObject[]
}

/** All recorded objects, in their order; `key` is namespace/Kind/name. */
export const objects: Recorded[] = listAt(recorded, 'objects').map((entry) => {
  const object = build(entry)
  const { namespace = '', name } = object.metadata
  const events = listAt(entry, 'events').map((event) => buildEvent(object, event))
  return { key: `${namespace}/${object.kind}/${name}`, kubectl: textAt(entry, 'kubectl') ?? '', object, events }
})

function build(entry: Fields): KubeObject {
  const kind = textAt(entry, 'kind') ?? ''
  const namespace = textAt(entry, 'namespace') ?? ''
  const name = textAt(entry, 'name') ?? ''
  const owners = textsAt(entry, 'owner')
  const made = parts(kind, namespace, name, owners[0])
  const { metadata, ...rest } = made
  return {
    apiVersion: apiVersionOf(kind),
    kind,
    ...rest,
    ...picked(entry, ['status', 'endpoints']),
    metadata: {
      ...fieldsAt({ metadata }, 'metadata'),
      name,
      namespace,
      uid: uidOf(kind, namespace, name),
      creationTimestamp: createdAt(textAt(entry, 'kubectl') ?? ''),
      ...picked(entry, ['deletionTimestamp', 'finalizers']),
      ...(owners.length === 0 ? {} : { ownerReferences: owners.map((owner) => ownerReference(owner, namespace)) }),
    },
  }
}

function picked(entry: Fields | undefined, names: string[]): Fields {
  return Object.fromEntries(Object.entries(entry ?? {}).filter(([name]) => names.includes(name)))
}

function ownerReference(owner: string, namespace: string) {
  const [kind = '', name = ''] = owner.split('/')
  return { apiVersion: apiVersionOf(kind), kind, name, uid: uidOf(kind, namespace, name), controller: true }
}

// Everything was made together; kubectl's last column says how long ago.
function createdAt(kubectl: string): string {
  const [, minutes = '0', seconds = '0'] = /(?:(\d+)m)?(?:(\d+)s)?$/.exec(kubectl) ?? []
  return new Date(now.getTime() - 1000 * (60 * Number(minutes) + Number(seconds))).toISOString()
}

/** The manifest of an object; of what a controller made, the template it was made from. */
function parts(kind: string, namespace: string, name: string, owner: string | undefined): Fields {
  const own = manifest(kind, namespace, name)
  if (own !== undefined) return { ...picked(own, ['spec', 'data']), metadata: own['metadata'] }
  const [ownerKind = '', ownerName = ''] = owner?.split('/') ?? []
  const maker = manifest(
    ownerKind === 'ReplicaSet' ? 'Deployment' : ownerKind,
    namespace,
    ownerKind === 'ReplicaSet' ? withoutHash(ownerName) : ownerName,
  )
  if (kind === 'ReplicaSet')
    return {
      spec: picked(fieldsAt(maker, 'spec'), ['replicas', 'selector', 'template']),
      metadata: at(maker, 'spec.template.metadata'),
    }
  if (kind === 'Pod') return { spec: at(maker, 'spec.template.spec'), metadata: at(maker, 'spec.template.metadata') }
  if (kind === 'EndpointSlice') return { addressType: 'IPv4', ports: [{ port: 8080, protocol: 'TCP', name: '' }] }
  return kind === 'ConfigMap' ? { data: { a: 'b' } } : {}
}

function withoutHash(name: string): string {
  return name.slice(0, name.lastIndexOf('-'))
}

function manifest(kind: string, namespace: string, name: string): Fields | undefined {
  const named = manifests.filter(
    (each) => at(each, 'metadata.namespace') === namespace && at(each, 'metadata.name') === name,
  )
  return named.find((each) => each['kind'] === kind)
}

function buildEvent({ kind, metadata }: KubeObject, event: Fields): KubeObject {
  const { namespace = '', name, uid } = metadata
  const { from, ...rest } = event
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.1`, namespace },
    involvedObject: { kind, namespace, name, uid },
    source: { component: from },
    ...rest,
  }
}

/** The recorded object with this key (namespace/Kind/name). */
export function find(key: string): Recorded {
  const found = objects.find((each) => each.key === key)
  if (found === undefined) throw new Error(`nothing recorded as ${key}`)
  return found
}

/** What a gatherer would find around an object: its owners, what it owns, what it is about, and their events. */
export function snapshotOf({ object }: Recorded): Snapshot {
  const above = ownersOf(object)
  const owners = above.map(reference)
  const owned = ownedBy(object)
  const related = [object, ...above].flatMap(relatedTo).filter((each) => each !== object && !owned.includes(each))
  const concerned = new Set([object, ...owned, ...related])
  const events = objects.filter((each) => concerned.has(each.object)).flatMap((each) => each.events)
  return { object, owners, owned, related, events, limits: [], now }
}

function ownersOf(object: KubeObject): KubeObject[] {
  const [owner] = object.metadata.ownerReferences ?? []
  const found = objects.find((each) => each.object.metadata.uid === owner?.uid)
  return owner === undefined || found === undefined ? [] : [found.object, ...ownersOf(found.object)]
}

function ownedBy(object: KubeObject): KubeObject[] {
  const direct = objects
    .map((each) => each.object)
    .filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === object.metadata.uid)
  return direct.flatMap((each) => [each, ...ownedBy(each)])
}

function relatedTo(object: KubeObject): KubeObject[] {
  const here = objects
    .map((each) => each.object)
    .filter(({ metadata }) => metadata.namespace === object.metadata.namespace)
  return here.filter((other) => isAbout(object, other))
}

function isAbout(object: KubeObject, other: KubeObject): boolean {
  if (object.kind === 'Pod')
    return listAt(object, 'spec.volumes').some(
      (volume) => reference(other) === `PersistentVolumeClaim/${textAt(volume, 'persistentVolumeClaim.claimName')}`,
    )
  if (object.kind === 'Service') return other.kind === 'Pod' && isSelected(fieldsAt(object, 'spec.selector'), other)
  if (object.kind === 'PodDisruptionBudget')
    return other.kind === 'Pod' && isSelected(fieldsAt(object, 'spec.selector.matchLabels'), other)
  if (object.kind === 'PersistentVolumeClaim')
    return listAt(other, 'spec.volumes').some(
      (volume) => at(volume, 'persistentVolumeClaim.claimName') === object.metadata.name,
    )
  return object.kind === 'HorizontalPodAutoscaler' && reference(other) === 'Deployment/healthy'
}

const isSelected = (selector: Fields, { metadata }: KubeObject): boolean =>
  Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value)
