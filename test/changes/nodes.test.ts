import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { evidenceCordon, executeCordon, planCordon } from '../../src/services/changes/cordon.ts'
import { evidenceDrain, executeDrain, planDrain } from '../../src/services/changes/drain.ts'
import { Cancelled } from '../../src/services/changes/outcomes.ts'
import { undoInput } from '../../src/services/changes/undo.ts'
import { Problem } from '../../src/errors.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { runPod } from '../support/pods.ts'
import {
  audited,
  budget,
  clusterOf,
  deploy,
  execution,
  newNode,
  on,
  pathOf,
  podsWith,
  read,
  tolerations,
  until,
} from './support.ts'

clusterTest('a node is cordoned and let go again', async (test, t) => {
  const cluster = await clusterOf(t, test)
  const name = await newNode(test)
  const plan = await planCordon(cluster, { name, cordon: true })
  assert.deepEqual(
    [plan.warnings.map(({ code }) => code), plan.undo?.input],
    [['cluster_scoped'], { context: 'admin', name, cordon: false }],
  )
  const run = execution()
  assert.deepEqual((await executeCordon(cluster, plan.steps, run, plan)).output, { name, cordoned: true })
  assert.equal((await audited(test, run.id)).at(-1), 'patch nodes 200')
  assert.equal((await evidenceCordon(cluster, plan.steps, run.id)).outcome, 'succeeded')
  await assert.rejects(planCordon(cluster, { name, cordon: true }), { code: 'nothing_to_change' })
  const back = await planCordon(cluster, { name, cordon: false })
  await executeCordon(cluster, back.steps, execution(), back)
  assert.equal((await read(test, `/api/v1/nodes/${name}`, 'spec'))['unschedulable'], undefined)
})

clusterTest('a drain is refused with every reason, as kubectl refuses it', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const name = await newNode(test)
  await runPod(test, namespace, 'alone', { node: name })
  await deploy(test, namespace, 'scratch', 1, on(name, { volumes: [{ name: 'tmp', emptyDir: {} }] }))
  await assert.rejects(
    planDrain(cluster, { name }),
    (error) =>
      error instanceof Problem &&
      error.code === 'drain_blocked' &&
      /alone has no controller/.test(error.message) &&
      /scratch-\S+ has emptyDir/.test(error.message),
  )
  const plan = await planDrain(cluster, { name, force: true, deleteEmptyDirData: true })
  assert.equal(plan.steps.pods.length, 2)
  assert.deepEqual(
    plan.warnings.map(({ code }) => code),
    ['cluster_scoped', 'unowned_pod'],
  )
})

clusterTest('a drain evicts pods, leaves those of DaemonSets and mirrors, and tells how far it is', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const name = await newNode(test)
  await deploy(test, namespace, 'web', 2, on(name))
  const template = {
    metadata: { labels: { app: 'agent' } },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': name },
      tolerations,
      containers: [{ name: 'app', image: 'shop/agent:v1.0' }],
    },
  }
  await test.api.create(pathOf(namespace, 'daemonsets'), {
    metadata: { name: 'agent' },
    spec: { selector: { matchLabels: { app: 'agent' } }, template },
  })
  await until('the daemon runs', async () => (await podsWith(test, namespace, 'agent')).length === 1)
  await assert.rejects(planDrain(cluster, { name, ignoreDaemonSets: false }), { code: 'drain_blocked' })
  const plan = await planDrain(cluster, { name, timeoutSeconds: 60 })
  assert.deepEqual([plan.steps.pods.length, plan.blast.podsGone, plan.blast.podsBack, plan.risk], [2, 2, 2, 'high'])
  assert.ok(plan.notes.some((note) => /agent-\w+ stays: its DaemonSet/.test(note)))
  assert.equal((await evidenceDrain(cluster, plan.steps)).outcome, 'unknown')
  const run = execution()
  const done = await executeDrain(cluster, plan.steps, run, plan)
  assert.deepEqual(
    [done.outcome, done.output, done.done, done.total],
    ['succeeded', { name, evicted: 2, left: [] }, 2, 2],
  )
  assert.ok(
    run.steps.some((message) => /is cordoned/.test(message)) && run.steps.some((message) => message.endsWith(': gone')),
    run.steps.join('\n'),
  )
  assert.equal((await audited(test, run.id)).filter((each) => each === 'create pods/eviction 201').length, 2)
  assert.equal((await podsWith(test, namespace, 'agent')).length, 1)
  assert.equal((await evidenceDrain(cluster, plan.steps)).outcome, 'succeeded')
})

