import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { isRecord } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { at, listAt, scalarAt, textAt } from '../support/json.ts'
import { answerOf, itemsOf } from '../support/lists.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { chartFolder, type HelmSetup, helmJson, runHelm, valuesFile } from './support/releases.ts'

// What we read of Helm's storage is what Helm reads of it, for releases that either line has made. Our fields have plainer names; each
// test says which of Helm's stands in which of ours.

const SETUPS: readonly HelmSetup[] = [
  { binary: 'helm', driver: 'secret' },
  { binary: 'helm3', driver: 'secret' },
  { binary: 'helm', driver: 'configmap' },
  { binary: 'helm3', driver: 'configmap' },
]

const GIVEN = { colour: 'red', replicas: 2, gone: null, limits: { cpu: null, extra: { deep: [1, 'two'] } }, more: null }

/** A release with five revisions, made by Helm itself: install, upgrade, failed upgrade, upgrade, rollback. */
async function makeShop(t: TestContext, cluster: TestCluster, setup: HelmSetup): Promise<string> {
  const namespace = await withNamespace(cluster)
  const chart = chartFolder(t)
  const helm = (args: readonly string[], mayFail = false) =>
    runHelm(cluster, setup, ['-n', namespace, ...args], mayFail)
  await helm(['install', 'shop', chart, '--labels', 'team=blue', '--description', 'The first one'])
  await helm(['upgrade', 'shop', chart, '-f', valuesFile(t, GIVEN)])
  // The API server refuses this one: its name is no label value.
  await helm(['upgrade', 'shop', chart, '--set', 'image=null', '--set', 'replicas=-1'], true)
  await helm(['upgrade', 'shop', chart, '-f', valuesFile(t, GIVEN), '--set', 'extra=there,replicas=3'])
  await helm(['rollback', 'shop', '2'])
  await helm(['install', 'other', chart])
  return namespace
}

const open = (t: TestContext, { kubeconfig }: TestCluster, { driver }: HelmSetup) =>
  startServer(t, { KUBECONFIG: kubeconfig, HELM_DRIVER: driver })

const time = (text: string): number => Date.parse(text.replace(/ ([+-]\d{4}) \S+$/, '$1').replace(' ', 'T'))

for (const setup of SETUPS)
  clusterTest(
    `releases of ${setup.binary} kept as ${setup.driver} are read as Helm reads them, field by field`,
    async (cluster, t) => {
      const namespace = await makeShop(t, cluster, setup)
      const server = await open(t, cluster, setup)
      await assertList(cluster, server, setup, namespace)
      await assertHistory(cluster, server, setup, namespace)
      for (const revision of [undefined, 1, 3, 4]) await assertRelease(cluster, server, setup, namespace, revision)
    },
  )

const HELMS = ['helm', 'helm3'] as const

async function assertList(cluster: TestCluster, server: TestServer, setup: HelmSetup, namespace: string) {
  const ours = await itemsOf(server, `/cluster/helm/releases?namespace=${namespace}`)
  for (const binary of HELMS) {
    const theirs = await helmJson(
      cluster,
      { ...setup, binary },
      ['list', '-a', '-n', namespace].filter((each) => each !== '-a' || binary === 'helm3'),
    )
    assert.deepEqual(
      ours.map(({ chartVersion, revision, chart, updated, appVersion, ...row }) => ({
        ...row,
        revision: String(revision),
        chart: `${String(chart)}-${String(chartVersion)}`,
        app_version: appVersion,
        updated: time(String(updated)),
      })),
      listAt(theirs).map((row) => ({ ...(isRecord(row) ? row : {}), updated: time(textAt(row, 'updated')) })),
      `${binary} list`,
    )
    assert.equal(ours.length, 2)
  }
}

async function assertHistory(cluster: TestCluster, server: TestServer, setup: HelmSetup, namespace: string) {
  const answer = await answerOf(server, `/cluster/helm/release/${namespace}/shop/history`)
  const ours = listAt(answer, 'revisions').filter(isRecord).toReversed()
  for (const binary of HELMS) {
    const theirs = listAt(await helmJson(cluster, { ...setup, binary }, ['history', 'shop', '-n', namespace]))
    assert.deepEqual(
      ours.map(({ chartVersion, chart, appVersion, rollbackRevision, since: _since, ...row }) => ({
        ...row,
        chart: `${String(chart)}-${String(chartVersion)}`,
        app_version: appVersion,
        ...(rollbackRevision === undefined || binary === 'helm3' ? {} : { rollback_revision: rollbackRevision }),
      })),
      theirs,
      `${binary} history`,
    )
  }
  assert.deepEqual(
    ours.map(({ status }) => status),
    ['superseded', 'superseded', 'failed', 'superseded', 'deployed'],
  )
}

