import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { Problem } from '../../src/errors.ts'
import { executeApply } from '../../src/services/changes/apply.ts'
import { planApply } from '../../src/services/changes/apply-plan.ts'
import { executeCordon, planCordon } from '../../src/services/changes/cordon.ts'
import { executeCreatePod, planCreatePod } from '../../src/services/changes/create-pod.ts'
import { executeDelete, planDeletePod, planDeleteResource } from '../../src/services/changes/delete.ts'
import { executeDrain, planDrain } from '../../src/services/changes/drain.ts'
import { Refused, Stale } from '../../src/services/changes/outcomes.ts'
import { executePatch, planPatch } from '../../src/services/changes/patch.ts'
import type { Done, Execution, Plan } from '../../src/services/changes/plan.ts'
import { executeRestart, planRestart } from '../../src/services/changes/restart.ts'
import { executeScale, planScale } from '../../src/services/changes/scale.ts'
import { executeUndoRollout, planUndoRollout } from '../../src/services/changes/undo-rollout.ts'
import type { Cluster } from '../../src/services/cluster.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { runPod } from '../support/pods.ts'
import { type Instead, startRecorder, statusOf } from '../support/recorder.ts'
import { clusterOf, deploy, execution, isWrite, newNode, pathOf, read, ready, watched } from './support.ts'

const outdated = statusOf(
  409,
  'Conflict',
  'the object has been modified; please apply your changes to the latest version',
)
const busy: Instead = {
  status: 429,
  body: { ...statusOf(429, 'TooManyRequests', 'too many requests').body, details: { retryAfterSeconds: 0 } },
}

interface Place {
  namespace: string
  node: string
}

/** A change, planned and ready to run. */
type Ready = { versions: Record<string, string>; run: (execution: Execution) => Promise<Done<unknown>> }

const change =
  <Steps>(
    plan: (cluster: Cluster, place: Place) => Promise<Plan<Steps>>,
    execute: (cluster: Cluster, steps: Steps, execution: Execution, fresh: Plan<Steps>) => Promise<Done<unknown>>,
  ) =>
  async (cluster: Cluster, place: Place): Promise<Ready> => {
    const planned = await plan(cluster, place)
    return { versions: planned.versions ?? {}, run: (each) => execute(cluster, planned.steps, each, planned) }
  }

