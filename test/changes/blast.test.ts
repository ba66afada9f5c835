import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { planApply } from '../../src/services/changes/apply-plan.ts'
import { planDeletePod, planDeleteResource } from '../../src/services/changes/delete.ts'
import { planPatch } from '../../src/services/changes/patch.ts'
import { planRestart } from '../../src/services/changes/restart.ts'
import { planScale } from '../../src/services/changes/scale.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { budget, clusterOf, deploy, pathOf, podsWith, service, until } from './support.ts'

// What goes with a change, in numbers, as the controllers of a real cluster have it.

clusterTest('a Service loses its endpoints with its last pod, and not before', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'one', 1)
  await deploy(test, namespace, 'two', 2)
  await Promise.all([service(test, namespace, 'one', 1), service(test, namespace, 'two', 2)])
  const lostWith = async (app: string) => {
    const [pod] = await podsWith(test, namespace, app)
    const { blast, risk } = await planDeletePod(cluster, { namespace, name: pod?.metadata.name ?? '' })
    return [blast.servicesWithoutEndpoints, risk, blast.podsGone, blast.podsBack]
  }
  assert.deepEqual(await lostWith('one'), [[`${namespace}/one`], 'high', 1, 1])
  assert.deepEqual(await lostWith('two'), [[], 'low', 1, 1])
  const gone = await planDeleteResource(cluster, { kind: 'deploy', namespace, name: 'two' })
  assert.deepEqual(gone.blast.servicesWithoutEndpoints, [`${namespace}/two`])
  const scaled = await planScale(cluster, { namespace, name: 'two', replicas: 1 })
  assert.deepEqual([scaled.blast.servicesWithoutEndpoints, scaled.blast.podsGone], [[], 1])
})

clusterTest('a Service whose selector selects nothing any more is left without endpoints', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 1)
  await deploy(test, namespace, 'next', 1)
  await service(test, namespace, 'web', 1)
  const patched = async (patch: Record<string, unknown>) =>
    (await planPatch(cluster, { kind: 'service', namespace, name: 'web', patch })).blast.servicesWithoutEndpoints
  assert.deepEqual(await patched({ spec: { selector: { app: 'nobody' } } }), [`${namespace}/web`])
  assert.deepEqual(await patched({ spec: { selector: { app: 'next' } } }), [])
  assert.deepEqual(await patched({ metadata: { labels: { a: 'b' } } }), [])
  const yamlContent = `{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: nobody}, ports: [{port: 80}]}}`
  const applied = await planApply(cluster, { yamlContent, namespace, force: true })
  assert.deepEqual(applied.blast.servicesWithoutEndpoints, [`${namespace}/web`])
})

clusterTest('a rollout that recreates leaves a Service without endpoints, one that rolls does not', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 2)
  await service(test, namespace, 'web', 2)
  const restarted = async () => {
    const { blast } = await planRestart(cluster, { namespace, name: 'web' })
    return [blast.podsGone, blast.podsBack, blast.servicesWithoutEndpoints]
  }
  assert.deepEqual(await restarted(), [2, 2, []])
  await test.api.merge(pathOf(namespace, 'deployments', 'web'), {
    spec: { strategy: { type: 'Recreate', rollingUpdate: null } },
  })
  assert.deepEqual(await restarted(), [2, 2, [`${namespace}/web`]])
})

clusterTest('budgets are told with how much they still allow, and only those that are concerned', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 3)
  await deploy(test, namespace, 'other', 1)
  await Promise.all([budget(test, namespace, 'web', 2, 1), budget(test, namespace, 'other', 1, 0)])
  const [pod] = await podsWith(test, namespace, 'web')
  const free = await planDeletePod(cluster, { namespace, name: pod?.metadata.name ?? '' })
  assert.deepEqual([free.blast.budgets, free.warnings], [[{ name: `${namespace}/web`, disruptionsAllowed: 1 }], []])
  const [held] = await podsWith(test, namespace, 'other')
  const short = await planDeletePod(cluster, { namespace, name: held?.metadata.name ?? '' })
  assert.deepEqual(
    [short.blast.budgets, short.warnings.map(({ code }) => code)],
    [[{ name: `${namespace}/other`, disruptionsAllowed: 0 }], ['budget_exhausted']],
  )
})

clusterTest('a definition takes every object of its kind with it, and no other', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const group = `g${randomBytes(4).toString('hex')}.example.test`
  const name = `things.${group}`
  // Before the kind is there, so that it is not remembered.
  await cluster.discovery.resources(cluster.api)
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  await test.api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  })
  const path = `/apis/${group}/v1/namespaces/${namespace}/things`
  await until('the kind is served', () => test.api.answers(path), 20)
  for (const each of ['one', 'two', 'three'])
    await test.api.create(path, { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: each } })
  const plan = await planDeleteResource(cluster, { kind: 'crd', name })
  assert.deepEqual([plan.blast.cascade, plan.risk], [{ Thing: 3 }, 'critical'])
  assert.deepEqual(plan.warnings.map(({ code }) => code).toSorted(), ['cluster_scoped', 'crd_change'])
  assert.ok(plan.undo?.loses.includes('every object of its kind'))
})

clusterTest('who may not read budgets is told that they are not counted', async (test, t) => {
  const namespace = await withNamespace(test)
  await deploy(test, namespace, 'web', 1)
  const rules = [{ apiGroups: ['', 'apps'], resources: ['*'], verbs: ['*'] }]
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`
  await test.api.create(`${rbac}/roles`, { metadata: { name: 'some' }, rules })
  await test.api.create(`${rbac}/rolebindings`, {
    metadata: { name: 'some' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'some' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'nobody' }],
  })
  const nobody = await clusterOf(t, test, 'nobody')
  const plan = await planScale(nobody, { namespace, name: 'web', replicas: 0 })
  assert.deepEqual(plan.blast.budgets, [])
  assert.ok(plan.notes.some((note) => /PodDisruptionBudget objects of namespace \S+ may not be read/.test(note)))
})
