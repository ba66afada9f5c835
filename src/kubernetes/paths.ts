import type { Resource } from './types.ts'

/** The path segments of a resource type, of its objects in one namespace, or of one object (Kubernetes API concepts, "Resource URIs"). */
export function pathOf(
  resource: Pick<Resource, 'group' | 'version' | 'name'>,
  namespace?: string,
  name?: string,
): string[] {
  const root = resource.group === '' ? ['api', resource.version] : ['apis', resource.group, resource.version]
  const within = namespace === undefined ? [] : ['namespaces', namespace]
  return [...root, ...within, resource.name, ...(name === undefined ? [] : [name])]
}

const builtIn = (group: string, version: string, name: string, kind: string, namespaced: boolean) => ({
  group,
  version,
  name,
  kind,
  namespaced,
})

/** The built-in types that have operations of their own: no discovery is needed to reach them. */
export const BUILT_IN = {
  namespaces: builtIn('', 'v1', 'namespaces', 'Namespace', false),
  nodes: builtIn('', 'v1', 'nodes', 'Node', false),
  pods: builtIn('', 'v1', 'pods', 'Pod', true),
  services: builtIn('', 'v1', 'services', 'Service', true),
  events: builtIn('', 'v1', 'events', 'Event', true),
  deployments: builtIn('apps', 'v1', 'deployments', 'Deployment', true),
  replicaSets: builtIn('apps', 'v1', 'replicasets', 'ReplicaSet', true),
  endpointSlices: builtIn('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice', true),
} as const

/** What a list or get needs to know of a resource type. */
export type ResourceType = Pick<Resource, 'group' | 'version' | 'name' | 'kind' | 'namespaced'>
