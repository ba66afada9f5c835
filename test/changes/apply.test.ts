import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Problem } from '../../src/errors.ts'
import { evidenceApply, executeApply } from '../../src/services/changes/apply.ts'
import { planApply } from '../../src/services/changes/apply-plan.ts'
import { executeScale, planScale } from '../../src/services/changes/scale.ts'
import { Stale } from '../../src/services/changes/outcomes.ts'
import { undoInput } from '../../src/services/changes/undo.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { audited, clusterOf, execution, pathOf, read } from './support.ts'

const word = () => randomBytes(4).toString('hex')

const deployment = (replicas: number, image = 'shop/web:v1.0') => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "${image}"}]}
`

clusterTest('a manifest with its own namespace and kind is written in the order that works', async (test, t) => {
  const cluster = await clusterOf(t, test)
  const [group, namespace] = [`${word()}.example.test`, `test-${word()}`]
  const yamlContent = `
{apiVersion: ${group}/v1, kind: Thing, metadata: {name: one, namespace: ${namespace}}, spec: {size: 1}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: ${namespace}}, data: {a: b}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.${group}}
spec:
  group: ${group}
  scope: Namespaced
  names: {plural: things, singular: thing, kind: Thing}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: ${namespace}}}
`
  const plan = await planApply(cluster, { yamlContent })
  assert.deepEqual(
    plan.diff.map(({ target, dryRun }) => [target.split(' ')[0], dryRun]),
    [
      ['Namespace', true],
      ['CustomResourceDefinition', true],
      ['Thing', false],
      ['ConfigMap', false],
    ],
  )
  assert.deepEqual(plan.warnings.map(({ code }) => code).toSorted(), [
    'cluster_scoped',
    'cluster_scoped',
    'crd_change',
    'namespace_change',
  ])
  assert.ok(plan.notes.some((note) => /ConfigMap .* was not dry-run/.test(note)))
  assert.equal(plan.risk, 'high')
  const run = execution()
  const done = await executeApply(cluster, plan.steps, run, plan)
  assert.deepEqual(
    done.output.objects.map(({ kind, outcome }) => `${kind} ${outcome}`),
    ['Namespace created', 'CustomResourceDefinition created', 'Thing created', 'ConfigMap created'],
  )
  assert.deepEqual([done.outcome, done.done, done.total], ['succeeded', 4, 4])
  assert.equal((await audited(test, run.id)).length, 4)
  assert.equal((await evidenceApply(cluster, plan.steps, run.id)).outcome, 'succeeded')
  assert.equal((await evidenceApply(cluster, plan.steps, 'other')).outcome, 'failed')
  assert.equal(plan.undo?.operation, 'infra.k8s.resources.deleteResource')
  assert.equal(plan.undo?.next?.length, 3)
})

clusterTest('objects that are there are changed with their versions, and put back by the undo', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const first = await planApply(cluster, { yamlContent: deployment(1), namespace })
  await executeApply(cluster, first.steps, execution(), first)
  const manifest = deployment(2, 'shop/web:v2.0')
  const plan = await planApply(cluster, { yamlContent: manifest, namespace })
  assert.deepEqual(
    await planApply(cluster, { yamlContent: manifest, namespace }).then(({ diff, steps }) => ({ diff, steps })),
    { diff: plan.diff, steps: plan.steps },
  )
  assert.deepEqual(
    plan.diff[0]?.changes.map(({ path }) => path),
    ['spec.replicas', 'spec.template.spec.containers[app].image'],
  )
  assert.deepEqual([plan.blast.podsGone, plan.blast.podsBack], [1, 2])
  const run = execution()
  assert.equal((await executeApply(cluster, plan.steps, run, plan)).outcome, 'succeeded')
  assert.equal((await audited(test, run.id)).at(-1), 'patch deployments 200')
  assert.equal((await evidenceApply(cluster, plan.steps, run.id)).outcome, 'succeeded')
  await assert.rejects(planApply(cluster, { yamlContent: manifest, namespace }), { code: 'nothing_to_change' })
  assert.ok(plan.undo !== undefined)
  const undo = await planApply(cluster, {
    yamlContent: String(undoInput(plan.undo)['yamlContent']),
    namespace,
    force: true,
  })
  await executeApply(cluster, undo.steps, execution(), undo)
  const spec = JSON.stringify(await read(test, pathOf(namespace, 'deployments', 'web'), 'spec'))
  assert.match(spec, /"replicas":1.*shop\/web:v1\.0/)
})

clusterTest('fields of other managers are never taken unless the request says so; our own are', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await test.kubectl(
    ['apply', '--server-side', '--field-manager=somebody', `--namespace=${namespace}`, '--filename=-'],
    { input: deployment(1) },
  )
  const asked = { yamlContent: deployment(3), namespace }
  await assert.rejects(
    planApply(cluster, asked),
    (error) =>
      error instanceof Problem &&
      error.code === 'field_conflict' &&
      /\.spec\.replicas of "somebody"/.test(error.message),
  )
  const plan = await planApply(cluster, { ...asked, force: true })
  assert.deepEqual(
    plan.warnings.map(({ code }) => code),
    ['field_manager_conflict'],
  )
  assert.match(plan.warnings[0]?.text ?? '', /"somebody".*spec\.replicas/)
  await executeApply(cluster, plan.steps, execution(), plan)

  const scale = await planScale(cluster, { namespace, name: 'web', replicas: 2 })
  await executeScale(cluster, scale.steps, execution(), scale)
  const ours = await planApply(cluster, { yamlContent: deployment(4), namespace })
  assert.deepEqual([ours.warnings, ours.steps.objects[0]?.force], [[], true])
  await executeApply(cluster, ours.steps, execution(), ours)
  assert.equal((await read(test, pathOf(namespace, 'deployments', 'web'), 'spec'))['replicas'], 4)
})

clusterTest('what would be refused reaches nobody, and is told with its line', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const yamlContent = `{apiVersion: v1, kind: ConfigMap, metadata: {name: fine}}\n---\n{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 99999}]}}\n`
  await assert.rejects(
    planApply(cluster, { yamlContent, namespace }),
    (error) =>
      error instanceof Problem &&
      error.code === 'bad_manifest' &&
      /1 of 2 objects.*Service .*line 3/.test(error.message),
  )
})

clusterTest(
  'an object that changed or appeared since is not written; the others that come after are, and each is told',
  async (test, t) => {
    const namespace = await withNamespace(test)
    const cluster = await clusterOf(t, test)
    const map = (name: string) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}, data: {a: new}}`
    const path = pathOf(namespace, 'configmaps')
    await test.api.create(path, { metadata: { name: 'first' }, data: { a: 'old' } })
    const alone = await planApply(cluster, { yamlContent: map('first'), namespace, force: true })
    await test.api.merge(`${path}/first`, { data: { b: 'other' } })
    await assert.rejects(executeApply(cluster, alone.steps, execution(), alone), Stale)
    const plan = await planApply(cluster, {
      yamlContent: [map('first'), map('second'), map('third')].join('\n---\n'),
      namespace,
      force: true,
    })
    await test.api.create(path, { metadata: { name: 'second' }, data: { a: 'theirs' } })
    const run = execution()
    const done = await executeApply(cluster, plan.steps, run, plan)
    assert.deepEqual(
      done.output.objects.map(({ name, outcome }) => `${name} ${outcome}`),
      ['first changed', 'second stale', 'third created'],
    )
    assert.deepEqual([done.outcome, done.done, done.total], ['partially_applied', 2, 3])
    assert.deepEqual((await read(test, `${path}/second`, 'data'))['a'], 'theirs')
    assert.equal((await evidenceApply(cluster, plan.steps, run.id)).outcome, 'partially_applied')
  },
)

clusterTest('values of a Secret are set, changed or unchanged, and never told', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await test.api.create(pathOf(namespace, 'secrets'), {
    metadata: { name: 'key' },
    stringData: { same: 'hunter2', other: 'old' },
  })
  const yamlContent = `{apiVersion: v1, kind: Secret, metadata: {name: key}, stringData: {same: hunter2, other: hunter3, more: hunter4}}`
  const plan = await planApply(cluster, { yamlContent, namespace })
  const { steps, ...told } = plan
  assert.deepEqual(Object.fromEntries((plan.diff[0]?.changes ?? []).map(({ path, to }) => [path, to])), {
    'data.same': 'unchanged',
    'data.other': 'changed',
    'data.more': 'set',
  })
  assert.doesNotMatch(JSON.stringify({ ...told, undo: undefined }), /hunter|aHVudGVy/)
  await executeApply(cluster, steps, execution(), plan)
  assert.equal(
    (await read(test, pathOf(namespace, 'secrets', 'key'), 'data'))['other'],
    Buffer.from('hunter3').toString('base64'),
  )
})
