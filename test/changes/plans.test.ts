import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { Cluster } from '../../src/services/cluster.ts'
import { planApply } from '../../src/services/changes/apply-plan.ts'
import type { Planning } from '../../src/services/changes/compose.ts'
import { planCordon } from '../../src/services/changes/cordon.ts'
import { planCreatePod } from '../../src/services/changes/create-pod.ts'
import { planDeletePod, planDeleteResource } from '../../src/services/changes/delete.ts'
import { planDrain } from '../../src/services/changes/drain.ts'
import { planExec } from '../../src/services/changes/exec.ts'
import { planPatch } from '../../src/services/changes/patch.ts'
import type { Plan } from '../../src/services/changes/plan.ts'
import { planRestart } from '../../src/services/changes/restart.ts'
import { planScale } from '../../src/services/changes/scale.ts'
import { planUndoRollout } from '../../src/services/changes/undo-rollout.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { runPod } from '../support/pods.ts'
import { clusterOf, deploy, newNode, on, pathOf, podsWith, ready } from './support.ts'

const keyed = (value: unknown) => createHmac('sha256', 'key').update(JSON.stringify(value)).digest('hex')
const planning: Planning = { keyed }

/** What the drift check compares: all but the versions. */
const compared = ({ versions: _versions, ...plan }: Plan<unknown>) => plan

const manifest = `
{apiVersion: v1, kind: Service, metadata: {name: fresh, labels: {tier: front}}, spec: {type: NodePort, selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: once}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: "shop/job:v1.0"}]}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: bare}, spec: {containers: [{name: app, image: "shop/bare:v1.0"}]}}
---
{apiVersion: v1, kind: Secret, metadata: {name: key}, stringData: {password: hunter2, more: hunter3}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: disk}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {a: "2"}}
`

async function prepared(test: TestCluster) {
  const namespace = await withNamespace(test)
  const node = await newNode(test)
  await Promise.all([
    deploy(test, namespace, 'web', 2, { container: { env: [{ name: 'DB_PASSWORD', value: 'hunter2hunter2' }] } }),
    deploy(test, namespace, 'drained', 2, on(node)),
    runPod(test, namespace, 'alone', { labels: { app: 'alone' } }),
    test.api.create(pathOf(namespace, 'secrets'), { metadata: { name: 'key' }, stringData: { password: 'hunter2' } }),
    test.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' }, data: { a: '1' } }),
  ])
  const spec = { template: { spec: { containers: [{ name: 'app', image: 'shop/app:v2.0' }] } } }
  await test.api.merge(pathOf(namespace, 'deployments', 'web'), { spec })
  await ready(test, namespace, 'web', 2)
  return { namespace, node }
}

/** Every change, planned on the objects of `prepared`. */
const changes: Readonly<
  Record<string, (cluster: Cluster, place: { namespace: string; node: string }) => Promise<Plan<unknown>>>
