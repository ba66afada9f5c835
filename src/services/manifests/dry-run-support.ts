import { Problem } from '../../errors.ts'
import type { Resource } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { fieldOf } from './json.ts'

// A server behind the aggregation layer may never have heard of `dryRun`: it would ignore it, and write. So before anything goes to a
// group that is not the API server's own, its OpenAPI document has to say that patch takes the parameter (kubectl looks there too).

/** Groups that kube-apiserver serves itself, beside those without a dot (apps, batch, policy, autoscaling, …). */
const OWN: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
])

/** Group versions known to support it, per cluster. What does not today may do so tomorrow, so only a yes is kept. */
const known = new WeakMap<object, Set<string>>()

/** Whether a dry run of this type surely writes nothing. */
export async function supportsDryRun(cluster: Cluster, resource: Resource): Promise<boolean> {
  const { group, version, name } = resource
  if (!group.includes('.') || OWN.has(group)) return true
  const sure = known.get(cluster.discovery) ?? new Set()
  known.set(cluster.discovery, sure)
  const key = `${group}/${version}/${name}`
  if (!sure.has(key) && (await isDocumented(cluster, resource))) sure.add(key)
  return sure.has(key)
}

async function isDocumented(cluster: Cluster, { group, version, name, namespaced }: Resource): Promise<boolean> {
  const paths = await openApiPaths(cluster, group, version)
  const within = namespaced ? 'namespaces/{namespace}/' : ''
  const item = fieldOf(paths, `/apis/${group}/${version}/${within}${name}/{name}`)
  const taken = [fieldOf(item, 'parameters'), fieldOf(fieldOf(item, 'patch'), 'parameters')].flatMap((list) =>
    Array.isArray(list) ? list : [],
  )
  return fieldOf(item, 'patch') !== undefined && taken.some((each) => fieldOf(each, 'name') === 'dryRun')
}

async function openApiPaths({ api }: Cluster, group: string, version: string): Promise<unknown> {
  try {
    return fieldOf(await api.json<unknown>({ path: ['openapi', 'v3', 'apis', group, version] }), 'paths')
  } catch (error) {
    if (error instanceof Problem && ['not_found', 'forbidden', 'cluster_error', 'not_acceptable'].includes(error.code))
      return undefined
    throw error
  }
}
