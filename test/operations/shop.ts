import type { TestCluster } from '../cluster/cluster.ts'
import { storedSecret } from '../helm/support/releases.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { until } from '../support/process.ts'

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

const COLUMNS = [
  { name: 'Size', type: 'string', jsonPath: '.spec.size' },
  { name: 'Painted On', type: 'string', jsonPath: '.spec.paintedOn', priority: 1 },
]

function widgetDefinition(group: string, additionalPrinterColumns: readonly object[]): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  const version = { name: 'v1', served: true, storage: true, schema, additionalPrinterColumns }
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget' }
  return { metadata: { name: `widgets.${group}` }, spec: { group, scope: 'Namespaced', names, versions: [version] } }
}

/** Defines a kind `Widget` of an API group, with printer columns, and waits until the API server serves it. */
export async function define({ api }: TestCluster, group: string, columns: readonly object[] = COLUMNS): Promise<void> {
  await api.ensure(CRDS, widgetDefinition(group, columns))
  await until(`widgets.${group} is served`, async () => (await api.answers(`/apis/${group}/v1/widgets`)) || undefined)
}

/** Namespace of the shop. */
export const SHOP = 'shop'

const labels = { app: 'web' }
const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'shop/web:1' }] } }
const inShop = (kind: string, group = '') =>
  `${group === '' ? '/api/v1' : `/apis/${group}/v1`}/namespaces/${SHOP}/${kind}`

/** A deployment without pods, in its second revision. */
async function openIdle({ api }: TestCluster): Promise<void> {
  const own = { app: 'idle' }
  const path = `${inShop('deployments', 'apps')}/idle`
  const revision = (least: number) =>
    until(`revision ${least} is there`, async () => {
      const annotations = at(await api.get(path), 'metadata', 'annotations')
      return Number(textAt(annotations, 'deployment.kubernetes.io/revision')) >= least || undefined
    })
  const spec = { metadata: { labels: own }, spec: { containers: [{ name: 'app', image: 'shop/idle:1' }] } }
  await api.ensure(inShop('deployments', 'apps'), {
    metadata: { name: 'idle' },
    spec: { replicas: 0, selector: { matchLabels: own }, template: spec },
  })
  await revision(1)
  await api.merge(path, { spec: { template: { metadata: { labels: { ...own, tier: 'two' } } } } })
  await revision(2)
}

/**
 * A small shop in a cluster of its own: a deployment of two pods behind a service, one pod with a log, a ConfigMap, a
 * Helm release, a deployment without pods that had a rollout. What is there already is left as it is.
 */
export async function openShop(cluster: TestCluster): Promise<void> {
  const { api } = cluster
  await api.ensure('/api/v1/namespaces', { metadata: { name: SHOP } })
  await api.ensure(inShop('serviceaccounts'), { metadata: { name: 'default' } })
  const containers = [{ name: 'app', image: 'shop/solo:1' }]
  await Promise.all([
    api.ensure(inShop('deployments', 'apps'), {
      metadata: { name: 'web', labels },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    }),
    api.ensure(inShop('services'), { metadata: { name: 'web' }, spec: { selector: labels, ports: [{ port: 80 }] } }),
    openIdle(cluster),
    api.ensure(inShop('configmaps'), { metadata: { name: 'settings' }, data: { colour: 'blue' } }),
    api.ensure(inShop('secrets'), storedSecret(SHOP, { name: 'till', values: { colour: 'blue' } })),
    api.ensure(inShop('pods'), { metadata: { name: 'solo' }, spec: { nodeName: 'node-0', containers } }),
  ])
  cluster.podLogs(SHOP, 'solo', 'app').append('first', 'second', 'third')
  await until('the shop is open', async () => {
    const [web, solo, slices] = await Promise.all([
      api.get(`${inShop('deployments', 'apps')}/web`),
      api.get(`${inShop('pods')}/solo`),
      api.get(inShop('endpointslices', 'discovery.k8s.io')),
    ])
    const ready = listAt(slices, 'items', 0, 'endpoints').filter((each) => at(each, 'conditions', 'ready') === true)
    const isOpen = at(web, 'status', 'availableReplicas') === 2 && at(solo, 'status', 'phase') === 'Running'
    return (isOpen && ready.length === 2) || undefined
  })
}