> = {
  scale: (cluster, { namespace }) => planScale(cluster, { namespace, name: 'web', replicas: 1 }, planning),
  restart: (cluster, { namespace }) => planRestart(cluster, { namespace, name: 'web' }, planning),
  undoRollout: (cluster, { namespace }) => planUndoRollout(cluster, { namespace, name: 'web' }, planning),
  deletePod: (cluster, { namespace }) => planDeletePod(cluster, { namespace, name: 'alone' }, planning),
  deleteSecret: (cluster, { namespace }) =>
    planDeleteResource(cluster, { kind: 'secret', namespace, name: 'key' }, planning),
  deleteDeployment: (cluster, { namespace }) =>
    planDeleteResource(cluster, { kind: 'deploy', namespace, name: 'web' }, planning),
  deleteNamespace: (cluster, { namespace }) =>
    planDeleteResource(cluster, { kind: 'namespace', name: namespace }, planning),
  createPod: (cluster, { namespace }) =>
    planCreatePod(
      cluster,
      { namespace, name: 'tool', image: 'shop/tool:v1.0', env: { DB_PASSWORD: 'hunter2hunter2' }, labels: { a: 'b' } },
      planning,
    ),
  patchSecret: (cluster, { namespace }) =>
    planPatch(
      cluster,
      { kind: 'secret', namespace, name: 'key', patch: { stringData: { password: 'new', more: 'x' } } },
      planning,
    ),
  patchEnvironment: (cluster, { namespace }) =>
    planPatch(
      cluster,
      {
        kind: 'deploy',
        namespace,
        name: 'web',
        patch: {
          spec: {
            template: {
              spec: { containers: [{ name: 'app', env: [{ name: 'API_TOKEN', value: 'hunter4hunter4' }] }] },
            },
          },
        },
      },
      planning,
    ),
  cordon: (cluster, { node }) => planCordon(cluster, { name: node, cordon: true }, planning),
  drain: (cluster, { node }) => planDrain(cluster, { name: node }, planning),
  exec: (cluster, { namespace }) =>
    planExec(cluster, { namespace, name: 'alone', command: ['true'], stdin: 'x' }, planning),
  apply: (cluster, { namespace }) => planApply(cluster, { yamlContent: manifest, namespace, force: true }, planning),
}

clusterTest('every change that is planned twice is the same plan both times', async (test, t) => {
  const place = await prepared(test)
  const cluster = await clusterOf(t, test)
  for (const [name, plan] of Object.entries(changes)) {
    const [one, other] = [await plan(cluster, place), await plan(cluster, place)]
    assert.deepEqual(compared(other), compared(one), name)
    assert.doesNotMatch(JSON.stringify({ ...one, steps: undefined, undo: undefined }), /hunter|aHVudGVy/, name)
  }
})

clusterTest('every target carries the labels that its object has, or will have', async (test, t) => {
  const place = await prepared(test)
  const cluster = await clusterOf(t, test)
  const labelsOf = async (name: string) =>
    Object.fromEntries(((await changes[name]?.(cluster, place))?.targets ?? []).map((each) => [each.name, each.labels]))
  for (const name of Object.keys(changes))
    for (const [target, labels] of Object.entries(await labelsOf(name))) assert.ok(labels, `${name}: ${target}`)
  assert.deepEqual(await labelsOf('deletePod'), { alone: { app: 'alone' } })
  assert.deepEqual(await labelsOf('createPod'), { tool: { a: 'b' } })
  const applied = await labelsOf('apply')
  assert.deepEqual([applied['fresh'], applied['settings']], [{ tier: 'front' }, {}])
})

clusterTest('a Secret that was only touched is no drift, one with another value is', async (test, t) => {
  const { namespace } = await prepared(test)
  const cluster = await clusterOf(t, test)
  const path = pathOf(namespace, 'secrets', 'key')
  const hash = async (how: Planning) =>
    (await planDeleteResource(cluster, { kind: 'secret', namespace, name: 'key' }, how)).targets[0]?.hash
  const [withKey, without] = [await hash(planning), await hash({})]
  await test.api.merge(path, { metadata: { annotations: { note: 'a' } } })
  await test.api.merge(path, { metadata: { annotations: { note: null } } })
  assert.equal(await hash(planning), withKey)
  assert.notEqual(await hash({}), without)
  await test.api.merge(path, { stringData: { password: 'hunter9' } })
  assert.notEqual(await hash(planning), withKey)
})

clusterTest('pods of a deployment go by name in each plan that ends them', async (test, t) => {
  const { namespace, node } = await prepared(test)
  const cluster = await clusterOf(t, test)
  const pods = (await podsWith(test, namespace, 'drained')).map(({ metadata }) => metadata.name).toSorted()
  const plan = await planDrain(cluster, { name: node }, planning)
  assert.deepEqual(
    plan.targets.filter(({ kind }) => kind === 'Pod').map(({ name }) => name),
    pods,
  )
})
