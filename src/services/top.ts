import Type, { type Static } from 'typebox'
import { Problem, problems } from '../errors.ts'
import { objectPage } from '../kubernetes/lists.ts'
import { BUILT_IN, type ResourceType } from '../kubernetes/paths.ts'
import type { KubeObject } from '../kubernetes/types.ts'
import { Closed } from '../schema.ts'
import type { Cluster } from './cluster.ts'
import { bytesText, cpuText, quantity } from './describe/quantity.ts'
import { at, listAt, textAt } from './describe/read.ts'
import { listNamespace } from './lists.ts'

const usage = {
  cpu: Type.String({ description: 'CPU in use, e.g. 250m.' }),
  memory: Type.String({ description: 'Memory in use, e.g. 128Mi.' }),
}

/** What a pod uses, as `kubectl top pods` shows it. */
export const PodUsage = Closed({
  name: Type.String({ description: 'Pod.' }),
  namespace: Type.String({ description: 'Namespace.' }),
  ...usage,
  containers: Type.Array(Closed({ name: Type.String({ description: 'Container.' }), ...usage }), {
    description: 'The same per container.',
  }),
})
export type PodUsage = Static<typeof PodUsage>

const PERCENT = 'Of what pods may use of the node. Absent where nodes may not be read.'

/** What a node uses, as `kubectl top nodes` shows it. */
export const NodeUsage = Closed({
  name: Type.String({ description: 'Node.' }),
  ...usage,
  cpuPercent: Type.Optional(Type.Integer({ description: PERCENT })),
  memoryPercent: Type.Optional(Type.Integer({ description: PERCENT })),
})
export type NodeUsage = Static<typeof NodeUsage>

export interface TopInput {
  namespace?: string
  allNamespaces?: boolean
  labelSelector?: string
  sortBy?: 'cpu' | 'memory' | 'name'
  limit?: number
}

interface Top<Row> {
  context: string
  namespace?: string
  items: Row[]
  remaining?: number
}

interface Used {
  cpu: number
  memory: number
}

const metrics = (name: string, kind: string, namespaced: boolean): ResourceType => ({
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  name,
  kind,
  namespaced,
})
const POD_METRICS = metrics('pods', 'PodMetrics', true)
const NODE_METRICS = metrics('nodes', 'NodeMetrics', false)

/** What pods and nodes use, from the metrics API. Throws `metrics_unavailable` where the cluster has none. */
export class Usage {
  readonly #cluster: Cluster
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async pods(input: TopInput): Promise<Top<PodUsage>> {
    const namespace = listNamespace(POD_METRICS, input, this.#cluster.namespace)
    const items = await this.#metrics(POD_METRICS, namespace, input.labelSelector)
    const rows = items.map((each) => ({ used: sum(listAt(each, 'containers')), row: podUsage(each) }))
    return this.#answer(rows, input, namespace)
  }

  async nodes(input: TopInput): Promise<Top<NodeUsage>> {
    const [items, nodes] = await Promise.all([
      this.#metrics(NODE_METRICS, undefined, input.labelSelector),
      this.#nodes(),
    ])
    const rows = items.map((each) => ({ used: usedOf(each), row: nodeUsage(each, nodes.get(each.metadata.name)) }))
    return this.#answer(rows, input, undefined)
  }

  async #metrics(
    type: ResourceType,
    namespace: string | undefined,
    labelSelector: string | undefined,
  ): Promise<KubeObject[]> {
    try {
      // The metrics API knows no pages: it answers everything at once.
      return (await objectPage(this.#cluster.api, type, { namespace, labelSelector, limit: 0 })).items
    } catch (error) {
      throw missing(error) ? problems.metricsUnavailable(this.#cluster.context) : error
    }
  }

  // Percentages are an extra: who may read the usage but not the nodes gets it without them.
  async #nodes(): Promise<Map<string, KubeObject>> {
    try {
      const { items } = await objectPage(this.#cluster.api, BUILT_IN.nodes, { namespace: undefined, limit: 0 })
      return new Map(items.map((each) => [each.metadata.name, each]))
    } catch (error) {
      if (error instanceof Problem && error.status === 403) return new Map()
      throw error
    }
  }

  #answer<Row extends { name: string }>(
    rows: { used: Used; row: Row }[],
    input: TopInput,
    namespace: string | undefined,
  ): Top<Row> {
    const { sortBy = 'name', limit = 100 } = input
    const sorted = rows.toSorted(
      (a, b) => (sortBy === 'name' ? 0 : b.used[sortBy] - a.used[sortBy]) || a.row.name.localeCompare(b.row.name),
    )
    const items = sorted.slice(0, limit).map((each) => each.row)
    return {
      context: this.#cluster.context,
      ...(namespace === undefined ? {} : { namespace }),
      items,
      ...(rows.length > items.length ? { remaining: rows.length - items.length } : {}),
    }
  }
}

// Not installed: the path is unknown. Installed but broken: the aggregator answers 503.
const missing = (error: unknown) =>
  error instanceof Problem &&
  ((error.status === 404 && error.code === 'not_found') || (error.status === 503 && error.code === 'cluster_error'))

const usedOf = (each: unknown): Used => ({
  cpu: quantity(at(each, 'usage.cpu')) ?? 0,
  memory: quantity(at(each, 'usage.memory')) ?? 0,
})
const sum = (parts: readonly unknown[]): Used =>
  parts
    .map(usedOf)
    .reduce((all, each) => ({ cpu: all.cpu + each.cpu, memory: all.memory + each.memory }), { cpu: 0, memory: 0 })
const texts = ({ cpu, memory }: Used) => ({ cpu: cpuText(cpu), memory: bytesText(memory) })

function podUsage(pod: KubeObject): PodUsage {
  const containers = listAt(pod, 'containers')
  return {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? '',
    ...texts(sum(containers)),
    containers: containers.map((each) => ({ name: textAt(each, 'name') ?? '', ...texts(usedOf(each)) })),
  }
}

function nodeUsage(metric: KubeObject, node: KubeObject | undefined): NodeUsage {
  const used = usedOf(metric)
  const [cpu, memory] = ['cpu', 'memory'].map((each) => quantity(at(node, `status.allocatable.${each}`)))
  return {
    name: metric.metadata.name,
    ...texts(used),
    ...(cpu ? { cpuPercent: Math.round((used.cpu / cpu) * 100) } : {}),
    ...(memory ? { memoryPercent: Math.round((used.memory / memory) * 100) } : {}),
  }
}