clusterTest('a budget is respected until the deadline, and what is left is said with its reason', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const name = await newNode(test)
  await deploy(test, namespace, 'web', 1, on(name))
  await budget(test, namespace, 'web', 1, 0)
  const plan = await planDrain(cluster, { name, timeoutSeconds: 3 })
  assert.deepEqual(
    plan.warnings.map(({ code }) => code),
    ['cluster_scoped', 'budget_exhausted'],
  )
  const run = execution()
  const done = await executeDrain(cluster, plan.steps, run, plan)
  assert.equal(done.outcome, 'partially_applied')
  assert.match(done.output.left[0]?.why ?? '', /disruption budget/)
  assert.ok((await audited(test, run.id)).includes('create pods/eviction 429'))
})

clusterTest('a drain that is cancelled ends between two steps and says what was done', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const name = await newNode(test)
  await deploy(test, namespace, 'web', 1, on(name))
  const plan = await planDrain(cluster, { name })
  const run = execution(() => {
    throw new Cancelled()
  })
  const done = await executeDrain(cluster, plan.steps, run, plan)
  assert.deepEqual([done.outcome, done.output.evicted, done.output.left.length], ['cancelled', 0, 1])
  assert.equal((await read(test, `/api/v1/nodes/${name}`, 'spec'))['unschedulable'], true)
})

/** A pod bound to a node, with whatever else it has. */
async function bound(
  test: TestCluster,
  namespace: string,
  name: string,
  node: string,
  { metadata = {}, spec = {} }: { metadata?: object; spec?: object } = {},
): Promise<void> {
  await test.api.create(pathOf(namespace, 'pods'), {
    metadata: { name, ...metadata },
    spec: { nodeName: node, tolerations, containers: [{ name: 'app', image: 'shop/app:v1.0' }], ...spec },
  })
  await until(
    `${name} runs`,
    async () => (await read(test, pathOf(namespace, 'pods', name), 'status'))['phase'] === 'Running',
  )
}

const ownedBy = (kind: string, name: string, uid: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }],
})

/** What `kubectl drain` says it would do: the pods it would evict, and whether it refuses. */
async function kubectlDrain(test: TestCluster, node: string, ...flags: string[]) {
  const { stdout, stderr, code } = await test.kubectl(['drain', node, '--dry-run=server', ...flags])
  const evicted = [...stdout.matchAll(/^evicting pod (\S+)/gm), ...stderr.matchAll(/^evicting pod (\S+)/gm)]
  return { evicted: [...new Set(evicted.map(([, name = '']) => name))].toSorted(), refuses: code !== 0, stderr }
}

clusterTest(
  'a drain takes the pods that kubectl takes, leaves those it leaves, and refuses where it refuses',
  async (test, t) => {
    const namespace = await withNamespace(test)
    const cluster = await clusterOf(t, test)
    const name = await newNode(test)
    const never = { restartPolicy: 'Never' }
    const mirror = { annotations: { 'kubernetes.io/config.mirror': 'abc' } }
    await bound(test, namespace, 'alone', name)
    await bound(test, namespace, 'mirror', name, { metadata: mirror, spec: never })
    await deploy(test, namespace, 'scratch', 1, on(name, { volumes: [{ name: 'tmp', emptyDir: {} }] }))
    await bound(test, namespace, 'ended', name, { spec: { ...never, volumes: [{ name: 'tmp', emptyDir: {} }] } })
    await test.api.merge(`${pathOf(namespace, 'pods', 'ended')}/status`, { status: { phase: 'Succeeded' } })
    for (const [flags, options] of [
      [[], {}],
      [['--force'], { force: true }],
      [['--delete-emptydir-data'], { deleteEmptyDirData: true }],
      [['--force', '--delete-emptydir-data'], { force: true, deleteEmptyDirData: true }],
    ] as const) {
      const theirs = await kubectlDrain(test, name, '--ignore-daemonsets', ...flags)
      const ours = await planDrain(cluster, { name, ...options }).catch((error: unknown) => error)
      assert.equal(
        ours instanceof Problem && ours.code === 'drain_blocked',
        theirs.refuses,
        flags.join(' ') + theirs.stderr,
      )
      if (ours instanceof Error) continue
      assert.deepEqual(podsIn(ours), theirs.evicted)
    }
    const plan = await planDrain(cluster, { name, force: true, deleteEmptyDirData: true })
    const [scratch] = await podsWith(test, namespace, 'scratch')
    assert.deepEqual(
      podsIn(plan),
      ['alone', 'ended', scratch?.metadata.name].map((each) => `${namespace}/${each}`),
    )
    assert.ok(plan.notes.some((note) => /mirror stays: mirror of a static pod/.test(note)))
    // What has ended takes nothing with it.
    assert.deepEqual([plan.blast.podsGone, plan.blast.podsBack], [2, 1])
  },
)

const podsIn = (plan: unknown): string[] =>
  plan !== null && typeof plan === 'object' && 'steps' in plan
    ? Object(plan.steps).pods.map((pod: { namespace: string; name: string }) => `${pod.namespace}/${pod.name}`)
    : []

