import Type, { type Static } from 'typebox'
import { BUILT_IN } from '../kubernetes/paths.ts'
import { Closed } from '../schema.ts'
import type { Cluster } from './cluster.ts'
import { type Cells, list, type ListAnswer, type ListInput } from './lists.ts'

/** A node as `kubectl get nodes -o wide` shows it. */
export const NodeRow = Closed({
  name: Type.String({ description: 'Name.' }),
  status: Type.String({ description: 'Ready, NotReady, SchedulingDisabled ...' }),
  roles: Type.String({ description: 'Roles.' }),
  age: Type.String({ description: 'Time since creation.' }),
  version: Type.String({ description: 'Version of the kubelet.' }),
  internalIp: Type.String({ description: 'Internal IP.' }),
  externalIp: Type.String({ description: 'External IP.' }),
  osImage: Type.String({ description: 'Operating system.' }),
  kernelVersion: Type.String({ description: 'Kernel.' }),
  containerRuntime: Type.String({ description: 'Container runtime.' }),
})
export type NodeRow = Static<typeof NodeRow>

/** Nodes of one cluster. */
export class Nodes {
  readonly #cluster: Cluster
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  list(input: ListInput): Promise<ListAnswer<NodeRow>> {
    return list(this.#cluster, BUILT_IN.nodes, input, { read: nodeRow })
  }
}

function nodeRow(cells: Cells): NodeRow {
  return {
    name: cells('Name'),
    status: cells('Status'),
    roles: cells('Roles'),
    age: cells('Age'),
    version: cells('Version'),
    internalIp: cells('Internal-IP'),
    externalIp: cells('External-IP'),
    osImage: cells('OS-Image'),
    kernelVersion: cells('Kernel-Version'),
    containerRuntime: cells('Container-Runtime'),
  }
}
