import assert from 'node:assert/strict'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { pathOf } from '../changes/support.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { skipWithoutCluster, testCluster, withNamespace } from '../cluster/shared.ts'
import { startCluster } from '../cluster/start.ts'
import type { Input } from '../support/doors.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { folder, until } from '../support/process.ts'
import { approvalIn, approvedAndEnded, inReverse, isWrite, openSite, siteOfSuite } from './site.ts'

const SCALE = 'infra.k8s.deployments.scaleDeployment'
const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'shop/web:v1' }] } }
const deployment = (replicas = 0) => ({
  metadata: { name: 'web' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template },
})
const pod = {
  metadata: { name: 'solo', labels: { app: 'solo' } },
  spec: { nodeName: 'node-0', containers: template.spec.containers },
}
const settings = { metadata: { name: 'settings' }, data: { colour: 'blue' } }

/** What was asked for, what happens before it is approved, and what is then said to differ. */
interface Moved {
  operation: string
  input: Input
  move: (cluster: TestCluster, namespace: string) => Promise<unknown>
  differs: RegExp
}

const relabel = (cluster: TestCluster, namespace: string) =>
  cluster.api.merge(pathOf(namespace, 'deployments', 'web'), {
    spec: { template: { metadata: { labels: { tier: 'x' } } } },
  })

