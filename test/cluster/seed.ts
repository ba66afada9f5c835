import { type Blueprint, blueprints, recordedNode, type Blueprints } from './blueprints.ts'
import { apiClient, isRecord, type Api, type KubernetesObject } from './client.ts'
import type { TestCluster } from './cluster.ts'
import { eventsOf } from './events.ts'
import { createManualNode } from './nodes.ts'
import { benchmarkPod, runningStatus } from './pods.ts'
import { apiVersionOf, collectionPath } from './resources.ts'
import { readTroubles, type RecordedObject, type Troubles } from './troubles.ts'

type Create = (recorded: RecordedObject) => Promise<KubernetesObject>

async function createNamespace(api: Api, namespace: object, name: string): Promise<void> {
  await api.create('/api/v1/namespaces', namespace)
  // No controller makes it in a cluster that is only an API server, and pods are refused without it.
  await api.ensure(collectionPath('ServiceAccount', name), { metadata: { name: 'default' } })
}

async function createSurroundings({ api, kubeletPort }: TestCluster, { manifests }: Troubles): Promise<void> {
  const ofKind = (kind: string): readonly KubernetesObject[] => manifests.filter((each) => each.kind === kind)
  await createManualNode(api, recordedNode, kubeletPort)
  await Promise.all(ofKind('Namespace').map((each) => createNamespace(api, each, each.metadata.name)))
  const secrets = ofKind('Secret')
  await Promise.all(secrets.map((each) => api.create(collectionPath('Secret', each.metadata.namespace ?? ''), each)))
}

function ownerReference({ kind, metadata: { name, uid } }: KubernetesObject): object {
  return { apiVersion: apiVersionOf(kind ?? ''), kind, name, uid, controller: true, blockOwnerDeletion: true }
}

// A Job finds its pods by its own uid, which only the API server knew when the manifest was written.
const controllerLabels = ({ kind, metadata: { uid } }: KubernetesObject): object =>
  kind === 'Job' ? { 'batch.kubernetes.io/controller-uid': uid, 'controller-uid': uid } : {}

const labelsOf = ({ metadata }: Blueprint): object =>
  'labels' in metadata && isRecord(metadata.labels) ? metadata.labels : {}

async function endpointsFor(recorded: RecordedObject, createNamed: (key: string) => Promise<KubernetesObject[]>) {
  return Promise.all(
    (recorded.endpoints ?? []).map(async (endpoint) => {
      const target = isRecord(endpoint['targetRef']) ? endpoint['targetRef'] : {}
      const [pod] = await createNamed(`Pod/${String(target['name'])}`)
      return { ...endpoint, targetRef: { ...target, uid: pod?.metadata.uid } }
    }),
  )
}

// Each object is made once, and after those it refers to by uid: its owner, the pods of its endpoints.
function creator(api: Api, { objects }: Troubles, plans: Blueprints): Create {
  const created = new Map<RecordedObject, Promise<KubernetesObject>>()
  const create: Create = (recorded) => {
    const promise = created.get(recorded) ?? createOne(recorded)
    created.set(recorded, promise)
    return promise
  }
  const createNamed = (namespace: string, key: string): Promise<KubernetesObject[]> =>
    Promise.all(
      objects.filter((each) => each.namespace === namespace && `${each.kind}/${each.name}` === key).map(create),
    )

  const createOne: Create = async (recorded) => {
    const { kind, namespace, owner = [], endpoints } = recorded
    const plan = plans.of(recorded)
    const owners = await Promise.all(owner.map((key) => createNamed(namespace, key)))
    const labels = { ...labelsOf(plan), ...Object.assign({}, ...owners.flat().map(controllerLabels)) }
    const metadata = { ...plan.metadata, labels, ownerReferences: owners.flat().map(ownerReference) }
    const refersTo = endpoints && { endpoints: await endpointsFor(recorded, (key) => createNamed(namespace, key)) }
    return api.create(collectionPath(kind, namespace), { ...plan, metadata, ...refersTo })
  }
  return create
}

async function seedOne(api: Api, recorded: RecordedObject, create: Create): Promise<void> {
  const { kind, namespace, name, status, deletionTimestamp } = recorded
  const path = `${collectionPath(kind, namespace)}/${name}`
  const object = await create(recorded)
  if (status !== undefined) await api.replace(`${path}/status`, { ...object, status })
  await Promise.all(eventsOf(recorded, object).map((event) => api.create(collectionPath('Event', namespace), event)))
  // A finalizer keeps it there, as it did when it was recorded.
  if (deletionTimestamp !== undefined) await api.delete(path)
}

/**
 * Puts every object of test/data/troubles/recorded.json into a cluster started with `apiOnly`: with the recorded status,
 * events and owners, all times moved so that the newest is now. Answers the objects with their moved times.
 */
export async function seedTroubles(cluster: TestCluster): Promise<readonly RecordedObject[]> {
  const troubles = await readTroubles()
  await createSurroundings(cluster, troubles)
  const create = creator(cluster.api, troubles, blueprints(troubles))
  const seed = (recorded: RecordedObject): Promise<void> => seedOne(cluster.api, recorded, create)
  // A quota refuses pods as long as its status is not written, so it comes last.
  const quotas = troubles.objects.filter((each) => each.kind === 'ResourceQuota')
  await Promise.all(troubles.objects.filter((each) => !quotas.includes(each)).map(seed))
  await Promise.all(quotas.map(seed))
  return troubles.objects
}

/** Node that all seeded pods are bound to. */
const loadNode = 'node-0'

/** How many pods to create. */
export interface PodSeed {
  readonly namespaces: number
  readonly podsPerNamespace: number
  /** Requests at once, 16 by default. */
  readonly connections?: number
}

async function inParallel<T>(items: readonly T[], workers: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: workers }, worker))
}

/** Names of the namespaces that `seedPods` fills, in order. */
export const seededNamespaces = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `load-${String(index).padStart(2, '0')}`)

/**
 * Fills a cluster started with `apiOnly` with running pods of about 9 KB (JSON) each, one in twenty of them not ready.
 * Answers the names of their namespaces. 5,000 pods take about half a minute on two cores.
 */
export async function seedPods(cluster: TestCluster, seed: PodSeed): Promise<readonly string[]> {
  const { server, ca, users, kubeletPort } = cluster
  const connections = seed.connections ?? 16
  const api = apiClient({ server, ca, user: users.admin, connections })
  const namespaces = seededNamespaces(seed.namespaces)
  await createManualNode(api, loadNode, kubeletPort)
  await Promise.all(namespaces.map((name) => createNamespace(api, { metadata: { name } }, name)))
  const pods = namespaces.flatMap((namespace) =>
    Array.from({ length: seed.podsPerNamespace }, (_, index) => benchmarkPod(namespace, index, loadNode)),
  )
  await inParallel(pods, connections, async ({ path, index, pod }) => {
    const created = await api.create(path, pod)
    await api.replace(`${path}/${created.metadata.name}/status`, { ...created, status: runningStatus(created, index) })
  })
  await api.close()
  return namespaces
}
