// Group version and plural of the kinds that the harness creates (all namespaced).
const resources: Readonly<Record<string, readonly [groupVersion: string, plural: string]>> = {
  ConfigMap: ['v1', 'configmaps'],
  CronJob: ['batch/v1', 'cronjobs'],
  Deployment: ['apps/v1', 'deployments'],
  EndpointSlice: ['discovery.k8s.io/v1', 'endpointslices'],
  Event: ['v1', 'events'],
  HorizontalPodAutoscaler: ['autoscaling/v2', 'horizontalpodautoscalers'],
  Job: ['batch/v1', 'jobs'],
  PersistentVolumeClaim: ['v1', 'persistentvolumeclaims'],
  Pod: ['v1', 'pods'],
  PodDisruptionBudget: ['policy/v1', 'poddisruptionbudgets'],
  ReplicaSet: ['apps/v1', 'replicasets'],
  ResourceQuota: ['v1', 'resourcequotas'],
  Secret: ['v1', 'secrets'],
  Service: ['v1', 'services'],
  ServiceAccount: ['v1', 'serviceaccounts'],
}

function resource(kind: string): readonly [groupVersion: string, plural: string] {
  const found = resources[kind]
  if (found === undefined)
    throw new Error(`The harness does not know where to create a ${kind}: add it to resources.ts.`)
  return found
}

/** `apiVersion` of a kind that the harness creates. */
export const apiVersionOf = (kind: string): string => resource(kind)[0]

/** Path of the collection of a kind in a namespace. */
export function collectionPath(kind: string, namespace: string): string {
  const [groupVersion, plural] = resource(kind)
  return `/${groupVersion.includes('/') ? 'apis' : 'api'}/${groupVersion}/namespaces/${namespace}/${plural}`
}