const MOVES: Readonly<Record<string, Moved>> = {
  'its spec was edited': {
    operation: SCALE,
    input: { name: 'web', replicas: 2 },
    move: ({ api }, namespace) => api.merge(pathOf(namespace, 'deployments', 'web'), { spec: { minReadySeconds: 5 } }),
    differs: /Deployment \S+\/web was edited/,
  },
  'somebody else has done it': {
    operation: SCALE,
    input: { name: 'web', replicas: 2 },
    move: ({ api }, namespace) => api.merge(pathOf(namespace, 'deployments', 'web'), { spec: { replicas: 2 } }),
    differs: /web has 2 replicas already/,
  },
  'it was deleted': {
    operation: 'infra.k8s.pods.deletePod',
    input: { name: 'solo', gracePeriodSeconds: 0 },
    move: ({ api }, namespace) => api.delete(pathOf(namespace, 'pods', 'solo'), { gracePeriodSeconds: 0 }),
    differs: /pods "solo" not found/,
  },
  'it was deleted and made anew under the same name': {
    operation: 'infra.k8s.resources.patchResource',
    input: { kind: 'cm', name: 'settings', type: 'merge', patch: { data: { colour: 'red' } } },
    move: async ({ api }, namespace) => {
      await api.delete(pathOf(namespace, 'configmaps', 'settings'))
      await api.create(pathOf(namespace, 'configmaps'), settings)
    },
    differs: /ConfigMap \S+\/settings is another object now/,
  },
  'it had another rollout': {
    operation: 'infra.k8s.deployments.restartDeployment',
    input: { name: 'web' },
    move: relabel,
    differs: /Deployment \S+\/web was edited/,
  },
  'one of its name has appeared': {
    operation: 'infra.k8s.pods.createPod',
    input: { name: 'job', image: 'shop/job:v1' },
    move: ({ api }, namespace) => api.create(pathOf(namespace, 'pods'), { ...pod, metadata: { name: 'job' } }),
    differs: /"job" already exists/,
  },
  'an object of a manifest was edited': {
    operation: 'infra.k8s.apply.applyManifest',
    input: {
      yamlContent: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', ...settings, data: { shape: 'round' } }),
    },
    move: ({ api }, namespace) => api.merge(pathOf(namespace, 'configmaps', 'settings'), { data: { colour: 'green' } }),
    differs: /ConfigMap \S+\/settings was edited/,
  },
  'an object of a manifest has appeared': {
    operation: 'infra.k8s.apply.applyManifest',
    input: {
      yamlContent: JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'fresh' },
        data: { x: 'y' },
      }),
    },
    move: ({ api }, namespace) =>
      api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'fresh' }, data: { a: 'b' } }),
    differs: /ConfigMap \S+\/fresh has appeared meanwhile/,
  },
  'a deletion would take more with it': {
    operation: 'infra.k8s.resources.deleteResource',
    input: { kind: 'cm', name: 'settings' },
    move: async ({ api }, namespace) => {
      const owner = await api.get(pathOf(namespace, 'configmaps', 'settings'))
      const ownerReferences = [
        { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', uid: textAt(owner, 'metadata', 'uid') },
      ]
      await api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'owned', ownerReferences } })
    },
    differs: /1 ConfigMap would be deleted with it, not 0/,
  },
  'a disruption budget now forbids it': {
    operation: 'infra.k8s.pods.deletePod',
    input: { name: 'solo' },
    move: async ({ api }, namespace) => {
      const spec = { minAvailable: 1, selector: { matchLabels: { app: 'solo' } } }
      await api.create(pathOf(namespace, 'poddisruptionbudgets'), { metadata: { name: 'solo' }, spec })
      await until('the budget counts', async () => {
        const budget = await api.get(pathOf(namespace, 'poddisruptionbudgets', 'solo'))
        return at(budget, 'status', 'observedGeneration') === 1 || undefined
      })
    },
    differs: /new warning: .*budget/i,
  },
  'a Service would now be left without endpoints': {
    operation: 'infra.k8s.pods.deletePod',
    input: { name: 'solo' },
    move: async ({ api }, namespace) => {
      const spec = { selector: { app: 'solo' }, ports: [{ port: 80 }] }
      await api.create(pathOf(namespace, 'services'), { metadata: { name: 'solo' }, spec })
      await until('the Service has its endpoint', async () => {
        const slices = await api.get(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`)
        return (
          listAt(slices, 'items').some((each) => at(each, 'endpoints', 0, 'conditions', 'ready') === true) || undefined
        )
      })
    },
    differs: /Service \S*solo would be left without endpoints/,
  },
}

/** What changes of itself, and means nothing. */
const STILL: Readonly<Record<string, (cluster: TestCluster, namespace: string) => Promise<unknown>>> = {
  'its status': ({ api }, namespace) =>
    api.merge(`${pathOf(namespace, 'deployments', 'web')}/status`, { status: { collisionCount: 3 } }),
  'its managedFields': (cluster, namespace) =>
    cluster.kubectl(
      ['-n', namespace, 'apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', '-'],
      {
        input: JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          ...deployment(),
          metadata: { name: 'web', namespace },
        }),
      },
    ),
  'its resourceVersion': async ({ api }, namespace) => {
    for (const collisionCount of [1, 2, 3])
      await api.merge(`${pathOf(namespace, 'deployments', 'web')}/status`, { status: { collisionCount } })
  },
}

suite('if the world moved between the plan and the run', { skip: skipWithoutCluster() }, () => {
  const here = siteOfSuite()

  async function furnished(): Promise<string> {
    const namespace = await withNamespace(here.cluster)
    const { api } = here.cluster
    await Promise.all([
      api.create(pathOf(namespace, 'deployments'), deployment()),
      api.create(pathOf(namespace, 'configmaps'), settings),
      api.create(pathOf(namespace, 'pods'), pod),
    ])
    await until('it is quiet', async () => {
      const [web, solo] = await Promise.all([
        api.get(pathOf(namespace, 'deployments', 'web')),
        api.get(pathOf(namespace, 'pods', 'solo')),
      ])
      return (at(web, 'status', 'observedGeneration') === 1 && at(solo, 'status', 'phase') === 'Running') || undefined
    })
    return namespace
  }

  const writes = () => here.recorder.take().filter(isWrite)

  // The first two by every door, the others by each in turn: what differs between doors is how it is asked for.
  const DOORS = ['REST', 'MCP', 'stdio'] as const
  for (const [index, [what, { operation, input, move, differs }]] of Object.entries(MOVES).entries())
    for (const door of DOORS.filter((_, each) => index < 2 || each === index % 3))
      test(`it does not run: it becomes stale and shows the difference, where ${what} (by ${door})`, async () => {
        const asker = here.askers.find((each) => each.door === door)
        assert.ok(asker)
        const namespace = await furnished()
        const { id } = approvalIn(await asker.call(operation, { ...input, namespace }))
        await move(here.cluster, namespace)
        writes()
        const end = await approvedAndEnded(here.site.alice, id)
        assert.equal(at(end, 'state'), 'stale', textAt(end, 'next'))
        assert.match(listAt(end, 'differs').join('\n'), differs)
        assert.deepEqual(writes(), [], 'nothing was written')
        const told = await asker.call('infra.k8s.approvals.getApproval', { id })
        assert.deepEqual([at(told, 'state'), at(told, 'differs')], ['stale', at(end, 'differs')])
        assert.match(
          textAt(told, 'next'),
          /^It was not run, since things are not as they were approved.*Asking again makes a new plan\./s,
        )
      })

  for (const [what, move] of Object.entries(STILL))
    test(`a change of ${what} alone is no drift`, async () => {
      const namespace = await furnished()
      const path = pathOf(namespace, 'deployments', 'web')
      const versionOf = async () => textAt(await here.cluster.api.get(path), 'metadata', 'resourceVersion')
      const asked = await here.site.bot.call(SCALE, { namespace, name: 'web', replicas: 1 })
      const { id } = approvalIn(asked.body)
      const version = await versionOf()
      await move(here.cluster, namespace)
      assert.notEqual(await versionOf(), version, 'nothing has moved: the test proves nothing')
      const end = await approvedAndEnded(here.site.alice, id)
      assert.equal(at(end, 'state'), 'succeeded', textAt(end, 'next'))
      assert.equal(at(await here.cluster.api.get(path), 'spec', 'replicas'), 1)
    })

  test('after it became stale, asking again makes a new plan, which runs', async () => {
    const namespace = await furnished()
    const ask = async () =>
      approvalIn((await here.site.bot.call(SCALE, { namespace, name: 'web', replicas: 1 })).body).id
    const first = await ask()
    await relabel(here.cluster, namespace)
    assert.equal(at(await approvedAndEnded(here.site.alice, first), 'state'), 'stale')
    const second = await ask()
    assert.notEqual(second, first)
    assert.equal(at(await approvedAndEnded(here.site.alice, second), 'state'), 'succeeded')
  })
})

test('if another cluster stands behind the context, it does not run: it becomes stale and shows the difference', {
  skip: skipWithoutCluster(),
}, async (t) => {
  const ends = inReverse(t)
  const [cluster, other] = [await testCluster(), await startCluster({ apiOnly: true })]
  ends.after(() => other.stop())
  const namespace = await withNamespace(cluster)
  await other.api.create('/api/v1/namespaces', { metadata: { name: namespace } })
  for (const { api } of [cluster, other]) await api.create(pathOf(namespace, 'configmaps'), settings)
  const kubeconfig = join(folder(ends), 'kubeconfig')
  await copyFile(cluster.kubeconfig, kubeconfig)
  const site = await openSite(ends, kubeconfig)
  const patch = { kind: 'cm', namespace, name: 'settings', type: 'merge', patch: { data: { colour: 'red' } } }
  const { id } = approvalIn((await site.bot.call('infra.k8s.resources.patchResource', patch)).body)
  await copyFile(other.kubeconfig, kubeconfig)
  await until('the server has seen the other kubeconfig', async () => {
    const { body } = await site.bot.send('GET', '/cluster/contexts')
    return JSON.stringify(body).includes(other.server) || undefined
  })
  const end = await approvedAndEnded(site.alice, id)
  assert.equal(at(end, 'state'), 'stale')
  assert.match(listAt(end, 'differs').join('\n'), /the context now leads to another cluster/)
  for (const { api } of [cluster, other])
    assert.equal(at(await api.get(pathOf(namespace, 'configmaps', 'settings')), 'data', 'colour'), 'blue')
})
