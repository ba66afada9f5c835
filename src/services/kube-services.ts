import Type, { type Static } from 'typebox'
import { objectPage } from '../kubernetes/lists.ts'
import { BUILT_IN } from '../kubernetes/paths.ts'
import type { KubeObject } from '../kubernetes/types.ts'
import { Closed } from '../schema.ts'
import type { Cluster } from './cluster.ts'
import { at, listAt, textAt } from './describe/read.ts'
import { type Cells, list, type ListAnswer, type ListInput } from './lists.ts'

/** A Service as `kubectl get services -o wide` shows it, with its endpoints counted. */
export const ServiceRow = Closed({
  name: Type.String({ description: 'Name.' }),
  namespace: Type.String({ description: 'Namespace.' }),
  type: Type.String({ description: 'ClusterIP, NodePort, LoadBalancer or ExternalName.' }),
  clusterIp: Type.String({ description: 'Cluster IP.' }),
  externalIp: Type.String({ description: 'External IPs or name.' }),
  ports: Type.String({ description: 'Ports.' }),
  age: Type.String({ description: 'Time since creation.' }),
  selector: Type.String({ description: 'Label selector of its pods.' }),
  readyEndpoints: Type.Optional(
    Type.Integer({ description: 'Endpoints that get traffic. Absent where EndpointSlices may not be read.' }),
  ),
  notReadyEndpoints: Type.Optional(Type.Integer({ description: 'Endpoints that are not ready.' })),
})
export type ServiceRow = Static<typeof ServiceRow>

interface Counts {
  ready: number
  notReady: number
}

const SERVICE_NAME = 'kubernetes.io/service-name'
const NONE: Counts = { ready: 0, notReady: 0 }

/** Services (the kind) of one cluster. */
export class KubeServices {
  readonly #cluster: Cluster
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** One page of Services; their EndpointSlices are read in one more request. */
  async list(input: ListInput): Promise<ListAnswer<ServiceRow>> {
    const answer = await list<ServiceRow>(this.#cluster, BUILT_IN.services, input, { read: serviceRow })
    const rows = answer.items.filter((item): item is ServiceRow => !('metadata' in item))
    if (rows.length === 0) return answer
    const counts = await this.#endpoints(answer.namespace, rows)
    return { ...answer, items: rows.map((row) => withEndpoints(row, counts)) }
  }

  // Counts are an extra: where the caller may not read EndpointSlices the list is still worth having, and the fields are absent.
  async #endpoints(
    namespace: string | undefined,
    rows: readonly ServiceRow[],
  ): Promise<Map<string, Counts> | undefined> {
    const labelSelector = `${SERVICE_NAME} in (${[...new Set(rows.map((row) => row.name))].join(',')})`
    try {
      const { items } = await objectPage(this.#cluster.api, BUILT_IN.endpointSlices, {
        namespace,
        labelSelector,
        limit: 5_000,
      })
      return countEndpoints(items)
    } catch (error) {
      if (this.#cluster.call.signal.aborted) throw error
      return undefined
    }
  }
}

/** Ready and not-ready endpoints per `namespace/service`. A pod in the slices of both address families (dual stack) counts once. */
export function countEndpoints(slices: readonly KubeObject[]): Map<string, Counts> {
  const states = new Map<string, Map<string, boolean>>()
  for (const slice of slices) {
    const key = `${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_NAME]}`
    const known = states.get(key) ?? new Map<string, boolean>()
    for (const each of listAt(slice, 'endpoints')) known.set(identity(each), at(each, 'conditions.ready') !== false)
    states.set(key, known)
  }
  return new Map([...states].map(([key, known]) => [key, counted([...known.values()])]))
}

const identity = (endpoint: unknown) => textAt(endpoint, 'targetRef.uid') ?? JSON.stringify(at(endpoint, 'addresses'))

function counted(states: readonly boolean[]): Counts {
  const ready = states.filter(Boolean).length
  return { ready, notReady: states.length - ready }
}

function withEndpoints(row: ServiceRow, counts: Map<string, Counts> | undefined): ServiceRow {
  if (counts === undefined) return row
  const { ready, notReady } = counts.get(`${row.namespace}/${row.name}`) ?? NONE
  return { ...row, readyEndpoints: ready, notReadyEndpoints: notReady }
}

function serviceRow(cells: Cells, namespace: string | undefined): ServiceRow {
  return {
    name: cells('Name'),
    namespace: namespace ?? '',
    type: cells('Type'),
    clusterIp: cells('Cluster-IP'),
    externalIp: cells('External-IP'),
    ports: cells('Port(s)'),
    age: cells('Age'),
    selector: cells('Selector'),
  }
}