async function assertRelease(
  cluster: TestCluster,
  server: TestServer,
  setup: HelmSetup,
  namespace: string,
  revision: number | undefined,
) {
  const asked = revision === undefined ? '' : `&revision=${revision}`
  const ours = await answerOf(server, `/cluster/helm/release/${namespace}/shop?allValues=true&manifest=true${asked}`)
  const flags = ['shop', '-n', namespace, ...(revision === undefined ? [] : ['--revision', String(revision)])]
  for (const binary of HELMS) {
    const by = { ...setup, binary }
    assertStatus(ours, await helmJson(cluster, by, ['status', ...flags]))
    assertMetadata(ours, await helmJson(cluster, by, ['get', 'metadata', ...flags]), binary)
    assert.deepEqual(at(ours, 'values'), (await helmJson(cluster, by, ['get', 'values', ...flags])) ?? {})
    const all = await helmJson(cluster, by, ['get', 'values', '--all', ...flags])
    if (binary === 'helm') assert.deepEqual(at(ours, 'allValues'), all)
    // Helm 3 keeps a chart's null that nobody replaced; Helm 4 says that there is nothing.
    else assert.deepEqual(withoutNulls(at(ours, 'allValues')), withoutNulls(all))
    assert.equal(textAt(ours, 'notes').trim(), notesOf(await runHelm(cluster, by, ['get', 'notes', ...flags])))
    assertManifest(textAt(ours, 'manifest'), await runHelm(cluster, by, ['get', 'manifest', ...flags]))
  }
}

const withoutNulls = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (each === null ? undefined : each)))

const notesOf = (text: string) => text.replace(/^NOTES:\n/, '').trim()

function assertStatus(ours: unknown, theirs: unknown) {
  const info = ['first_deployed', 'last_deployed', 'description', 'status', 'notes']
  const fields = ['firstDeployed', 'lastDeployed', 'description', 'status', 'notes']
  assert.deepEqual(
    fields.map((field) => at(ours, field)),
    info.map((field) => at(theirs, 'info', field)),
  )
  assert.deepEqual(
    [at(ours, 'name'), at(ours, 'namespace'), at(ours, 'revision'), at(ours, 'values')],
    [at(theirs, 'name'), at(theirs, 'namespace'), at(theirs, 'version'), at(theirs, 'config') ?? {}],
  )
  const hooks = listAt(ours, 'hooks').map((hook) => ({
    name: at(hook, 'name'),
    kind: at(hook, 'kind'),
    path: at(hook, 'source'),
    events: at(hook, 'events'),
    weight: at(hook, 'weight'),
    delete_policies: at(hook, 'deletePolicies'),
    started: at(hook, 'lastRun', 'started'),
    completed: at(hook, 'lastRun', 'completed'),
    phase: at(hook, 'lastRun', 'phase'),
  }))
  assert.deepEqual(
    hooks,
    listAt(theirs, 'hooks')
      .filter(isRecord)
      .map(({ manifest: _manifest, last_run, ...hook }) => ({
        ...hook,
        started: at(last_run, 'started_at'),
        completed: at(last_run, 'completed_at'),
        phase: at(last_run, 'phase'),
      })),
  )
}

function assertMetadata(ours: unknown, theirs: unknown, binary: string) {
  const told = {
    name: at(ours, 'name'),
    chart: at(ours, 'chart', 'name'),
    version: at(ours, 'chart', 'version'),
    appVersion: at(ours, 'chart', 'appVersion'),
    annotations: at(ours, 'chart', 'metadata', 'annotations'),
    // Helm 3 does not say them.
    labels: binary === 'helm' ? at(ours, 'labels') : {},
    namespace: at(ours, 'namespace'),
    revision: at(ours, 'revision'),
    status: at(ours, 'status'),
    deployedAt: Math.floor(Date.parse(textAt(ours, 'lastDeployed')) / 1000),
    ...(binary === 'helm' && at(ours, 'applyMethod') !== undefined ? { applyMethod: at(ours, 'applyMethod') } : {}),
  }
  const given = isRecord(theirs) ? theirs : {}
  assert.deepEqual(told, {
    ...given,
    labels: ownLabels(at(theirs, 'labels')),
    deployedAt: Date.parse(textAt(theirs, 'deployedAt')) / 1000,
  })
}

