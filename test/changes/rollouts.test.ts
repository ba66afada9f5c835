import assert from 'node:assert/strict'
import { Problem } from '../../src/errors.ts'
import { Stale } from '../../src/services/changes/outcomes.ts'
import { evidenceRestart, executeRestart, planRestart } from '../../src/services/changes/restart.ts'
import { evidenceScale, executeScale, planScale } from '../../src/services/changes/scale.ts'
import { evidenceUndoRollout, executeUndoRollout, planUndoRollout } from '../../src/services/changes/undo-rollout.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { audited, budget, clusterOf, deploy, execution, pathOf, read, ready, service, until } from './support.ts'

clusterTest('a scale to zero is planned with what it takes with it, done once, and seen', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 2)
  await Promise.all([budget(test, namespace, 'web', 2, 0), service(test, namespace, 'web', 2)])
  const plan = await planScale(cluster, { namespace, name: 'web', replicas: 0 })
  assert.equal(plan.summary, `Scale Deployment ${namespace}/web on context admin from 2 to 0 replicas`)
  assert.deepEqual(plan.diff[0]?.changes, [{ path: 'spec.replicas', op: 'change', from: '2', to: '0' }])
  assert.deepEqual(
    plan.warnings.map(({ code }) => code),
    ['replicas_to_zero', 'budget_exhausted'],
  )
  assert.deepEqual(plan.blast, {
    podsGone: 2,
    podsBack: 0,
    budgets: [{ name: `${namespace}/web`, disruptionsAllowed: 0 }],
    servicesWithoutEndpoints: [`${namespace}/web`],
    cascade: {},
  })
  assert.equal(plan.risk, 'high')
  assert.deepEqual(plan.undo?.input, { context: 'admin', namespace, name: 'web', replicas: 2 })
  assert.ok(!JSON.stringify(plan.steps).includes('resourceVersion'))
  assert.equal((await evidenceScale(cluster, plan.steps, 'nobody')).outcome, 'unknown')

  const run = execution()
  const done = await executeScale(cluster, plan.steps, run, plan)
  assert.deepEqual(done, { outcome: 'succeeded', output: { namespace, name: 'web', replicas: 0 } })
  assert.equal(run.sent, 1)
  assert.deepEqual(await audited(test, run.id), ['patch deployments/scale 200'])
  assert.equal((await evidenceScale(cluster, plan.steps, run.id)).outcome, 'succeeded')
})

clusterTest('a scale up warns of nothing and risks little', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 1)
  const plan = await planScale(cluster, { namespace, name: 'web', replicas: 3 })
  assert.deepEqual([plan.warnings, plan.risk, plan.blast.podsBack], [[], 'low', 2])
  await assert.rejects(planScale(cluster, { namespace, name: 'web', replicas: 1 }), { code: 'nothing_to_change' })
  await assert.rejects(planScale(cluster, { namespace, name: 'none', replicas: 1 }), { code: 'not_found' })
})

clusterTest(
  'a status that was written meanwhile does not stop a scale, a changed specification does',
  async (test, t) => {
    const namespace = await withNamespace(test)
    const cluster = await clusterOf(t, test)
    await deploy(test, namespace, 'web', 1)
    const path = pathOf(namespace, 'deployments', 'web')
    // The last that its controller writes of a rollout: from here on nobody but this test writes.
    await until('the rollout is over', async () => {
      const { conditions } = await read(test, path, 'status')
      return JSON.stringify(conditions ?? []).includes('NewReplicaSetAvailable')
    })
    const plan = await planScale(cluster, { namespace, name: 'web', replicas: 2 })
    await test.api.merge(`${path}/status`, { status: { conditions: [{ type: 'Test', status: 'True' }] } })
    const run = execution()
    assert.equal((await executeScale(cluster, plan.steps, run, plan)).outcome, 'succeeded')
    assert.equal(run.sent, 2)
    assert.deepEqual(await audited(test, run.id), ['patch deployments/scale 409', 'patch deployments/scale 200'])

    await ready(test, namespace, 'web', 2)
    const other = await planScale(cluster, { namespace, name: 'web', replicas: 3 })
    await test.api.merge(path, { spec: { minReadySeconds: 1 } })
    await assert.rejects(executeScale(cluster, other.steps, execution(), other), Stale)
    assert.equal((await read(test, path, 'spec'))['replicas'], 2)
  },
)

clusterTest('a deployment that was made anew under the same name is another one', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 1)
  const path = pathOf(namespace, 'deployments', 'web')
  const plan = await planScale(cluster, { namespace, name: 'web', replicas: 2 })
  const restart = await planRestart(cluster, { namespace, name: 'web' })
  await test.api.delete(path)
  await assert.rejects(executeScale(cluster, plan.steps, execution(), plan), Stale)
  await deploy(test, namespace, 'web', 1)
  await assert.rejects(executeScale(cluster, plan.steps, execution(), plan), Stale)
  await assert.rejects(executeRestart(cluster, restart.steps, execution(), restart), Stale)
  assert.equal((await evidenceScale(cluster, plan.steps, 'any')).outcome, 'unknown')
  assert.equal((await read(test, path, 'spec'))['replicas'], 1)
})

