import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareManifests, compareValues } from '../../src/services/helm/compare.ts'
import { readRendered } from '../../src/services/helm/manifest.ts'
import { parseRendered } from '../../src/services/helm/rendered.ts'
import { allValues } from '../../src/services/helm/values.ts'

const secret = (value: string) => ({
  source: 'a.yaml',
  object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { key: value } },
})
const settings = (colour: string) => ({
  source: 'b.yaml',
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', labels: { app: 'x' } }, data: { colour } },
})

test('given values win over defaults, tables are merged, and null takes a default away', () => {
  const defaults = { a: 1, b: { c: 2, d: null, e: { f: 3 } }, g: [1], h: null, i: { j: 1 } }
  const given = { a: null, b: { c: null, e: { k: 4 } }, g: [2, 3], i: 'text', l: null }
  assert.deepEqual(allValues(given, defaults), { b: { e: { k: 4, f: 3 } }, g: [2, 3], i: 'text', l: null })
  assert.deepEqual([given.a, defaults.b.d], [null, null], 'neither is changed')
})

test('YAML is read as Helm reads it: version 1.1 with merge keys, without dates and base 60', () => {
  const text =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nbase: &b {k: yes}\nd: {<<: *b, t: 12:30, w: 2026-01-01, o: 010, z: off}\n'
  const { objects, faults } = parseRendered(text)
  assert.deepEqual(faults, [])
  assert.deepEqual(objects[0]?.object['d'], { k: true, t: '12:30', w: '2026-01-01', o: 8, z: false })
})

test('hooks stand apart, lists are taken apart, and marks inside a text are no marks', () => {
  const hook = 'apiVersion: v1\nkind: Pod\nmetadata: {name: h, annotations: {helm.sh/hook: test}}\n'
  const list = 'apiVersion: v1\nkind: ConfigMapList\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: i}}\n'
  const text = `---\n# Source: c/h.yaml\n${hook}--- # Source: not here\n${list}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata:\n  x: |\n    ---\n    kind: Pod\n`
  const { objects, hooks } = parseRendered(text)
  assert.deepEqual(
    [hooks, objects].map((each) => each.map(({ object, source }) => `${object.metadata.name} ${source}`)),
    [['h c/h.yaml'], ['i ', 't ']],
  )
})

test('a manifest that is made to be costly is given up, and everybody else is served meanwhile', async () => {
  const bomb = `${Array.from({ length: 40 }, (_, at) => `a${at}: &a${at} [${`*a${at - 1},`.repeat(at === 0 ? 0 : 9)}1]`).join('\n')}\n`
  const { objects, faults } = await readRendered(`${bomb}# ${'x'.repeat(70_000)}`, AbortSignal.timeout(60_000))
  assert.deepEqual([objects, faults.length], [[], 1])
})

test('objects that appear, change and go are told apart, whatever their order', () => {
  const pod = { source: 'p.yaml', object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } } }
  const diffs = compareManifests([pod, settings('blue')], [secret('x'), settings('red')], {
    namespace: 'n',
    secrets: 'set',
  })
  assert.deepEqual(
    diffs.map(({ action, target }) => `${action} ${target}`),
    ['create Secret n/s', 'change ConfigMap n/c', 'delete Pod n/p'],
  )
  assert.deepEqual(diffs[1]?.changes, [{ path: 'data.colour', op: 'change', from: 'blue', to: 'red' }])
})

test('a secret value is never compared for an agent, and told to the approver without its text', () => {
  const between = (from: string, to: string, secrets: 'omit' | 'set' | 'told') =>
    compareManifests([secret(from)], [secret(to)], { namespace: 'n', secrets }).flatMap(({ changes }) => changes)
  assert.deepEqual(between('one', 'two', 'omit'), [])
  assert.deepEqual(between('one', 'two', 'set'), between('one', 'one', 'set'))
  assert.deepEqual(between('one', 'two', 'told'), [{ path: 'data.key', op: 'set', to: 'changed' }])
  assert.deepEqual(between('one', 'one', 'told'), [{ path: 'data.key', op: 'set', to: 'unchanged' }])
  const values = (password: string) => ({ db: { password, host: 'h' } })
  assert.deepEqual(compareValues(values('one'), values('two'), 'told'), [
    { path: 'db.password', op: 'set', to: 'changed' },
  ])
})
