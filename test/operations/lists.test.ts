import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { isRecord } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { troubleTest } from '../cluster/shared.ts'
import { listAt, scalarAt, textAt } from '../support/json.ts'
import { fieldOf, kubectlWide, type Printed, sameWords } from '../support/kubectl.ts'
import { itemsOf, nameOf } from '../support/lists.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { define } from './shop.ts'

const open = (t: TestContext, { kubeconfig }: TestCluster) => startServer(t, { KUBECONFIG: kubeconfig })

// kubectl says the kind of an event's object in lower case; restarts and when the last was are two fields here.
const WORDS: Readonly<Record<string, (row: object) => string>> = {
  OBJECT: (row) => textAt(row, 'object').replace(/^[^/]+/, (kind) => kind.toLowerCase()),
  RESTARTS: (row) => [scalarAt(row, 'restarts'), textAt(row, 'lastRestart').replace(/.+/, '($&)')].join(' ').trim(),
}

/** What kubectl prints for a row and ours does not say. */
function missing(row: object, printed: Printed): string[] {
  return Object.entries(printed).flatMap(([heading, theirs]) => {
    const ours = WORDS[heading]?.(row) ?? scalarAt(row, fieldOf(heading))
    return sameWords(ours, theirs) ? [] : [`${heading}: kubectl "${theirs}", ours "${ours}"`]
  })
}

async function assertSame(
  cluster: TestCluster,
  server: TestServer,
  path: string,
  args: readonly string[],
): Promise<void> {
  const printed = await kubectlWide(cluster, ...args)
  assert.ok(printed.length > 0, `kubectl prints nothing for ${args.join(' ')}`)
  const theirName = (each: Printed) => [each['NAMESPACE'], each['NAME']].filter(Boolean).join('/')
  const isOne = printed[0]?.['NAMESPACE'] === undefined
  const items = await itemsOf(server, path)
  const rows = new Map(items.map((row) => [isOne ? textAt(row, 'name') : nameOf(row), row]))
  assert.deepEqual([...rows.keys()].toSorted(), printed.map(theirName).toSorted(), path)
  for (const each of printed)
    assert.deepEqual(missing(rows.get(theirName(each)) ?? {}, each), [], `${path}: ${theirName(each)}`)
}

const LISTS: readonly (readonly [path: string, ...kubectl: string[]])[] = [
  ['/cluster/pods?allNamespaces=true', 'pods', '-A'],
  ['/cluster/pods?namespace=trouble', 'pods', '-n', 'trouble'],
  ['/cluster/deployments?allNamespaces=true', 'deployments', '-A'],
  ['/cluster/services?allNamespaces=true', 'services', '-A'],
  ['/cluster/nodes', 'nodes'],
  ['/cluster/namespaces', 'namespaces'],
  ['/cluster/events?allNamespaces=true&limit=500', 'events', '-A'],
]

for (const [path, ...args] of LISTS)
  troubleTest(`${path} says all that kubectl get ${args.join(' ')} -o wide prints`, async ({ cluster }, t) => {
    await assertSame(cluster, await open(t, cluster), path, args)
  })

const NAMESPACED = [
  'hpa',
  'pdb',
  'pvc',
  'jobs',
  'cronjobs',
  'endpointslices',
  'quota',
  'secrets',
  'cm',
  'rs',
  'po',
  'sa',
]
const CLUSTER_SCOPED = ['clusterroles', 'apiservices', 'flowschemas', 'ns', 'no', 'priorityclasses']

troubleTest('a list of any kind says all that kubectl prints', async ({ cluster }, t) => {
  const server = await open(t, cluster)
  for (const kind of NAMESPACED)
    await assertSame(cluster, server, `/cluster/resources/${kind}?allNamespaces=true&limit=500`, [kind, '-A'])
  for (const kind of CLUSTER_SCOPED) await assertSame(cluster, server, `/cluster/resources/${kind}?limit=500`, [kind])
})

troubleTest('an empty list of any kind is empty, not an error', async ({ cluster }, t) => {
  const server = await open(t, cluster)
  // The API server writes the rows of no custom resource definitions as null.
  for (const kind of ['crd', 'ingresses', 'networkpolicies', 'statefulsets'])
    for (const format of ['rows', 'objects'])
      assert.deepEqual(await itemsOf(server, `/cluster/resources/${kind}?format=${format}`), [], kind)
})

troubleTest('a custom resource has the printer columns of its definition', async ({ cluster }, t) => {
  await define(cluster, 'lists.example.test')
  const metadata = { name: 'big' }
  const spec = { size: 'XL', paintedOn: 'Monday' }
  await cluster.api.create('/apis/lists.example.test/v1/namespaces/trouble/widgets', {
    metadata,
    spec,
    apiVersion: 'lists.example.test/v1',
    kind: 'Widget',
  })
  const server = await open(t, cluster)
  const rows = await itemsOf(server, '/cluster/resources/widgets?namespace=trouble')
  assert.deepEqual(rows, [{ name: 'big', namespace: 'trouble', size: 'XL', paintedOn: 'Monday' }])
  await assertSame(cluster, server, '/cluster/resources/Widget?allNamespaces=true', ['widgets', '-A'])
  await assertSame(cluster, server, '/cluster/resources/crd', ['crd'])
})

