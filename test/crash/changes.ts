import type { TestCluster } from '../cluster/cluster.ts'
import { withNamespace } from '../cluster/shared.ts'

/** A change that an agent asks for by REST. */
export interface Asked {
  kind: ChangeKind
  method: 'POST' | 'DELETE' | 'PATCH'
  path: string
  body?: object
  /** Objects that it writes when it succeeds. */
  writes: number
}

export const CHANGE_KINDS = ['scale', 'createPod', 'deletePod', 'patch', 'apply'] as const
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/** Objects to change, in a namespace of their own. */
export interface Ground {
  namespace: string
  /** A change that nobody has asked for before; `slot`: those of one slot are about the same objects. */
  next(kind: ChangeKind, slot: number): Promise<Asked>
}

const container = { name: 'app', image: 'shop/app:v1.2.3' }
const pod = (name: string) => ({ metadata: { name }, spec: { containers: [container] } })

/** Makes a namespace with a Deployment and a ConfigMap for each slot. No controller must run: what is counted are our own writes. */
export async function newGround(cluster: TestCluster, slots: number): Promise<Ground> {
  const { api } = cluster
  const namespace = await withNamespace(cluster)
  for (let slot = 0; slot < slots; slot++) {
    const labels = { app: `web-${slot}` }
    await api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name: `web-${slot}` },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    })
    await api.create(`/api/v1/namespaces/${namespace}/configmaps`, {
      metadata: { name: `set-${slot}` },
      data: { value: '0' },
    })
  }
  let count = 0
  const next = async (kind: ChangeKind, slot: number): Promise<Asked> => {
    const number = (count += 1)
    if (kind === 'deletePod') await api.create(`/api/v1/namespaces/${namespace}/pods`, pod(`old-${number}`))
    return MAKE[kind](namespace, slot, number)
  }
  return { namespace, next }
}

const MAKE: Readonly<Record<ChangeKind, (namespace: string, slot: number, count: number) => Asked>> = {
  scale: (namespace, slot, count) => ({
    kind: 'scale',
    method: 'POST',
    path: `/cluster/deployment/${namespace}/web-${slot}/scale`,
    body: { replicas: 1 + (count % 9_999) },
    writes: 1,
  }),
  createPod: (namespace, _slot, count) => ({
    kind: 'createPod',
    method: 'POST',
    path: '/cluster/create/pod',
    body: { namespace, name: `new-${count}`, image: container.image },
    writes: 1,
  }),
  deletePod: (namespace, _slot, count) => ({
    kind: 'deletePod',
    method: 'DELETE',
    path: `/cluster/pod/${namespace}/old-${count}`,
    writes: 1,
  }),
  patch: (namespace, slot, count) => ({
    kind: 'patch',
    method: 'PATCH',
    path: `/cluster/resources/ConfigMap/set-${slot}`,
    body: { namespace, type: 'merge', patch: { data: { value: String(count) } } },
    writes: 1,
  }),
  apply: (namespace, slot, count) => ({
    kind: 'apply',
    method: 'POST',
    path: '/cluster/apply',
    body: {
      namespace,
      yamlContent: [manifest(`made-${count}`, count), manifest(`kept-${slot}`, count)].join('\n---\n'),
    },
    writes: 2,
  }),
}

const manifest = (name: string, count: number) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value: String(count) } })
