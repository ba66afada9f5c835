import { Problem } from '../../errors.ts'
import { objectPage } from '../../kubernetes/lists.ts'
import type { ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { quantity } from '../describe/quantity.ts'
import { at, listAt, textAt } from '../describe/read.ts'
import { inTurn } from '../in-turn.ts'
import { eachInTurn } from './each-in-turn.ts'
import type { Reading } from './reading.ts'
import type { Usage } from './snapshot.ts'

const METRICS: ResourceType = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  name: 'pods',
  kind: 'PodMetrics',
  namespaced: true,
}
const MOST_NAMESPACES = 10
const AT_A_TIME = 4

/** What pods use of workloads whose containers were killed for their memory. None where the cluster has no metrics API. */
export async function usageOf(reading: Reading, pods: readonly KubeObject[]): Promise<Usage[]> {
  const killed = new Set<string | undefined>()
  await eachInTurn(pods, (pod) => {
    if (wasKilled(pod)) killed.add(ownerOf(pod))
  })
  const near = pods.filter((pod) => killed.has(ownerOf(pod)))
  const wanted = new Set(near.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`))
  const namespaces = [...new Set(near.map((pod) => pod.metadata.namespace ?? ''))].slice(0, MOST_NAMESPACES)
  const metrics = await inTurn(namespaces, AT_A_TIME, (namespace) => metricsIn(reading, namespace))
  return metrics
    .flat()
    .filter(({ metadata: { namespace, name } }) => wanted.has(`${namespace}/${name}`))
    .flatMap(usagesIn)
}

const ownerOf = ({ metadata }: KubeObject) => metadata.ownerReferences?.[0]?.uid ?? metadata.uid

const wasKilled = (pod: KubeObject): boolean =>
  ['initContainerStatuses', 'containerStatuses']
    .flatMap((field) => listAt(pod, `status.${field}`))
    .some((each) => ['state', 'lastState'].some((run) => textAt(each, `${run}.terminated.reason`) === 'OOMKilled'))

// The metrics API knows no pages. Where it is missing or broken is not told here: whoever needs it has a finding of its own.
async function metricsIn({ api }: Reading, namespace: string): Promise<KubeObject[]> {
  try {
    return (await objectPage(api, METRICS, { namespace, limit: 0 })).items
  } catch (error) {
    if (error instanceof Problem) return []
    throw error
  }
}

const usagesIn = (pod: KubeObject): Usage[] =>
  listAt(pod, 'containers').map((each) => ({
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    container: textAt(each, 'name') ?? '',
    memory: quantity(at(each, 'usage.memory')) ?? 0,
    cpu: quantity(at(each, 'usage.cpu')) ?? 0,
  }))
