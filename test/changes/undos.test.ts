import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import type { Cluster } from '../../src/services/cluster.ts'
import { executeApply } from '../../src/services/changes/apply.ts'
import { planApply } from '../../src/services/changes/apply-plan.ts'
import { executeCordon, planCordon } from '../../src/services/changes/cordon.ts'
import { executeCreatePod, planCreatePod } from '../../src/services/changes/create-pod.ts'
import { executeDelete, planDeletePod, planDeleteResource } from '../../src/services/changes/delete.ts'
import { executePatch, planPatch } from '../../src/services/changes/patch.ts'
import type { Done, Execution, Plan, Undo } from '../../src/services/changes/plan.ts'
import { executeScale, planScale } from '../../src/services/changes/scale.ts'
import { undoInput } from '../../src/services/changes/undo.ts'
import { executeUndoRollout, planUndoRollout } from '../../src/services/changes/undo-rollout.ts'
import { comparable } from '../../src/services/manifests/comparable.ts'
import { isRecord } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { runPod } from '../support/pods.ts'
import { clusterOf, deploy, execution, newNode, pathOf, ready, until } from './support.ts'

// Each change is done and undone by what its own plan names, and the object is then what it was.

type Change = (cluster: Cluster, input: never) => Promise<Plan<unknown>>

const run =
  <Steps>(
    plan: (cluster: Cluster, input: never) => Promise<Plan<Steps>>,
    execute: (cluster: Cluster, steps: Steps, run: Execution, fresh: Plan<Steps>) => Promise<Done<unknown>>,
  ): Change =>
  async (cluster, input) => {
    const planned = await plan(cluster, input)
    assert.equal((await execute(cluster, planned.steps, execution(), planned)).outcome, 'succeeded')
    return planned
  }

const OPERATIONS: Readonly<Record<string, Change>> = {
  'infra.k8s.deployments.scaleDeployment': run(planScale, executeScale),
  'infra.k8s.deployments.undoRollout': run(planUndoRollout, executeUndoRollout),
  'infra.k8s.nodes.cordonNode': run(planCordon, executeCordon),
  'infra.k8s.pods.createPod': run(planCreatePod, executeCreatePod),
  'infra.k8s.pods.deletePod': run(planDeletePod, executeDelete),
  'infra.k8s.resources.deleteResource': run(planDeleteResource, executeDelete),
  'infra.k8s.resources.patchResource': run(planPatch, executePatch),
  'infra.k8s.apply.applyManifest': run(planApply, executeApply),
}

const isInput = (_input: unknown): _input is never => true

async function change(cluster: Cluster, operation: string, input: unknown): Promise<Plan<unknown>> {
  const found = OPERATIONS[operation]
  if (found === undefined || !isInput(input)) throw new Error(`no operation ${operation}`)
  return found(cluster, input)
}

async function undo(cluster: Cluster, given: Undo | undefined): Promise<void> {
  assert.ok(given !== undefined, 'it has no undo')
  await change(cluster, given.operation, undoInput(given))
  for (const next of given.next ?? []) await undo(cluster, next)
}

const isObject = (value: unknown): value is KubeObject => isRecord(value) && isRecord(value['metadata'])

// Controllers' notes about rollouts, and our own about what made an object.
const NOTES = /^(?:deployment\.kubernetes\.io\/|k8s-mcp\/execution$)/

/** What a manifest could say of an object; undefined where it is not there. */
async function stateOf({ api }: TestCluster, path: string): Promise<unknown> {
  const object = (await api.answers(path)) ? await api.get(path) : undefined
  if (!isObject(object)) return undefined
  const { metadata, ...rest } = comparable(object)
  const { annotations = {}, ...meta } = metadata
  const kept = Object.entries(annotations).filter(([name]) => !NOTES.test(name))
  return { ...rest, metadata: { ...meta, annotations: Object.fromEntries(kept) } }
}

