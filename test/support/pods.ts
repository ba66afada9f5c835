import { isRecord } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { until } from './until.ts'

export interface PodOptions {
  containers?: readonly string[]
  initContainers?: readonly string[]
  labels?: Readonly<Record<string, string>>
  annotations?: Readonly<Record<string, string>>
  /** A node that kwok runs, by default: the pod is Running at once. */
  node?: string
}

/** Makes a pod and waits until it runs. */
export async function runPod(
  cluster: TestCluster,
  namespace: string,
  name: string,
  options: PodOptions = {},
): Promise<void> {
  const { containers = ['app'], initContainers = [], labels = {}, annotations = {}, node = 'node-0' } = options
  const asContainers = (names: readonly string[]) => names.map((each) => ({ name: each, image: `shop/${each}:1` }))
  await cluster.api.create(`/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name, labels, annotations },
    spec: { nodeName: node, containers: asContainers(containers), initContainers: asContainers(initContainers) },
  })
  if (node === 'node-0')
    await until(`pod ${name} runs`, async () => (await phaseOf(cluster, namespace, name)) === 'Running')
}

async function phaseOf({ api }: TestCluster, namespace: string, name: string): Promise<unknown> {
  const pod = await api.get(`/api/v1/namespaces/${namespace}/pods/${name}`)
  return isRecord(pod) && isRecord(pod['status']) ? pod['status']['phase'] : undefined
}
