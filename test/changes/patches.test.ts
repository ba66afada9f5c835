import assert from 'node:assert/strict'
import { evidencePatch, executePatch, planPatch, type PatchQuestion } from '../../src/services/changes/patch.ts'
import { Problem } from '../../src/errors.ts'
import { Stale } from '../../src/services/changes/outcomes.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { audited, clusterOf, deploy, execution, pathOf, read, watched } from './support.ts'

clusterTest('merge, strategic and JSON patches are planned, sent once, seen and undone', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await deploy(test, namespace, 'web', 1)
  const path = pathOf(namespace, 'deployments', 'web')
  const patches: Pick<PatchQuestion, 'type' | 'patch'>[] = [
    { type: 'merge', patch: { spec: { minReadySeconds: 3 }, metadata: { labels: { new: 'yes' } } } },
    {
      type: 'strategic',
      patch: { spec: { template: { spec: { containers: [{ name: 'app', image: 'shop/app:v9.9' }] } } } },
    },
    {
      type: 'json',
      patch: [
        { op: 'add', path: '/metadata/annotations/note', value: 'x' },
        { op: 'test', path: '/spec/replicas', value: 1 },
      ],
    },
  ]
  for (const patch of patches) {
    const before = await read(test, path, 'spec')
    const plan = await planPatch(cluster, { kind: 'deployment', namespace, name: 'web', ...patch })
    const run = execution()
    await executePatch(cluster, plan.steps, run, plan)
    assert.equal((await audited(test, run.id)).at(-1), 'patch deployments 200')
    assert.equal((await evidencePatch(cluster, plan.steps, run.id)).outcome, 'succeeded')
    await assert.rejects(planPatch(cluster, { kind: 'deployment', namespace, name: 'web', ...patch }), {
      code: 'nothing_to_change',
    })
    const { kind, name, patch: inverse } = Object(plan.undo?.input)
    const undo = await planPatch(cluster, { kind, namespace, name, type: 'merge', patch: inverse })
    await executePatch(cluster, undo.steps, execution(), undo)
    assert.deepEqual(await read(test, path, 'spec'), before)
  }
  assert.doesNotMatch(JSON.stringify(await read(test, path, 'metadata')), /"new"|"note"/)
})

clusterTest('a patch of an object that changed since is not sent', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await test.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' }, data: { a: '1' } })
  for (const patch of [
    { type: 'merge' as const, patch: { data: { b: '2' } } },
    { type: 'json' as const, patch: [{ op: 'add', path: '/data/b', value: '2' }] },
  ]) {
    const plan = await planPatch(cluster, { kind: 'cm', namespace, name: 'settings', ...patch })
    await test.api.merge(pathOf(namespace, 'configmaps', 'settings'), { data: { a: patch.type } })
    await assert.rejects(executePatch(cluster, plan.steps, execution(), plan), Stale)
  }
  assert.deepEqual(Object.keys(await read(test, pathOf(namespace, 'configmaps', 'settings'), 'data')), ['a'])
})

clusterTest('a patch cannot ask about a secret, nor tell it', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await test.api.create(pathOf(namespace, 'secrets'), {
    metadata: { name: 'key' },
    stringData: { same: 'hunter2', other: 'old' },
  })
  const plan = (patch: PatchQuestion['patch'], type: 'merge' | 'json') =>
    planPatch(cluster, { kind: 'secret', namespace, name: 'key', type, patch })
  const path = '/data/same'
  for (const operation of [
    { op: 'test', path, value: 'aHVudGVyMg==' },
    { op: 'copy', from: path, path: '/metadata/annotations/x' },
    { op: 'move', from: path, path: '/data/x' },
  ])
    await assert.rejects(plan([operation], 'json'), { code: 'bad_input' })
  const merged = await plan({ stringData: { same: 'hunter2', other: 'hunter3' } }, 'merge')
  assert.deepEqual(merged.diff[0]?.changes, [
    { path: 'data.same', op: 'set', to: 'unchanged' },
    { path: 'data.other', op: 'set', to: 'changed' },
  ])
  const replaced = await plan([{ op: 'replace', path, value: 'aHVudGVyNA==' }], 'json')
  assert.deepEqual(replaced.diff[0]?.changes, [{ path: 'data.same', op: 'set', to: 'changed' }])
  assert.doesNotMatch(
    JSON.stringify([merged, replaced].map((each) => ({ ...each, steps: undefined, undo: undefined }))),
    /hunter|aHVudGVy/,
  )
  await assert.rejects(
    plan({ dat: { a: 'b' } }, 'merge'),
    (error) => error instanceof Problem && /unknown field "dat"/.test(error.message) && !/aHVudGVy/.test(error.message),
  )
  await executePatch(cluster, merged.steps, execution(), merged)
  assert.equal(
    (await read(test, pathOf(namespace, 'secrets', 'key'), 'data'))['other'],
    Buffer.from('hunter3').toString('base64'),
  )
})