async function isUndone(
  test: TestCluster,
  cluster: Cluster,
  [operation, input]: readonly [string, object],
  ...paths: string[]
): Promise<Undo> {
  const states = () => Promise.all(paths.map((path) => stateOf(test, path)))
  const before = await states()
  const plan = await change(cluster, operation, input)
  assert.notDeepEqual(await states(), before, `${operation} changed nothing`)
  await undo(cluster, plan.undo)
  // Controllers follow: pods end, taints go.
  await until('it is as it was', async () => isDeepStrictEqual(await states(), before), 5).catch(() => undefined)
  assert.deepEqual(await states(), before, operation)
  return plan.undo ?? assert.fail()
}

clusterTest('scales, rollouts and cordons are undone', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const node = await newNode(test)
  await deploy(test, namespace, 'web', 3)
  const path = pathOf(namespace, 'deployments', 'web')
  const spec = { template: { spec: { containers: [{ name: 'app', image: 'shop/app:v2.0' }] } } }
  await test.api.merge(path, { spec })
  await ready(test, namespace, 'web', 3)
  const web = { namespace, name: 'web' }
  const rollout = await isUndone(test, cluster, ['infra.k8s.deployments.undoRollout', web], path)
  assert.ok(rollout.loses.includes('logs and local data of the pods that end'))
  const scale = await isUndone(test, cluster, ['infra.k8s.deployments.scaleDeployment', { ...web, replicas: 1 }], path)
  assert.ok(scale.loses.includes('logs and local data of the pods that end'))
  const cordon = await isUndone(
    test,
    cluster,
    ['infra.k8s.nodes.cordonNode', { name: node, cordon: true }],
    `/api/v1/nodes/${node}`,
  )
  assert.deepEqual(cordon.loses, [])
})

clusterTest('patches are undone, those of secret values too', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 1, {
    container: {
      env: [
        { name: 'DB_PASSWORD', value: 'hunter1hunter1' },
        { name: 'LEVEL', value: 'info' },
      ],
    },
  })
  await test.api.create(pathOf(namespace, 'secrets'), {
    metadata: { name: 'key' },
    stringData: { a: 'hunter1', b: 'hunter2' },
  })
  const patch = 'infra.k8s.resources.patchResource'
  const secret = { kind: 'secret', namespace, name: 'key' }
  const keyPath = pathOf(namespace, 'secrets', 'key')
  await isUndone(
    test,
    cluster,
    [patch, { ...secret, type: 'merge', patch: { stringData: { a: 'new', c: 'more' } } }],
    keyPath,
  )
  await isUndone(test, cluster, [patch, { ...secret, type: 'merge', patch: { data: { b: null } } }], keyPath)
  await isUndone(
    test,
    cluster,
    [
      patch,
      {
        ...secret,
        type: 'json',
        patch: [
          { op: 'replace', path: '/data/a', value: 'bmV3' },
          { op: 'remove', path: '/data/b' },
        ],
      },
    ],
    keyPath,
  )
  const web = { kind: 'deploy', namespace, name: 'web' }
  const env = (name: string, value: string) => ({
    spec: { template: { spec: { containers: [{ name: 'app', env: [{ name, value }] }] } } },
  })
  const path = pathOf(namespace, 'deployments', 'web')
  await isUndone(test, cluster, [patch, { ...web, patch: env('DB_PASSWORD', 'hunter9hunter9') }], path)
  await isUndone(test, cluster, [patch, { ...web, patch: env('API_TOKEN', 'hunter8hunter8') }], path)
  await isUndone(
    test,
    cluster,
    [patch, { ...web, patch: { metadata: { labels: { tier: 'front' } }, spec: { minReadySeconds: 2 } } }],
    path,
  )
  await isUndone(
    test,
    cluster,
    [
      patch,
      {
        ...web,
        type: 'json',
        patch: [{ op: 'replace', path: '/spec/template/spec/containers/0/env/0/value', value: 'hunter7hunter7' }],
      },
    ],
    path,
  )
})