const OBJECTS: readonly (readonly [path: string, raw: string])[] = [
  ['/cluster/pods?namespace=trouble', '/api/v1/namespaces/trouble/pods'],
  ['/cluster/deployments?allNamespaces=true', '/apis/apps/v1/deployments'],
  ['/cluster/services?namespace=trouble', '/api/v1/namespaces/trouble/services'],
  ['/cluster/nodes?limit=500', '/api/v1/nodes'],
  ['/cluster/namespaces?limit=500', '/api/v1/namespaces'],
  ['/cluster/resources/pdb?allNamespaces=true', '/apis/policy/v1/poddisruptionbudgets'],
]

troubleTest(
  'format=objects gives whole objects, as the API server has them but for managedFields',
  async ({ cluster }, t) => {
    const server = await open(t, cluster)
    for (const [path, raw] of OBJECTS) {
      const items = await itemsOf(server, `${path}&format=objects`)
      const whole = listAt(await cluster.api.get(raw), 'items').filter(isRecord)
      assert.ok(
        items.every((item) => textAt(item, 'kind') !== '' && textAt(item, 'apiVersion') !== ''),
        path,
      )
      const bare = items.map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest)
      assert.deepEqual(bare, whole.map(withoutManagedFields), path)
    }
  },
)

function withoutManagedFields(object: Readonly<Record<string, unknown>>): object {
  const { metadata, ...rest } = object
  const { managedFields: _, ...kept } = isRecord(metadata) ? metadata : {}
  return { ...rest, metadata: kept }
}

troubleTest(
  'ready splits pods in two: false what needs a look, true the rest, as rows and as objects',
  async ({ cluster }, t) => {
    await makeReadyPods(cluster, 'ready')
    const server = await open(t, cluster)
    const names = async (query: string) => (await itemsOf(server, `/cluster/pods?${query}`)).map(nameOf)
    for (const where of ['namespace=trouble', 'namespace=ready', 'allNamespaces=true']) {
      const [all, not, ready] = await Promise.all(
        ['', '&ready=false', '&ready=true'].map((each) => names(where + each)),
      )
      assert.deepEqual([...(not ?? []), ...(ready ?? [])].toSorted(), all?.toSorted())
      assert.deepEqual(await names(`${where}&ready=false&format=objects`), not)
      assert.deepEqual(await names(`${where}&ready=true&format=objects`), ready)
    }
    assert.deepEqual(await names('namespace=ready&ready=true'), ['ready/plain'])
    const healthy = ['completed', 'healthy-ddc599dc4-bpgkx', 'healthy-ddc599dc4-mczl5'].map((name) => `trouble/${name}`)
    assert.deepEqual(await names('namespace=trouble&ready=true'), healthy)
  },
)

/** Three pods whose container is ready: one is fine, one waits for a readiness gate, one is being deleted. */
async function makeReadyPods({ api }: TestCluster, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`
  await api.create('/api/v1/namespaces', { metadata: { name: namespace } })
  await api.ensure(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } })
  const make = async (name: string, readinessGates: object[], finalizers: string[]) => {
    const containers = [{ name: 'app', image: 'app:1' }]
    await api.create(path, { metadata: { name, finalizers }, spec: { nodeName: 'node1', containers, readinessGates } })
    const state = { running: { startedAt: '2026-01-01T00:00:00Z' } }
    const containerStatuses = [{ ...containers[0], imageID: '', ready: true, started: true, restartCount: 0, state }]
    const conditions = [{ type: 'Ready', status: readinessGates.length > 0 ? 'False' : 'True' }]
    await api.merge(`${path}/${name}/status`, { status: { phase: 'Running', conditions, containerStatuses } })
  }
  const gate = { conditionType: 'example.test/gate' }
  await Promise.all([make('plain', [], []), make('gated', [gate], []), make('leaving', [], ['example.test/never'])])
  await api.delete(`${path}/leaving`)
}

troubleTest('selectors are those of the API server', async ({ cluster }, t) => {
  const server = await open(t, cluster)
  const names = async (query: Record<string, string>) =>
    (await itemsOf(server, `/cluster/pods?${new URLSearchParams({ namespace: 'trouble', ...query }).toString()}`)).map(
      nameOf,
    )
  const healthy = await names({ labelSelector: 'app=healthy' })
  assert.equal(healthy.length, 2)
  assert.deepEqual(await names({ labelSelector: 'app in (healthy)' }), healthy)
  assert.deepEqual(await names({ fieldSelector: 'status.phase=Succeeded' }), ['trouble/completed'])
  assert.deepEqual(await names({ fieldSelector: 'metadata.name=crash', labelSelector: '!nosuch' }), ['trouble/crash'])
})

troubleTest('services count the endpoints behind them', async ({ cluster }, t) => {
  const rows = await itemsOf(await open(t, cluster), '/cluster/services?namespace=trouble')
  const counted = rows.map(({ name, readyEndpoints, notReadyEndpoints }) => [name, readyEndpoints, notReadyEndpoints])
  assert.deepEqual(counted, [
    ['no-ready-endpoints', 0, 1],
    ['selector-unmatched', 0, 0],
  ])
})
