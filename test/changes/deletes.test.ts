import assert from 'node:assert/strict'
import { evidenceDelete, executeDelete, planDeletePod, planDeleteResource } from '../../src/services/changes/delete.ts'
import { evidenceCreatePod, executeCreatePod, planCreatePod } from '../../src/services/changes/create-pod.ts'
import { Stale } from '../../src/services/changes/outcomes.ts'
import { executeApply } from '../../src/services/changes/apply.ts'
import { planApply } from '../../src/services/changes/apply-plan.ts'
import { undoInput } from '../../src/services/changes/undo.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { runPod } from '../support/pods.ts'
import { audited, clusterOf, deploy, execution, pathOf, podsWith, read, until } from './support.ts'

clusterTest('a pod of a controller is deleted, and its plan says that another one comes', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 2)
  const [pod] = await podsWith(test, namespace, 'web')
  const name = pod?.metadata.name ?? ''
  const plan = await planDeletePod(cluster, { namespace, name })
  assert.match(plan.summary, /its ReplicaSet web-\w+ will make another one$/)
  assert.deepEqual(
    [plan.warnings, plan.risk, plan.blast.podsGone, plan.blast.podsBack, plan.undo],
    [[], 'low', 1, 1, undefined],
  )
  const run = execution()
  await executeDelete(cluster, plan.steps, run, plan)
  const writes = await audited(test, run.id)
  assert.deepEqual([writes.length, writes.at(-1)], [run.sent, 'delete pods 200'])
  assert.equal((await evidenceDelete(cluster, plan.steps)).outcome, 'succeeded')
})

clusterTest('a pod without a controller is deleted for good, and can be put back as it was', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await runPod(test, namespace, 'alone', { labels: { app: 'alone' }, annotations: { note: 'keep' } })
  const plan = await planDeletePod(cluster, { namespace, name: 'alone', gracePeriodSeconds: 0 })
  assert.deepEqual(
    plan.warnings.map(({ code }) => code),
    ['unowned_pod'],
  )
  assert.ok(plan.undo?.loses.includes('its logs'))
  assert.equal((await evidenceDelete(cluster, plan.steps)).outcome, 'unknown')
  assert.deepEqual((await executeDelete(cluster, plan.steps, execution(), plan)).output.name, 'alone')
  await until('it is gone', async () => !(await test.api.answers(pathOf(namespace, 'pods', 'alone'))))
  assert.ok(plan.undo !== undefined)
  const { yamlContent } = undoInput(plan.undo)
  const undo = await planApply(cluster, { yamlContent: String(yamlContent), namespace, force: true })
  assert.equal((await executeApply(cluster, undo.steps, execution(), undo)).outcome, 'succeeded')
  const metadata = await read(test, pathOf(namespace, 'pods', 'alone'), 'metadata')
  assert.deepEqual([metadata['labels'], Object(metadata['annotations']).note], [{ app: 'alone' }, 'keep'])
})

clusterTest('a deployment goes with what it owns, counted; with Orphan nothing does', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 3)
  await deploy(test, namespace, 'other', 1)
  const plan = await planDeleteResource(cluster, { kind: 'deploy', namespace, name: 'web' })
  assert.deepEqual(plan.blast.cascade, { Pod: 3, ReplicaSet: 1 })
  assert.deepEqual([plan.blast.podsGone, plan.blast.podsBack, plan.risk], [3, 0, 'high'])
  const orphaning = await planDeleteResource(cluster, {
    kind: 'deploy',
    namespace,
    name: 'web',
    propagationPolicy: 'Orphan',
  })
  assert.deepEqual([orphaning.blast.cascade, orphaning.blast.podsGone], [{}, 0])
  await executeDelete(cluster, orphaning.steps, execution(), orphaning)
  await until('it is gone', async () => !(await test.api.answers(pathOf(namespace, 'deployments', 'web'))))
  assert.equal((await podsWith(test, namespace, 'web')).length, 3)
  assert.equal((await evidenceDelete(cluster, orphaning.steps)).outcome, 'succeeded')
})

