import assert from 'node:assert/strict'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, troubleTest, withNamespace } from '../cluster/shared.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { answerOf } from '../support/lists.ts'
import { startRecorder } from '../support/recorder.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const OBJECTS = [
  'deploy/rollout-stuck?namespace=trouble',
  'po/rollout-stuck-84698dd7db-gzgmb?namespace=trouble',
  'po/crash?namespace=trouble',
  'svc/no-ready-endpoints?namespace=trouble',
  'hpa/no-metrics?namespace=trouble',
  'pvc/data?namespace=trouble',
  'job/backoff-limit?namespace=trouble',
  'ns/trouble',
]

troubleTest('whatever is described, no list and no neighbour is read twice', async ({ cluster }, t) => {
  const recorder = await startRecorder(t, cluster)
  const server = await startServer(t, { KUBECONFIG: recorder.kubeconfig })
  await answerOf(server, '/cluster/describe/no/node1')
  recorder.take()
  for (const object of OBJECTS) {
    await answerOf(server, `/cluster/describe/${object}`)
    const paths = recorder.take().map(({ path }) => path)
    const twice = paths.filter((path, index) => paths.indexOf(path) !== index)
    assert.deepEqual([object, twice], [object, []])
    // The object itself, its kind's list, and those of its neighbours.
    assert.ok(paths.length <= 32, `${object}: ${paths.length} requests`)
  }
})

troubleTest('what stands alone costs two requests: the object and its events', async ({ cluster }, t) => {
  const recorder = await startRecorder(t, cluster)
  const server = await startServer(t, { KUBECONFIG: recorder.kubeconfig })
  const describe = (object: string) => answerOf(server, `/cluster/describe/${object}`)
  await describe('no/node1')
  for (const object of ['quota/small?namespace=trouble-quota', 'cm/db2?namespace=trouble', 'clusterrole/admin']) {
    recorder.take()
    await describe(object)
    assert.equal(recorder.take().length, 2, object)
  }
})

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A namespace whose API group has a kind Widget; makes widgets, and definitions of that kind by other names. */
async function makeKind(cluster: TestCluster) {
  const namespace = await withNamespace(cluster)
  const group = `${namespace}.example.test`
  const widgets = `/apis/${group}/v1/namespaces/${namespace}/widgets`
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const define = (plural: string) =>
    cluster.api.create(CRDS, {
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural, singular: plural.slice(0, -1), kind: 'Widget' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
      },
    })
  await define('widgets')
  await until('the kind is served', () => cluster.api.answers(widgets), 20)
  const make = (name: string, status: object) =>
    cluster.api.create(widgets, { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name }, status })
  return { namespace, group, define, make }
}

clusterTest('a kind of your own is judged by what it says itself, and its definition too', async (cluster, t) => {
  const { namespace, group, define, make } = await makeKind(cluster)
  await define('gadgets')
  const conditions = [{ type: 'Ready', status: 'False', reason: 'IssuerNotFound', message: 'no issuer letsencript' }]
  await make('web', { conditions })
  await make('fine', { phase: 'Running' })
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  const describe = (path: string) => answerOf(server, `/cluster/describe/${path}`)
  const bad = await describe(`widgets.${group}/web?namespace=${namespace}`)
  const said = 'says that it is not well: Ready is False: IssuerNotFound: no issuer letsencript'
  assert.equal(textAt(bad, 'verdict'), `Widget ${namespace}/web ${said}`)
  assert.equal(textAt(listAt(bad, 'findings')[0], 'page'), '/docs/troubleshooting/resource-not-ready')
  assert.equal(at(await describe(`widgets.${group}/fine?namespace=${namespace}`), 'verdict'), undefined)
  const verdictOf = async (plural: string) => textAt(await describe(`crd/${plural}.${group}`), 'verdict')
  await until('the definition is refused', async () => (await verdictOf('gadgets')) !== '')
  assert.match(
    await verdictOf('gadgets'),
    /is not in order: NamesAccepted is False: .*Conflict: "Widget\w*" is already in use/,
  )
  assert.equal(await verdictOf('widgets'), '')
})

clusterTest('an owner and a scaled object of a kind of your own are told', async (cluster, t) => {
  const { namespace, group, make } = await makeKind(cluster)
  const { metadata } = await make('web', {})
  const reference = { apiVersion: `${group}/v1`, kind: 'Widget', name: 'web' }
  await cluster.api.create(`/api/v1/namespaces/${namespace}/configmaps`, {
    metadata: { name: 'owned', ownerReferences: [{ ...reference, uid: metadata.uid, controller: true }] },
  })
  await cluster.api.create(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`, {
    metadata: { name: 'odd' },
    spec: { maxReplicas: 3, scaleTargetRef: reference },
  })
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  const describe = (path: string) => answerOf(server, `/cluster/describe/${path}?namespace=${namespace}`)
  assert.deepEqual(listAt(await describe('cm/owned'), 'owners'), ['Widget/web'])
  assert.match(JSON.stringify(listAt(await describe('hpa/odd'), 'sections')), /"Related Widgets".*"web"/)
})