clusterTest('what is not a patch, or is about another object, is refused', async (test, t) => {
  const namespace = await withNamespace(test)
  const cluster = await clusterOf(t, test)
  await test.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' }, data: { a: '1' } })
  const bad: [Pick<PatchQuestion, 'type' | 'patch'>, string][] = [
    [{ type: 'merge', patch: [] }, 'bad_input'],
    [{ type: 'json', patch: {} }, 'bad_input'],
    [{ type: 'json', patch: [{ op: 'jump', path: '/a' }] }, 'bad_input'],
    [{ type: 'json', patch: [{ op: 'replace', path: '/metadata/name', value: 'x' }] }, 'bad_input'],
    [{ type: 'json', patch: [{ op: 'replace', path: '', value: {} }] }, 'bad_input'],
    [{ type: 'merge', patch: { metadata: { resourceVersion: '1' } } }, 'bad_input'],
    [{ type: 'merge', patch: { metadata: { name: 'other' } } }, 'bad_input'],
    [{ type: 'merge', patch: { kind: 'Secret' } }, 'bad_input'],
    [{ type: 'merge', patch: { status: {} } }, 'bad_input'],
    [{ type: 'merge', patch: { dat: { a: '2' } } }, 'invalid'],
    [{ type: 'merge', patch: { data: { a: 5 } } }, 'invalid'],
  ]
  for (const [patch, code] of bad)
    await assert.rejects(
      planPatch(cluster, { kind: 'cm', namespace, name: 'settings', ...patch }),
      { code },
      JSON.stringify(patch),
    )
})

clusterTest(
  'a JSON patch of a secret value outside a Secret is shown as set, right guess or wrong',
  async (test, t) => {
    const namespace = await withNamespace(test)
    const cluster = await clusterOf(t, test)
    const env = [
      { name: 'LEVEL', value: 'info' },
      { name: 'DB_PASSWORD', value: 'hunter2hunter2' },
    ]
    await deploy(test, namespace, 'web', 1, { container: { env } })
    const path = '/spec/template/spec/containers/0/env'
    const plan = (...patch: Record<string, unknown>[]) =>
      planPatch(cluster, { kind: 'deploy', namespace, name: 'web', type: 'json', patch })
    const replacing = (value: string) => plan({ op: 'replace', path: `${path}/1/value`, value })
    const seen = ({ diff, blast, warnings, risk, notes, summary }: Awaited<ReturnType<typeof plan>>) => ({
      diff,
      blast,
      warnings,
      risk,
      notes,
      summary,
    })
    const [right, wrong] = [await replacing('hunter2hunter2'), await replacing('hunter3hunter3')]
    assert.deepEqual(seen(right), seen(wrong))
    assert.deepEqual(wrong.diff[0]?.changes, [
      { path: 'spec.template.spec.containers[0].env[1].value', op: 'set', to: 'set' },
    ])
    assert.deepEqual([wrong.blast.podsGone, wrong.blast.podsBack], [1, 1])
    // Operations that move each other's places hide nothing.
    const moved = await plan(
      { op: 'replace', path: `${path}/1/value`, value: 'hunter3hunter3' },
      { op: 'remove', path: `${path}/0` },
    )
    assert.ok(moved.diff[0]?.changes.some(({ op }) => op === 'set'))
    const plain = await plan({ op: 'replace', path: `${path}/0/value`, value: 'debug' })
    assert.deepEqual(
      plain.diff[0]?.changes.map(({ op }) => op),
      ['change'],
    )
  },
)

clusterTest(
  'what became of a patch that gives secrets is seen in the cluster where managedFields say nothing',
  async (test, t) => {
    const namespace = await withNamespace(test)
    const cluster = await clusterOf(t, test)
    await test.api.create(pathOf(namespace, 'secrets'), { metadata: { name: 'key' }, stringData: { a: 'hunter1' } })
    const plan = await planPatch(cluster, {
      kind: 'secret',
      namespace,
      name: 'key',
      patch: { data: { a: 'aHVudGVyMg==' } },
    })
    assert.equal((await evidencePatch(cluster, plan.steps, 'any')).outcome, 'unknown')
    await executePatch(cluster, plan.steps, execution(), plan)
    const evidence = await evidencePatch(cluster, plan.steps, 'any')
    assert.equal(evidence.outcome, 'succeeded')
    assert.doesNotMatch(evidence.text, /hunter|aHVudGVy/)
  },
)

clusterTest('a patch that is refused before it is planned sends nothing', async (test, t) => {
  const namespace = await withNamespace(test)
  await test.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' }, data: { a: '1' } })
  const { hold, writes } = await watched(t, test)
  for (const patch of [
    { kind: 'List', patch: { a: 1 } },
    { kind: 'nonsense', patch: { a: 1 } },
    { kind: 'cm', type: 'merge' as const, patch: { metadata: { namespace: 'elsewhere' } } },
    { kind: 'cm', type: 'merge' as const, patch: { metadata: { generateName: 'x-' } } },
    { kind: 'cm', type: 'merge' as const, patch: { metadata: { uid: 'x' } } },
    { kind: 'cm', type: 'merge' as const, patch: {} },
  ])
    await assert.rejects(planPatch(hold, { namespace, name: 'settings', ...patch }), Problem, JSON.stringify(patch))
  assert.deepEqual(writes(), [])
})