clusterTest("a Job's pods are not orphaned, and a namespace counts all that is in it", async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'shop/job:v1.0' }] } } }
  await test.api.create(`/apis/batch/v1/namespaces/${namespace}/jobs`, { metadata: { name: 'job' }, spec })
  await until('its pod is there', async () =>
    JSON.stringify(await test.api.get(pathOf(namespace, 'pods'))).includes('"job-name":"job"'),
  )
  const plan = await planDeleteResource(cluster, { kind: 'job', namespace, name: 'job' })
  assert.deepEqual([plan.steps.propagationPolicy, plan.blast.cascade], ['Background', { Pod: 1 }])
  const whole = await planDeleteResource(cluster, { kind: 'namespace', name: namespace })
  assert.deepEqual([whole.blast.cascade['Job'], whole.blast.cascade['Pod'], whole.risk], [1, 1, 'critical'])
  assert.deepEqual(whole.warnings.map(({ code }) => code).toSorted(), ['cluster_scoped', 'namespace_change'])
})

clusterTest('an object that was edited or made anew since is not deleted', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const path = pathOf(namespace, 'configmaps', 'settings')
  await test.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' }, data: { a: '1' } })
  const plan = await planDeleteResource(cluster, { kind: 'cm', namespace, name: 'settings' })
  await test.api.merge(path, { data: { a: '2' } })
  await assert.rejects(executeDelete(cluster, plan.steps, execution(), plan), Stale)
  const again = await planDeleteResource(cluster, { kind: 'cm', namespace, name: 'settings' })
  await test.api.delete(path)
  await test.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' }, data: { a: '2' } })
  await assert.rejects(executeDelete(cluster, again.steps, execution(), again), Stale)
  assert.ok(await test.api.answers(path))
})

clusterTest('a pod is made once, by a plan that is the same each time', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const question = {
    namespace,
    name: 'tool',
    image: 'shop/tool:v2.0.1',
    command: ['sleep', '9'],
    env: { LEVEL: 'info' },
    ports: [80],
    resources: { requests: { cpu: '1m' } },
  }
  const plan = await planCreatePod(cluster, question)
  assert.deepEqual(await planCreatePod(cluster, question), plan)
  assert.deepEqual([plan.warnings, plan.risk, plan.targets[0]?.uid], [[], 'medium', undefined])
  assert.equal((await evidenceCreatePod(cluster, plan.steps, 'x')).outcome, 'unknown')
  const run = execution()
  const { output } = await executeCreatePod(cluster, plan.steps, run, plan)
  assert.equal(output.name, 'tool')
  assert.deepEqual(await audited(test, run.id), ['create pods 201'])
  assert.equal((await evidenceCreatePod(cluster, plan.steps, run.id)).outcome, 'succeeded')
  assert.equal((await evidenceCreatePod(cluster, plan.steps, 'another')).outcome, 'unknown')
  await assert.rejects(executeCreatePod(cluster, plan.steps, execution(), plan), Stale)
})

clusterTest('a pod that admission or the schema refuses reaches nobody', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const plan = (pod: Record<string, unknown>) => planCreatePod(cluster, { namespace, name: 'tool', pod })
  const containers = [{ name: 'app', image: 'shop/app:v1.0' }]
  await assert.rejects(plan({ spec: { containers: [] } }), { code: 'invalid' })
  await assert.rejects(plan({ spec: { containers, sorry: 1 } }), { code: 'bad_input' })
  await assert.rejects(plan({ metadata: { name: 'other' }, spec: { containers } }), { code: 'bad_manifest' })
  await assert.rejects(plan({ metadata: { generateName: 'tool-' }, spec: { containers } }), { code: 'bad_manifest' })
  await assert.rejects(plan({ metadata: { uid: 'a' }, spec: { containers } }), { code: 'bad_manifest' })
  await assert.rejects(plan({ kind: 'Secret', spec: { containers } }), { code: 'bad_manifest' })
  await assert.rejects(planCreatePod(cluster, { namespace, name: 'tool' }), { code: 'bad_input' })
})
