import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { evidenceCordon, executeCordon, planCordon } from '../../src/services/changes/cordon.ts'
import { evidenceDrain, executeDrain, planDrain } from '../../src/services/changes/drain.ts'
import { Cancelled } from '../../src/services/changes/outcomes.ts'
import { Problem } from '../../src/errors.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { createKwokNode } from '../cluster/nodes.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { runPod } from '../logs/support.ts'
import { audited, budget, clusterOf, deploy, execution, pathOf, podsWith, read, until } from './support.ts'

/** A node of the test's own, so that no other test's pods are on it. */
// A node of one test's own: a drain must not meet, or evict, the pods of the tests beside it.
const OWN = { key: 'k8s-mcp.test/own', value: 'yes' }
const tolerations = [{ ...OWN }, { key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }]

async function newNode(test: TestCluster): Promise<string> {
  const name = `node-${randomBytes(4).toString('hex')}`
  await createKwokNode(test.api, name, [{ ...OWN, effect: 'NoSchedule' }])
  await until('the node is ready', async () =>
    JSON.stringify(await test.api.get(`/api/v1/nodes/${name}`)).includes('KubeletReady'),
  )
  return name
}

const on = (node: string, more: object = {}) => ({
  pod: {
    nodeSelector: { 'kubernetes.io/hostname': node },
    tolerations,
    ...more,
  },
})

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
