import { BUILT_IN, type ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { selectorText } from '../selectors.ts'
import { at, listAt, ownedBy, textAt } from './read.ts'

/** How relations read a cluster. Nothing here throws for what may not be read. */
export interface Reach {
  list(
    type: ResourceType,
    query: { namespace: string | undefined; labelSelector?: string; fieldSelector?: string },
  ): Promise<KubeObject[]>
  get(type: ResourceType, namespace: string | undefined, name: string): Promise<KubeObject | undefined>
  resolve(kind: string): Promise<ResourceType | undefined>
}

interface Family {
  owned: KubeObject[]
  related: KubeObject[]
}
type Relation = (object: KubeObject, reach: Reach) => Promise<Partial<Family>>

const type = (group: string, name: string, kind: string, version = 'v1', namespaced = true): ResourceType => ({
  group,
  version,
  name,
  kind,
  namespaced,
})
const JOBS = type('batch', 'jobs', 'Job')
const STATEFUL_SETS = type('apps', 'statefulsets', 'StatefulSet')
const DAEMON_SETS = type('apps', 'daemonsets', 'DaemonSet')
const CLAIMS = type('', 'persistentvolumeclaims', 'PersistentVolumeClaim')
const VOLUMES = type('', 'persistentvolumes', 'PersistentVolume', 'v1', false)
const QUOTAS = type('', 'resourcequotas', 'ResourceQuota')
const LIMIT_RANGES = type('', 'limitranges', 'LimitRange')

// What belongs to an object of each kind. Kinds that are not here get what names them as owner.
const RELATIONS: Readonly<Record<string, Relation>> = {
  Pod: async (pod, reach) => ({ related: await podNeighbours(pod, reach) }),
  'Deployment.apps': deploymentFamily,
  'ReplicaSet.apps': podFamily,
  'StatefulSet.apps': podFamily,
  'DaemonSet.apps': podFamily,
  'Job.batch': podFamily,
  ReplicationController: podFamily,
  'CronJob.batch': cronJobFamily,
  Service: serviceFamily,
  'EndpointSlice.discovery.k8s.io': async (slice, reach) => ({ related: await slicePods(slice, reach) }),
  'PodDisruptionBudget.policy': async (budget, reach) => ({ related: await selected(BUILT_IN.pods, budget, reach) }),
  'HorizontalPodAutoscaler.autoscaling': async (scaler, reach) => ({ related: await scaleTarget(scaler, reach) }),
  PersistentVolumeClaim: async (claim, reach) => ({ related: await claimNeighbours(claim, reach) }),
  PersistentVolume: async (volume, reach) => ({ related: await volumeClaim(volume, reach) }),
  Node: async ({ metadata: { name } }, reach) => ({
    related: await reach.list(BUILT_IN.pods, { namespace: undefined, fieldSelector: `spec.nodeName=${name}` }),
  }),
  Namespace: async ({ metadata: { name } }, reach) => ({
    related: (await Promise.all([QUOTAS, LIMIT_RANGES].map((each) => reach.list(each, { namespace: name })))).flat(),
  }),
  'Ingress.networking.k8s.io': async (ingress, reach) => ({ related: await backends(ingress, reach) }),
}

// Kinds that own nothing and are never asked for more.
const ALONE = new Set([
  'ConfigMap',
  'Secret',
  'Event',
  'ServiceAccount',
  'ResourceQuota',
  'LimitRange',
  'Endpoints',
  'Lease.coordination.k8s.io',
])

/** What an object owns, and what it is about without owning it. `key`: its kind and group. */
export async function relations(key: string, object: KubeObject, reach: Reach): Promise<Family> {
  if (ALONE.has(key)) return { owned: [], related: [] }
  const { owned = [], related = [] } = await (RELATIONS[key] ?? anyOwner)(object, reach)
  return { owned, related }
}

/** Objects in the namespace that the object's selector selects; none where it has no selector. */
async function selected(of: ResourceType, object: KubeObject, reach: Reach): Promise<KubeObject[]> {
  const labelSelector = selectorText(object)
  return labelSelector === '' ? [] : reach.list(of, { namespace: object.metadata.namespace, labelSelector })
}

async function podFamily(workload: KubeObject, reach: Reach): Promise<Partial<Family>> {
  const pods = await selected(BUILT_IN.pods, workload, reach)
  return { owned: pods.filter((each) => ownedBy(each, workload)) }
}

async function deploymentFamily(deployment: KubeObject, reach: Reach): Promise<Partial<Family>> {
  const [sets, pods] = await Promise.all(
    [BUILT_IN.replicaSets, BUILT_IN.pods].map((each) => selected(each, deployment, reach)),
  )
  const own = (sets ?? []).filter((each) => ownedBy(each, deployment))
  return { owned: [...own, ...(pods ?? []).filter((pod) => own.some((set) => ownedBy(pod, set)))] }
}

async function cronJobFamily(cronJob: KubeObject, reach: Reach): Promise<Partial<Family>> {
  const { namespace } = cronJob.metadata
  const jobs = (await reach.list(JOBS, { namespace })).filter((each) => ownedBy(each, cronJob))
  if (jobs.length === 0) return {}
  const labelSelector = `batch.kubernetes.io/job-name in (${jobs.map((each) => each.metadata.name).join(',')})`
  const pods = await reach.list(BUILT_IN.pods, { namespace, labelSelector })
  return { owned: [...jobs, ...pods.filter((pod) => jobs.some((job) => ownedBy(pod, job)))] }
}

async function serviceFamily(service: KubeObject, reach: Reach): Promise<Partial<Family>> {
  const { namespace, name } = service.metadata
  const labelSelector = selectorText(service)
  const [slices, pods] = await Promise.all([
    reach.list(BUILT_IN.endpointSlices, { namespace, labelSelector: `kubernetes.io/service-name=${name}` }),
    labelSelector === '' ? [] : reach.list(BUILT_IN.pods, { namespace, labelSelector }),
  ])
  return { owned: slices, related: pods }
}

async function slicePods(slice: KubeObject, reach: Reach): Promise<KubeObject[]> {
  const service = slice.metadata.labels?.['kubernetes.io/service-name']
  const owner =
    service === undefined ? undefined : await reach.get(BUILT_IN.services, slice.metadata.namespace, service)
  return owner === undefined ? [] : selected(BUILT_IN.pods, owner, reach)
}

async function podNeighbours(pod: KubeObject, reach: Reach): Promise<KubeObject[]> {
  const { namespace } = pod.metadata
  const node = textAt(pod, 'spec.nodeName')
  const claims = listAt(pod, 'spec.volumes').map((each) => textAt(each, 'persistentVolumeClaim.claimName'))
  const reads = [
    ...(node === undefined ? [] : [reach.get(BUILT_IN.nodes, undefined, node)]),
    ...claims.flatMap((claim) => (claim === undefined ? [] : [reach.get(CLAIMS, namespace, claim)])),
  ]
  return present(await Promise.all(reads))
}

async function scaleTarget(scaler: KubeObject, reach: Reach): Promise<KubeObject[]> {
  const [kind, name] = [textAt(scaler, 'spec.scaleTargetRef.kind'), textAt(scaler, 'spec.scaleTargetRef.name')]
  const group = textAt(scaler, 'spec.scaleTargetRef.apiVersion')?.split('/').at(-2)
  if (kind === undefined || name === undefined) return []
  const target = await reach.resolve(group === undefined ? kind : `${kind}.${group}`)
  return target === undefined ? [] : present([await reach.get(target, scaler.metadata.namespace, name)])
}

async function claimNeighbours(claim: KubeObject, reach: Reach): Promise<KubeObject[]> {
  const { namespace, name } = claim.metadata
  const volume = textAt(claim, 'spec.volumeName')
  const [pods, bound] = await Promise.all([
    reach.list(BUILT_IN.pods, { namespace }),
    volume === undefined ? undefined : reach.get(VOLUMES, undefined, volume),
  ])
  return [...pods.filter((pod) => uses(pod, name)), ...present([bound])]
}

const uses = (pod: KubeObject, claim: string) =>
  listAt(pod, 'spec.volumes').some((each) => at(each, 'persistentVolumeClaim.claimName') === claim)

async function volumeClaim(volume: KubeObject, reach: Reach): Promise<KubeObject[]> {
  const [namespace, name] = [textAt(volume, 'spec.claimRef.namespace'), textAt(volume, 'spec.claimRef.name')]
  return name === undefined ? [] : present([await reach.get(CLAIMS, namespace, name)])
}

async function backends(ingress: KubeObject, reach: Reach): Promise<KubeObject[]> {
  const paths = listAt(ingress, 'spec.rules').flatMap((rule) => listAt(rule, 'http.paths'))
  const names = [
    textAt(ingress, 'spec.defaultBackend.service.name'),
    ...paths.map((each) => textAt(each, 'backend.service.name')),
  ]
  const wanted = [...new Set(names.filter((name) => name !== undefined))].slice(0, 20)
  return present(
    await Promise.all(wanted.map((name) => reach.get(BUILT_IN.services, ingress.metadata.namespace, name))),
  )
}

// An owner of an unknown kind (an operator's custom resource): the workloads of its namespace that name it, and their pods' owners follow.
async function anyOwner(object: KubeObject, reach: Reach): Promise<Partial<Family>> {
  const { namespace } = object.metadata
  if (namespace === undefined) return {}
  const kinds = [BUILT_IN.deployments, STATEFUL_SETS, DAEMON_SETS, JOBS, BUILT_IN.services, BUILT_IN.pods]
  const lists = await Promise.all(kinds.map((each) => reach.list(each, { namespace })))
  return { owned: lists.flat().filter((each) => ownedBy(each, object)) }
}

const present = (objects: readonly (KubeObject | undefined)[]): KubeObject[] =>
  objects.filter((each) => each !== undefined)