const map = (name: string) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}, data: {a: "2"}}`

/** Every change whose first write may be refused as outdated or too early. */
const CHANGES: Readonly<Record<string, (cluster: Cluster, place: Place) => Promise<Ready>>> = {
  scale: change((cluster, { namespace }) => planScale(cluster, { namespace, name: 'web', replicas: 2 }), executeScale),
  restart: change((cluster, { namespace }) => planRestart(cluster, { namespace, name: 'web' }), executeRestart),
  'rollout undo': change(
    (cluster, { namespace }) => planUndoRollout(cluster, { namespace, name: 'web' }),
    executeUndoRollout,
  ),
  patch: change(
    (cluster, { namespace }) =>
      planPatch(cluster, { kind: 'cm', namespace, name: 'settings', patch: { data: { a: '2' } } }),
    executePatch,
  ),
  'apply to what is there': change(
    (cluster, { namespace }) => planApply(cluster, { yamlContent: map('settings'), namespace, force: true }),
    executeApply,
  ),
  'apply of something new': change(
    (cluster, { namespace }) => planApply(cluster, { yamlContent: map('fresh'), namespace }),
    executeApply,
  ),
  'pod deletion': change(
    (cluster, { namespace }) => planDeletePod(cluster, { namespace, name: 'alone' }),
    executeDelete,
  ),
  deletion: change(
    (cluster, { namespace }) => planDeleteResource(cluster, { kind: 'cm', namespace, name: 'settings' }),
    executeDelete,
  ),
  'pod creation': change(
    (cluster, { namespace }) => planCreatePod(cluster, { namespace, name: 'tool', image: 'shop/tool:v1.0' }),
    executeCreatePod,
  ),
  cordon: change((cluster, { node }) => planCordon(cluster, { name: node, cordon: true }), executeCordon),
  drain: change((cluster, { node }) => planDrain(cluster, { name: node }), executeDrain),
}

async function prepared(test: TestCluster): Promise<Place> {
  const namespace = await withNamespace(test)
  const [node] = await Promise.all([
    newNode(test),
    deploy(test, namespace, 'web', 1),
    runPod(test, namespace, 'alone'),
    test.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' }, data: { a: '1' } }),
  ])
  const spec = { template: { spec: { containers: [{ name: 'app', image: 'shop/app:v2.0' }] } } }
  await test.api.merge(pathOf(namespace, 'deployments', 'web'), { spec })
  await ready(test, namespace, 'web', 1)
  return { namespace, node }
}

/** An execution whose recheck is counted, and answers what the plan had read. */
function counted(versions: Record<string, string>) {
  const told = { rechecks: 0 }
  const run: Execution = {
    ...execution(),
    async recheck() {
      told.rechecks++
      return versions
    },
  }
  return { told, run }
}

for (const [name, plan] of Object.entries(CHANGES)) {
  clusterTest(
    `a ${name} that is refused as outdated or too early is looked at again each time, and done`,
    async (test, t) => {
      const place = await prepared(test)
      const refusals = [outdated, busy, outdated]
      const { hold, writes } = await watched(t, test, () => refusals.shift())
      const { versions, run } = await plan(hold, place)
      const counting = counted(versions)
      assert.equal((await run(counting.run)).outcome, 'succeeded')
      assert.deepEqual([counting.told.rechecks, writes().length], [3, 4])
    },
  )

  clusterTest(
    `${name}: refused without end, it is sent twelve times if outdated, six if too early, and then is stale`,
    async (test, t) => {
      const place = await prepared(test)
      for (const [refusal, most] of [
        [outdated, 12],
        [busy, 6],
      ] as const) {
        const { hold, writes } = await watched(t, test, () => refusal)
        const { versions, run } = await plan(hold, place)
        const counting = counted(versions)
        await assert.rejects(run(counting.run), Stale)
        assert.deepEqual([counting.told.rechecks, writes().length], [most - 1, most])
      }
    },
  )
}

clusterTest('what a recheck says is what ends a repeated write', async (test, t) => {
  const place = await prepared(test)
  const { hold, writes } = await watched(t, test, () => busy)
  const plan = await planScale(hold, { namespace: place.namespace, name: 'web', replicas: 2 })
  const run: Execution = { ...execution(), recheck: () => Promise.reject(new Stale('a new warning')) }
  await assert.rejects(executeScale(hold, plan.steps, run, plan), /a new warning/)
  assert.equal(writes().length, 1)
})

clusterTest('a write that was refused, and cannot be looked at again, has changed nothing', async (test, t) => {
  const { namespace } = await prepared(test)
  let isAway = false
  const recorder = await startRecorder(t, test, {
    instead: (each) => {
      if (isWrite(each)) isAway = true
      return isAway ? (isWrite(each) ? outdated : statusOf(503, 'ServiceUnavailable', 'away')) : undefined
    },
  })
  const hold = await clusterOf(t, test, 'admin', recorder.kubeconfig)
  const plan = await planScale(hold, { namespace, name: 'web', replicas: 2 })
  await assert.rejects(executeScale(hold, plan.steps, execution(), plan), Refused)
  assert.equal(recorder.arrived.filter(isWrite).length, 1)
})

clusterTest('a repeated write that is refused for good says why, and nothing has changed', async (test, t) => {
  const place = await prepared(test)
  const refusals = [busy, statusOf(403, 'Forbidden', 'no more of that')]
  const { hold, writes } = await watched(t, test, () => refusals.shift())
  const plan = await planScale(hold, { namespace: place.namespace, name: 'web', replicas: 2 })
  await assert.rejects(executeScale(hold, plan.steps, execution(), plan), Refused)
  assert.equal(writes().length, 2)
  assert.equal((await read(test, pathOf(place.namespace, 'deployments', 'web'), 'spec'))['replicas'], 1)
})

clusterTest(
  'the second object of an apply is looked at alone, for the first has changed by our own doing',
  async (test, t) => {
    const { namespace } = await prepared(test)
    await test.api.create(pathOf(namespace, 'secrets'), { metadata: { name: 'key' }, stringData: { a: '1' } })
    const refusals = [undefined, outdated]
    const { hold } = await watched(t, test, () => refusals.shift())
    const keyed = (value: unknown) => JSON.stringify(value)
    const yamlContent = `${map('settings')}\n---\n{apiVersion: v1, kind: Secret, metadata: {name: key}, stringData: {a: "2"}}`
    const plan = await planApply(hold, { yamlContent, namespace, force: true }, { keyed })
    const { told, run } = counted({})
    const done = await executeApply(hold, plan.steps, { ...run, keyed }, plan)
    assert.deepEqual([done.outcome, told.rechecks], ['succeeded', 0])
  },
)

clusterTest('two hundred scales arrive while rollouts go on and a controller writes status', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 3)
  const path = pathOf(namespace, 'deployments', 'web')
  const busyness = disturb(test, path)
  const stale: string[] = []
  const times: number[] = []
  for (let count = 0; count < 200; count++) {
    const started = performance.now()
    const why = await scaled(cluster, namespace, count % 2 === 0 ? 4 : 3)
    if (why !== undefined) stale.push(why)
    times.push(performance.now() - started)
  }
  const { statuses, rollouts } = await busyness.end()
  t.diagnostic(
    `${stale.length} stale, ${statuses} writes of status, ${rollouts} rollouts, median ${Math.round(times.toSorted((a, b) => a - b)[100] ?? 0)} ms, whole ${Math.round(times.reduce((sum, each) => sum + each, 0))} ms`,
  )
  assert.ok(statuses > 20 && rollouts > 0)
  // Only a rollout that began in between, which is an edit of the specification, may stop one.
  assert.ok(stale.length <= rollouts, stale.join('\n'))
  for (const message of stale) assert.match(message, /was changed since it was planned/)
})

/** Scales as the gate does it, a full look before each repetition; answers why it was stale, where it was. */
async function scaled(cluster: Cluster, namespace: string, replicas: number): Promise<string | undefined> {
  const planned = () => planScale(cluster, { namespace, name: 'web', replicas })
  try {
    const plan = await planned()
    const hash = plan.targets[0]?.hash
    const recheck = async () => {
      const { targets, versions = {} } = await planned()
      if (targets[0]?.hash !== hash) throw new Stale('Deployment web was changed since it was planned.')
      return versions
    }
    const { outcome } = await executeScale(cluster, plan.steps, { ...execution(), recheck }, plan)
    assert.equal(outcome, 'succeeded')
    return undefined
  } catch (error) {
    if (error instanceof Stale) return error.message
    // The one before this was stale, so there are as many already.
    if (error instanceof Problem && error.code === 'nothing_to_change') return undefined
    throw error
  }
}

/** Writes status as a busy controller does, beside the one that does so anyway, and begins a rollout after every twentieth. */
function disturb({ api }: TestCluster, path: string) {
  const seen = { statuses: 0, rollouts: 0, over: false }
  const work = (async () => {
    while (!seen.over) {
      const condition = { type: 'Test', status: 'True', message: String(seen.statuses++) }
      await api.merge(`${path}/status`, { status: { conditions: [condition] } })
      await pause(40)
      if (seen.statuses % 20 !== 1) continue
      const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() }
      await api.merge(path, { spec: { template: { metadata: { annotations } } } })
      seen.rollouts++
    }
  })()
  return {
    async end() {
      seen.over = true
      await work
      return seen
    },
  }
}