clusterTest('what was made is taken away, and what was deleted is made again', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const made = await isUndone(
    test,
    cluster,
    ['infra.k8s.pods.createPod', { namespace, name: 'tool', image: 'shop/tool:v1.0' }],
    pathOf(namespace, 'pods', 'tool'),
  )
  assert.ok(made.loses.includes('its logs'))
  await deploy(test, namespace, 'web', 1, { labels: { tier: 'front' } })
  await Promise.all([
    test.api.create(pathOf(namespace, 'secrets'), {
      metadata: { name: 'key', labels: { a: 'b' } },
      type: 'Opaque',
      stringData: { a: 'hunter2' },
    }),
    test.api.create(pathOf(namespace, 'configmaps'), {
      metadata: { name: 'settings', annotations: { note: 'x' } },
      data: { a: '1' },
    }),
  ])
  for (const [kind, kinds, name] of [
    ['secret', 'secrets', 'key'],
    ['cm', 'configmaps', 'settings'],
  ] as const)
    await isUndone(
      test,
      cluster,
      ['infra.k8s.resources.deleteResource', { kind, namespace, name }],
      pathOf(namespace, kinds, name),
    )
  const path = pathOf(namespace, 'deployments', 'web')
  const before = await stateOf(test, path)
  const plan = await change(cluster, 'infra.k8s.resources.deleteResource', { kind: 'deploy', namespace, name: 'web' })
  assert.deepEqual(
    plan.undo?.objects?.map(({ metadata }) => metadata.annotations),
    [undefined],
  )
  assert.match(plan.undo?.loses.join() ?? '', /what is deleted with it.*1 Pod, 1 ReplicaSet/)
  await until('its pods are gone', async () => !(await test.api.answers(path)))
  await undo(cluster, plan.undo)
  assert.deepEqual(await stateOf(test, path), before)
  await ready(test, namespace, 'web', 1)
})

clusterTest('a pod that nothing brings back is made again as it was, and what is lost is said', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await runPod(test, namespace, 'alone', { labels: { app: 'alone' }, annotations: { note: 'keep' } })
  const path = pathOf(namespace, 'pods', 'alone')
  // Where it runs and how it reaches the API server is chosen anew.
  const lasting = async () =>
    JSON.parse(
      JSON.stringify(await stateOf(test, path), (key, value) => (key === 'nodeName' ? undefined : value)).replaceAll(
        /kube-api-access-\w+/g,
        'token',
      ),
    )
  const before = await lasting()
  const plan = await change(cluster, 'infra.k8s.pods.deletePod', { namespace, name: 'alone', gracePeriodSeconds: 0 })
  assert.deepEqual(plan.undo?.loses, ['its logs', 'data in its emptyDir volumes', 'the node it runs on'])
  await until('it is gone', async () => !(await test.api.answers(path)))
  await undo(cluster, plan.undo)
  assert.deepEqual(await lasting(), before)
})

clusterTest('a manifest that changed some objects and made others is undone in all of them', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 1)
  await Promise.all([
    test.api.create(pathOf(namespace, 'secrets'), { metadata: { name: 'key' }, stringData: { a: 'hunter1' } }),
    test.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' }, data: { a: '1', b: '2' } }),
  ])
  const yamlContent = `
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, labels: {new: "yes"}}, data: {a: "9", c: "3"}}
---
{apiVersion: v1, kind: Secret, metadata: {name: key}, stringData: {a: hunter9, more: hunter8}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: "shop/app:v9.0"}]}}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: fresh}, data: {a: b}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
`
  const paths = [
    ['configmaps', 'settings'],
    ['secrets', 'key'],
    ['deployments', 'web'],
    ['configmaps', 'fresh'],
    ['services', 'web'],
  ].map(([kind = '', name = '']) => pathOf(namespace, kind, name))
  const undone = await isUndone(
    test,
    cluster,
    ['infra.k8s.apply.applyManifest', { yamlContent, namespace, force: true }],
    ...paths,
  )
  assert.ok(undone.loses.includes('fields that stay because another manager holds them too'))
  assert.deepEqual(
    undone.next?.map(({ loses }) => loses),
    [['what it did while it was there'], ['what it did while it was there']],
  )
})
