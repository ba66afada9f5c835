import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Problem } from '../../src/errors.ts'
import { evidenceApply, executeApply } from '../../src/services/changes/apply.ts'
import { planApply } from '../../src/services/changes/apply-plan.ts'
import { executeScale, planScale } from '../../src/services/changes/scale.ts'
import { Cancelled, Stale } from '../../src/services/changes/outcomes.ts'
import { planPatch } from '../../src/services/changes/patch.ts'
import { undoInput } from '../../src/services/changes/undo.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { audited, clusterOf, execution, pathOf, read, until, watched } from './support.ts'

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
  assert.equal((await evidenceApply(cluster, plan.steps, 'other')).outcome, 'unknown')
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
    // Somebody else's object does not show that ours was never there.
    assert.equal((await evidenceApply(cluster, plan.steps, run.id)).outcome, 'unknown')
  },
)

clusterTest(
  'of a new object, what was asked for comes first; what the API server fills in is marked',
  async (test, t) => {
    const namespace = await withNamespace(test)
    const cluster = await clusterOf(t, test)
    const container = '{name: app, image: nginx:1.27}'
    const yamlContent = `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [${container}]}}`
    const { diff } = await planApply(cluster, { yamlContent, namespace })
    const rows = diff[0]?.changes ?? []
    const asked = rows.filter(({ filled }) => filled !== true).map(({ path }) => path)
    assert.deepEqual(asked, ['spec.containers[app].name', 'spec.containers[app].image'])
    assert.deepEqual(
      asked,
      rows.slice(0, 2).map(({ path }) => path),
    )
    assert.ok(rows.length > 20 && rows.some(({ path }) => path === 'spec.restartPolicy'))
    const secret = '{apiVersion: v1, kind: Secret, metadata: {name: key}, stringData: {a: one, b: two}}'
    const made = await planApply(cluster, { yamlContent: secret, namespace })
    assert.deepEqual(
      made.diff[0]?.changes.filter(({ op }) => op === 'set'),
      ['data.a', 'data.b'].map((path) => ({ path, op: 'set', to: 'set' })),
    )
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
  await assert.rejects(
    planApply(cluster, { yamlContent, namespace }),
    (error) =>
      error instanceof Problem && error.code === 'field_conflict' && /\.data\.same.* of "unknown"/.test(error.message),
  )
  const plan = await planApply(cluster, { yamlContent, namespace, force: true })
  assert.deepEqual(
    plan.warnings.map(({ code }) => code),
    ['field_manager_conflict'],
  )
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

clusterTest('warnings judge what the API server makes of a manifest, not only what it says', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const group = `${word()}.example.test`
  const pods = {
    type: 'object',
    default: { spec: { hostNetwork: true, containers: [{ name: 'added', image: 'shop/added:latest' }] } },
    'x-kubernetes-preserve-unknown-fields': true,
  }
  const schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { template: pods, size: { type: 'integer' } } } },
  }
  const definition = (kind: string, plural: string, openAPIV3Schema: object) => ({
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  })
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const plain = {
    ...schema,
    properties: { spec: { ...schema.properties.spec, properties: { size: { type: 'integer' } } } },
  }
  await test.api.create(crds, definition('Mighty', 'mighties', schema))
  await test.api.create(crds, definition('Meek', 'meeks', plain))
  const planned = (kind: string) =>
    planApply(cluster, {
      yamlContent: `{apiVersion: ${group}/v1, kind: ${kind}, metadata: {name: one}, spec: {size: 1}}`,
      namespace,
    })
  const served = (plural: string) => test.api.answers(`/apis/${group}/v1/namespaces/${namespace}/${plural}`)
  await until('the kinds are served', async () => (await served('mighties')) && served('meeks'), 20)
  // The API server says a moment later that they can be tried.
  const isTried = async (kind: string) => (await planned(kind)).diff[0]?.dryRun === true
  await until('the kinds can be tried', async () => (await isTried('Mighty')) && isTried('Meek'), 20)
  const of = async (kind: string) => (await planned(kind)).warnings.map(({ code }) => code)
  assert.deepEqual(await of('Mighty'), ['privileged_pod', 'mutable_tag'])
  assert.deepEqual(await of('Meek'), [])
})

clusterTest('what became of an apply that gives secrets is seen in the cluster, and never told', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await test.api.create(pathOf(namespace, 'secrets'), { metadata: { name: 'key' }, stringData: { a: 'hunter1' } })
  await test.api.create(pathOf(namespace, 'configmaps'), {
    metadata: { name: 'settings' },
    data: { DB_PASSWORD: 'hunter1' },
  })
  const yamlContent = `{apiVersion: v1, kind: Secret, metadata: {name: key}, stringData: {a: hunter2}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {DB_PASSWORD: hunter2}}`
  const plan = await planApply(cluster, { yamlContent, namespace, force: true })
  const before = await evidenceApply(cluster, plan.steps, 'any')
  assert.equal(before.outcome, 'unknown')
  await executeApply(cluster, plan.steps, execution(), plan)
  const after = await evidenceApply(cluster, plan.steps, 'any')
  assert.equal(after.outcome, 'succeeded')
  assert.doesNotMatch(JSON.stringify([before, after]), /hunter|aHVudGVy/)
  await test.api.merge(pathOf(namespace, 'secrets', 'key'), { stringData: { a: 'hunter3' } })
  assert.equal((await evidenceApply(cluster, plan.steps, 'any')).outcome, 'unknown')
})

