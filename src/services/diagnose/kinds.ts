import { BUILT_IN, type ResourceType } from '../../kubernetes/paths.ts'
import { claimSlim, eventSlim, nodeSlim, replicaSetSlim, type Slim, slim, webhooksSlim } from './slim.ts'
import { podSlim } from './slim-pods.ts'

/** A kind that is read, and what is kept of each of its objects. */
export interface Wanted {
  type: ResourceType
  slim: Slim
  /** Objects that are read at most. */
  most: number
  /** Only metadata is asked for (PartialObjectMetadata, KEP-2334): the rest is never sent. */
  metadata?: true
  fieldSelector?: string
}

const MOST = 5_000
const MOST_PODS = 20_000

const wanted = (type: ResourceType, keep: Slim = slim, most = MOST): Wanted => ({ type, slim: keep, most })
const metadataOf = (type: ResourceType): Wanted => ({ ...wanted(type), metadata: true })
const kind = (group: string, name: string, word: string, version = 'v1'): ResourceType => ({
  group,
  version,
  name,
  kind: word,
  namespaced: true,
})
const global = (group: string, name: string, word: string): ResourceType => ({
  ...kind(group, name, word),
  namespaced: false,
})

// Every pod that starts well tells so five times.
const DULL = ['Pulled', 'Created', 'Started', 'Scheduled', 'SuccessfulCreate', 'SuccessfulDelete', 'ScalingReplicaSet']

export const PODS: Wanted = wanted(BUILT_IN.pods, podSlim, MOST_PODS)
export const EVENTS: Wanted = {
  ...wanted(BUILT_IN.events, eventSlim),
  fieldSelector: DULL.map((reason) => `reason!=${reason}`).join(','),
}

/** Kind and group as snapshots name them: `Pod`, `Deployment.apps`. */
export const keyOf = ({ type }: Pick<Wanted, 'type'>): string =>
  type.group === '' ? type.kind : `${type.kind}.${type.group}`

/** What is in a namespace, but for pods and events. */
export const NAMESPACED: readonly Wanted[] = [
  wanted(BUILT_IN.deployments),
  wanted(BUILT_IN.replicaSets, replicaSetSlim),
  wanted(kind('apps', 'statefulsets', 'StatefulSet')),
  wanted(kind('apps', 'daemonsets', 'DaemonSet')),
  wanted(kind('', 'replicationcontrollers', 'ReplicationController')),
  wanted(kind('batch', 'jobs', 'Job')),
  wanted(kind('batch', 'cronjobs', 'CronJob')),
  wanted(BUILT_IN.services),
  wanted(BUILT_IN.endpointSlices),
  wanted(kind('networking.k8s.io', 'ingresses', 'Ingress')),
  wanted(kind('autoscaling', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'v2')),
  wanted(kind('policy', 'poddisruptionbudgets', 'PodDisruptionBudget')),
  wanted(kind('', 'persistentvolumeclaims', 'PersistentVolumeClaim'), claimSlim),
  wanted(kind('', 'resourcequotas', 'ResourceQuota')),
  wanted(kind('', 'limitranges', 'LimitRange')),
  metadataOf(kind('', 'serviceaccounts', 'ServiceAccount')),
  metadataOf(kind('', 'configmaps', 'ConfigMap')),
  metadataOf(kind('', 'secrets', 'Secret')),
]

/** What is in no namespace, and bears on what is. */
export const GLOBAL: readonly Wanted[] = [
  wanted(BUILT_IN.nodes, nodeSlim),
  wanted(global('', 'persistentvolumes', 'PersistentVolume'), claimSlim),
  wanted(global('storage.k8s.io', 'storageclasses', 'StorageClass')),
  wanted(global('storage.k8s.io', 'volumeattachments', 'VolumeAttachment')),
  wanted(global('networking.k8s.io', 'ingressclasses', 'IngressClass')),
  wanted(
    global('admissionregistration.k8s.io', 'validatingwebhookconfigurations', 'ValidatingWebhookConfiguration'),
    webhooksSlim,
  ),
  wanted(
    global('admissionregistration.k8s.io', 'mutatingwebhookconfigurations', 'MutatingWebhookConfiguration'),
    webhooksSlim,
  ),
  wanted(global('apiregistration.k8s.io', 'apiservices', 'APIService')),
]

export const NAMESPACES: Wanted = wanted(BUILT_IN.namespaces)

/** Secrets with a certificate, whole: of each only the dates are kept. */
export const TLS_SECRETS: ResourceType = kind('', 'secrets', 'Secret')
