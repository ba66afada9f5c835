import type { Api } from './client.ts'

/**
 * The node of a whole cluster whose kubelet is the test itself: kwok leaves the pods bound to it alone, so they keep the
 * status a test writes. Set `spec.nodeName` to it, or tolerate its taint and select its hostname.
 */
export const manualNode = 'node-2'

/** Nodes that kwok runs: their pods become Running at once. */
export const kwokNodes = ['node-0', 'node-1'] as const

/** Key of the taint that keeps the scheduler's hands off the manual node. */
export const manualTaint = 'k8s-mcp.test/manual'

const capacity = { cpu: '32', memory: '256Gi', pods: '10000' }

const metadata = (name: string, annotations: Readonly<Record<string, string>>): object => ({
  name,
  annotations,
  labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
})

function readyCondition(): object {
  const now = new Date().toISOString()
  const times = { lastHeartbeatTime: now, lastTransitionTime: now }
  return { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status', ...times }
}

function manualStatus(name: string, kubeletPort: number): object {
  return {
    capacity,
    allocatable: capacity,
    conditions: [readyCondition()],
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    nodeInfo: {
      architecture: 'amd64',
      bootID: '',
      containerRuntimeVersion: 'containerd://2.1.4',
      kernelVersion: '6.12.0',
      kubeProxyVersion: '',
      kubeletVersion: 'v1.36.2',
      machineID: '',
      operatingSystem: 'linux',
      osImage: 'Test OS 1',
      systemUUID: '',
    },
  }
}

/** Creates a node for kwok to run. */
export async function createKwokNode(api: Api, name: string, taints: readonly object[] = []): Promise<void> {
  const node = {
    metadata: metadata(name, { 'kwok.x-k8s.io/node': 'fake' }),
    spec: { taints },
    status: { capacity, allocatable: capacity },
  }
  await api.ensure('/api/v1/nodes', node)
}

/** Creates a Ready node without a kubelet; `kubeletPort` is the node API's, for logs and exec. */
export async function createManualNode(
  api: Api,
  name: string,
  kubeletPort: number,
  taints: readonly object[] = [],
): Promise<void> {
  await api.ensure('/api/v1/nodes', { metadata: metadata(name, {}), status: manualStatus(name, kubeletPort) })
  // Admission has added the not-ready taint, which only a controller would take away.
  await api.merge(`/api/v1/nodes/${name}`, { spec: { taints } })
}