const maps = (...names: string[]) =>
  names.map((name) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}, data: {a: b}}`).join('\n---\n')

clusterTest(
  'an apply that is cancelled between two objects ends there and says of each what was done',
  async (test, t) => {
    const namespace = await withNamespace(test)
    const cluster = await clusterOf(t, test)
    const plan = await planApply(cluster, { yamlContent: maps('one', 'two', 'three'), namespace })
    const stopped = execution(() => {
      throw new Cancelled()
    })
    const done = await executeApply(cluster, plan.steps, stopped, plan)
    const told = ({ output }: typeof done) => output.objects.map(({ name, outcome }) => `${name} ${outcome}`)
    assert.deepEqual(
      [done.outcome, told(done), done.done, done.total],
      ['cancelled', ['one created', 'two not-sent', 'three not-sent'], 1, 3],
    )
    assert.equal((await audited(test, stopped.id)).length, 1)
    assert.equal((await evidenceApply(cluster, plan.steps, stopped.id)).outcome, 'unknown')

    // The gate holds the write itself back where it was stopped after the last step was told.
    const other = await planApply(cluster, { yamlContent: maps('four', 'five'), namespace })
    const held = execution()
    const run = {
      ...held,
      async beforeSend() {
        if (held.sent++ === 1) throw new Cancelled()
      },
    }
    const rest = await executeApply(cluster, other.steps, run, other)
    assert.deepEqual([rest.outcome, told(rest)], ['cancelled', ['four created', 'five not-sent']])
    await assert.rejects(
      executeApply(cluster, other.steps, { ...held, beforeSend: () => Promise.reject(new Cancelled()) }, other),
      Cancelled,
    )
  },
)

clusterTest('a manifest that is not one for this request sends nothing, and says why', async (test, t) => {
  const namespace = await withNamespace(test)
  const { hold, writes } = await watched(t, test)
  const pod = (metadata: string) => `{apiVersion: v1, kind: ConfigMap, metadata: ${metadata}}`
  const many = Array.from({ length: 51 }, (_, index) => `n${index}`)
  const list = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: many.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })),
  })
  const bad: [string, RegExp][] = [
    [maps(...many), /more than 50 (?:objects|documents)/],
    [list, /more than 50 (?:objects|documents)/],
    [
      `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: ${'x'.repeat(2 * 1024 * 1024)}}}`,
      /MiB|bytes|characters/,
    ],
    [pod('{name: a, namespace: elsewhere}'), /elsewhere/],
    [pod('{generateName: a-}'), /generateName/],
    [pod('{name: a, uid: b}'), /metadata\.uid/],
    [pod('{name: a, resourceVersion: "1"}'), /metadata\.resourceVersion/],
    [pod('{name: a, managedFields: []}'), /metadata\.managedFields/],
    ['{apiVersion: v1, kind: Nonsense, metadata: {name: a}}', /Nonsense/],
    ['{apiVersion: v1, kind: List, items: []}', /no objects/],
    ['a: [', /Line 1/],
    [`${pod('{name: a}')}\n---\n${pod('{name: a}')}`, /twice/],
  ]
  for (const [yamlContent, why] of bad)
    await assert.rejects(
      planApply(hold, { yamlContent, namespace }),
      (error) => error instanceof Problem && error.code === 'bad_manifest' && why.test(error.message),
      yamlContent.slice(0, 100),
    )
  assert.deepEqual(writes(), [])
})

clusterTest('a diff that is cut says by how much', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  const path = pathOf(namespace, 'configmaps')
  const values = Object.fromEntries(Array.from({ length: 700 }, (_, index) => [`k${index}`, 'v'.repeat(90)]))
  const manifest = (data: object) =>
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'many' }, data })
  const plan = await planApply(cluster, { yamlContent: manifest(values), namespace })
  assert.deepEqual([plan.diff[0]?.changes.length, plan.diff[0]?.cut], [600, 100])
  await test.api.create(path, { metadata: { name: 'many' }, data: values })
  const patch = await planPatch(cluster, {
    kind: 'cm',
    namespace,
    name: 'many',
    type: 'merge',
    patch: { data: Object.fromEntries(Object.keys(values).map((key) => [key, 'other'])) },
  })
  assert.deepEqual([patch.diff[0]?.changes.length, patch.diff[0]?.cut], [600, 100])
  const long = await planApply(cluster, { yamlContent: manifest({ long: 'x'.repeat(5_000) }), namespace, force: true })
  assert.ok(long.diff[0]?.changes.some(({ to = '' }) => to.endsWith('… (5000 characters)')))
})