clusterTest('a pod that has ended is taken without asking for more, as with kubectl', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const name = await newNode(test)
  const spec = { restartPolicy: 'Never', volumes: [{ name: 'tmp', emptyDir: {} }] }
  await bound(test, namespace, 'ended', name, { spec })
  await test.api.merge(`${pathOf(namespace, 'pods', 'ended')}/status`, { status: { phase: 'Succeeded' } })
  const theirs = await kubectlDrain(test, name, '--ignore-daemonsets')
  assert.deepEqual([theirs.refuses, theirs.evicted], [false, [`${namespace}/ended`]])
  const plan = await planDrain(cluster, { name })
  assert.deepEqual([podsIn(plan), plan.blast.podsGone], [theirs.evicted, 0])
  assert.deepEqual(
    plan.warnings.map(({ code }) => code),
    ['cluster_scoped'],
  )
})

clusterTest('a pod whose DaemonSet is gone needs force, as with kubectl', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const name = await newNode(test)
  await bound(test, namespace, 'orphan', name, {
    metadata: { ...ownedBy('DaemonSet', 'gone', randomUUID()), finalizers: ['k8s-mcp.test/hold'] },
  })
  t.after(() =>
    test.api.merge(pathOf(namespace, 'pods', 'orphan'), { metadata: { finalizers: null } }).catch(() => undefined),
  )
  assert.ok((await kubectlDrain(test, name, '--ignore-daemonsets')).refuses)
  await assert.rejects(planDrain(cluster, { name }), /orphan belongs to a DaemonSet that is gone/)
  assert.deepEqual(podsIn(await planDrain(cluster, { name, force: true })), [`${namespace}/orphan`])
})

clusterTest('a budget that gives way before the deadline lets the drain go on', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const name = await newNode(test)
  await deploy(test, namespace, 'web', 1, on(name))
  await budget(test, namespace, 'web', 1, 0)
  const plan = await planDrain(cluster, { name, timeoutSeconds: 60 })
  const run = execution((message) => {
    if (message.includes('disruption budget'))
      void test.api.delete(pathOf(namespace, 'poddisruptionbudgets', 'web')).catch(() => undefined)
  })
  const done = await executeDrain(cluster, plan.steps, run, plan)
  assert.deepEqual([done.outcome, done.output], ['succeeded', { name, evicted: 1, left: [] }])
  assert.deepEqual(
    (await audited(test, run.id)).filter((each) => each.includes('eviction')),
    ['create pods/eviction 429', 'create pods/eviction 201'],
  )
})

clusterTest(
  'a drain that is cancelled after a pod has gone says which are left, and evicts no more',
  async (test, t) => {
    const namespace = await withNamespace(test)
    const cluster = await clusterOf(t, test)
    const name = await newNode(test)
    await deploy(test, namespace, 'free', 1, on(name))
    await deploy(test, namespace, 'held', 1, on(name))
    await budget(test, namespace, 'held', 1, 0)
    const plan = await planDrain(cluster, { name })
    const run = execution((message) => {
      if (/free-\S+: gone/.test(message)) throw new Cancelled()
    })
    const done = await executeDrain(cluster, plan.steps, run, plan)
    assert.deepEqual([done.outcome, done.done, done.total, done.output.evicted], ['cancelled', 1, 2, 1])
    assert.match(done.output.left[0]?.name ?? '', /^held-/)
    assert.equal(done.output.left[0]?.why, 'the drain was cancelled')
    const evidence = await evidenceDrain(cluster, plan.steps)
    assert.match(evidence.text, /is cordoned; 1 of 2 pods are gone/)
    assert.equal(evidence.outcome, 'partially_applied')
  },
)

clusterTest('a drain that meets this server itself says so', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const name = await newNode(test)
  await deploy(test, namespace, 'web', 1, on(name))
  const own = { own: { namespaces: [namespace] } }
  const codes = (await planDrain(cluster, { name }, own)).warnings.map(({ code }) => code)
  assert.deepEqual(codes, ['cluster_scoped', 'own_server'])
  assert.deepEqual(
    (await planDrain(cluster, { name })).warnings.map(({ code }) => code),
    ['cluster_scoped'],
  )
})

clusterTest('an undone drain lets pods on the node again', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const name = await newNode(test)
  await deploy(test, namespace, 'web', 1, on(name))
  const before = await read(test, `/api/v1/nodes/${name}`, 'spec')
  const plan = await planDrain(cluster, { name, timeoutSeconds: 60 })
  await executeDrain(cluster, plan.steps, execution(), plan)
  assert.ok(plan.undo !== undefined)
  assert.ok(plan.undo.loses.includes('the pods stay where they are by then'))
  const { cordon } = undoInput(plan.undo)
  const back = await planCordon(cluster, { name, cordon: cordon === true })
  await executeCordon(cluster, back.steps, execution(), back)
  await until('the node is as it was', async () =>
    isDeepStrictEqual(await read(test, `/api/v1/nodes/${name}`, 'spec'), before),
  )
})