// Of the newest revision Helm shows its own labels too, of others only the user's.
const SYSTEM = ['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt']
const ownLabels = (labels: unknown) =>
  Object.fromEntries(Object.entries(isRecord(labels) ? labels : {}).filter(([label]) => !SYSTEM.includes(label)))

function assertManifest(ours: string, theirs: string) {
  const objects = (text: string): unknown[] =>
    parseAllDocuments(text)
      .map((document): unknown => document.toJS())
      .filter((each) => each !== null)
  assert.deepEqual(objects(ours), objects(theirs).map(masked))
  assert.ok(objects(ours).length >= 4)
}

const masked = (object: unknown) =>
  isRecord(object) && object['kind'] === 'Secret' ? { ...object, stringData: { login: '<masked>' } } : object

clusterTest('a release is shown with its objects as they are now', async (cluster, t) => {
  const setup = { binary: 'helm', driver: 'secret' } as const
  const namespace = await withNamespace(cluster)
  await runHelm(cluster, setup, ['-n', namespace, 'install', 'shop', chartFolder(t), '--wait'])
  await cluster.api.delete(`/api/v1/namespaces/${namespace}/services/shop`)
  const server = await open(t, cluster, setup)
  const answer = await answerOf(server, `/cluster/helm/release/${namespace}/shop`)
  const resources = listAt(answer, 'resources').map((each) =>
    ['kind', 'name', 'state', 'status', 'source'].map((field) => scalarAt(each, field)).join(' | '),
  )
  assert.deepEqual(resources.toSorted(), [
    'ConfigMap | shop | present | 2 keys | shop/templates/config.yaml',
    'Deployment | shop | present | 1 of 1 pods ready | shop/templates/web.yaml',
    'Secret | shop | present | Opaque, 1 key | shop/templates/config.yaml',
    'Service | shop | missing |  | shop/templates/web.yaml',
  ])
})

clusterTest(
  'the history says what changed in values and objects from each revision to the next',
  async (cluster, t) => {
    const setup = { binary: 'helm', driver: 'secret' } as const
    const namespace = await makeShop(t, cluster, setup)
    const server = await open(t, cluster, setup)
    const answer = await answerOf(server, `/cluster/helm/release/${namespace}/shop/history`)
    const [, fourth, , second, first] = listAt(answer, 'revisions')
    assert.equal(at(first, 'since'), undefined)
    assert.deepEqual(at(second, 'since', 'revision'), 1)
    const rows = (of: unknown, ...keys: (string | number)[]) =>
      listAt(of, ...keys).map((row) => ['op', 'path', 'from', 'to'].map((field) => scalarAt(row, field)).join(' '))
    assert.ok(rows(second, 'since', 'values').includes('add colour  red'))
    const objects = listAt(second, 'since', 'objects')
    const deployment = objects.find((each) => textAt(each, 'target') === `Deployment ${namespace}/shop`)
    assert.deepEqual(rows(deployment, 'changes'), [
      'change spec.replicas 1 2',
      'change spec.template.spec.containers[web].env[PAINT].value blue red',
    ])
    assert.ok(objects.some((each) => textAt(each, 'target') === `ConfigMap ${namespace}/shop-before (hook)`))
    const made = listAt(fourth, 'since', 'objects').filter((each) => at(each, 'action') === 'create')
    assert.deepEqual(
      made.map((each) => textAt(each, 'target')),
      [`ConfigMap ${namespace}/shop-extra`],
    )
    const newest = listAt(answer, 'revisions')[0]
    const gone = listAt(newest, 'since', 'objects').filter((each) => at(each, 'action') === 'delete')
    assert.deepEqual(
      gone.map((each) => textAt(each, 'target')),
      [`ConfigMap ${namespace}/shop-extra`],
    )
  },
)