clusterTest('a restart replaces every pod, and two plans of it are the same', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 2)
  const plan = await planRestart(cluster, { namespace, name: 'web' })
  assert.deepEqual(await planRestart(cluster, { namespace, name: 'web' }), plan)
  assert.deepEqual([plan.blast.podsGone, plan.blast.podsBack, plan.risk, plan.undo], [2, 2, 'low', undefined])
  const run = execution()
  const done = await executeRestart(cluster, plan.steps, run, plan)
  assert.ok(Date.now() - Date.parse(done.output.restartedAt) < 60_000)
  assert.deepEqual(await audited(test, run.id), ['patch deployments 200'])
  assert.equal((await evidenceRestart(cluster, plan.steps, run.id)).outcome, 'succeeded')
  assert.equal((await evidenceRestart(cluster, plan.steps, 'other')).outcome, 'unknown')
})

clusterTest('a rollout is undone to the revision that was asked for, and back', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 1, { container: { env: [{ name: 'OLD', value: 'yes' }] } })
  const path = pathOf(namespace, 'deployments', 'web')
  const image = async () => JSON.stringify((await read(test, path, 'spec'))['template'])
  await test.api.merge(path, {
    spec: { template: { spec: { containers: [{ name: 'app', image: 'shop/app:v1.3.0' }] } } },
  })
  await ready(test, namespace, 'web', 1)
  const plan = await planUndoRollout(cluster, { namespace, name: 'web' })
  assert.match(plan.summary, /back from revision 2 to 1$/)
  assert.ok(
    plan.diff[0]?.changes.some(
      ({ path: field, to }) => field === 'spec.template.spec.containers[app].image' && to === 'shop/app:v1.2.3',
    ),
  )
  const run = execution()
  await executeUndoRollout(cluster, plan.steps, run, plan)
  assert.match(await image(), /v1\.2\.3.*"OLD"/)
  assert.doesNotMatch(await image(), /pod-template-hash/)
  assert.equal((await evidenceUndoRollout(cluster, plan.steps, run.id)).outcome, 'succeeded')
  await ready(test, namespace, 'web', 1)
  assert.deepEqual(plan.undo?.input, { context: 'admin', namespace, name: 'web', toRevision: 2 })
  const back = await planUndoRollout(cluster, { namespace, name: 'web', toRevision: 2 })
  await executeUndoRollout(cluster, back.steps, execution(), back)
  assert.match(await image(), /v1\.3\.0/)
  await assert.rejects(
    planUndoRollout(cluster, { namespace, name: 'web', toRevision: 9 }),
    (error) => error instanceof Problem && /It has .*, /.test(error.next ?? ''),
  )
})

clusterTest(
  'a rollout is undone to the template that was shown, whatever became of its ReplicaSet',
  async (test, t) => {
    const namespace = await withNamespace(test)
    const cluster = await clusterOf(t, test)
    await deploy(test, namespace, 'web', 1)
    const path = pathOf(namespace, 'deployments', 'web')
    const containers = [{ name: 'app', image: 'shop/app:v1.3.0' }]
    await test.api.merge(path, { spec: { template: { spec: { containers } } } })
    await ready(test, namespace, 'web', 1)
    const plan = await planUndoRollout(cluster, { namespace, name: 'web' })
    const list = await test.api.get(pathOf(namespace, 'replicasets'))
    const old = new Set(
      JSON.stringify(list)
        .split('"kind":"Deployment"')
        .flatMap((part) => /"name":"(web-\w+)"/.exec(part)?.[1] ?? []),
    )
    for (const name of old) {
      const set = pathOf(namespace, 'replicasets', name)
      if ((await read(test, set, 'spec'))['replicas'] === 0) await test.api.delete(set)
    }
    await assert.rejects(planUndoRollout(cluster, { namespace, name: 'web' }), { code: 'bad_input' })
    await executeUndoRollout(cluster, plan.steps, execution(), plan)
    assert.match(JSON.stringify(await read(test, path, 'spec')), /v1\.2\.3/)
    assert.doesNotMatch(JSON.stringify(plan.steps), /pod-template-hash|resourceVersion/)
  },
)

clusterTest('who may not change it is told so by the plan', async (test, t) => {
  const namespace = await withNamespace(test)
  await deploy(test, namespace, 'web', 1)
  const viewer = await clusterOf(t, test, 'viewer')
  await assert.rejects(planScale(viewer, { namespace, name: 'web', replicas: 2 }), { code: 'forbidden' })
  await assert.rejects(planRestart(viewer, { namespace, name: 'web' }), { code: 'forbidden' })
})
