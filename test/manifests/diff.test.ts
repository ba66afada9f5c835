import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Change, changesBetween, type Step } from '../../src/services/manifests/changes.ts'
import { labelOf } from '../../src/services/manifests/list-keys.ts'
import { rowsBetween, unifiedLines } from '../../src/services/manifests/rows.ts'
import { isRecord } from '../cluster/client.ts'

// The inverse of a diff, written apart from it: what the changes make of a value.
function applied(value: unknown, changes: readonly Change[]): unknown {
  const [own] = changes.filter(({ steps }) => steps.length === 0)
  if (own?.op === 'change') return own.to
  if (isRecord(value)) return appliedToFields(value, changes)
  return Array.isArray(value) ? appliedToItems(value, changes) : value
}

const within = (changes: readonly Change[]) => changes.map((change) => ({ ...change, steps: change.steps.slice(1) }))
const headsOf = (changes: readonly Change[], isHead: (step: Step) => boolean) =>
  changes.filter(({ steps: [head] }) => head !== undefined && isHead(head))

function appliedToFields(value: Record<string, unknown>, changes: readonly Change[]): unknown {
  const fields = new Set([
    ...Object.keys(value),
    ...changes.flatMap(({ steps: [head] }) => (head !== undefined && 'field' in head ? [head.field] : [])),
  ])
  return Object.fromEntries(
    [...fields].flatMap((field) => {
      const inside = within(headsOf(changes, (step) => 'field' in step && step.field === field))
      return one(value[field], inside).map((each) => [field, each])
    }),
  )
}

/** The value, none where it was removed. */
function one(value: unknown, changes: readonly Change[]): unknown[] {
  const [own] = changes.filter(({ steps }) => steps.length === 0)
  if (own?.op === 'remove') return []
  return own?.op === 'add' ? [own.to] : [applied(value, changes)]
}

function appliedToItems(items: readonly unknown[], changes: readonly Change[]): unknown {
  const keyed = changes.flatMap(({ steps: [head] }) => (head !== undefined && 'item' in head ? [head] : []))
  const [order] = changes.filter(({ steps, op }) => steps.length === 0 && op === 'order')
  if (keyed.length === 0 && order === undefined) return appliedByPosition(items, changes)
  const names = keyed[0] === undefined ? (order?.op === 'order' ? order.from : []) : []
  const nameOf = (item: unknown) => (keyed[0] === undefined ? names[items.indexOf(item)] : labelOf(keyed[0].key, item))
  const all = [...new Set([...items.map(nameOf), ...keyed.map(({ item }) => item)])]
  const made = all.flatMap((name) => {
    const inside = within(headsOf(changes, (step) => 'item' in step && step.item === name))
    return one(
      items.find((item) => nameOf(item) === name),
      inside,
    ).map((value) => ({ name, value }))
  })
  const places = order?.op === 'order' ? order.to : made.map(({ name }) => name)
  return made.toSorted((a, b) => places.indexOf(a.name ?? '') - places.indexOf(b.name ?? '')).map(({ value }) => value)
}

function appliedByPosition(items: readonly unknown[], changes: readonly Change[]): unknown[] {
  const at = (was: number) => within(headsOf(changes, (step) => 'index' in step && step.was === was))
  const kept = items.flatMap((item, index) => one(item, at(index)))
  const added = changes.filter(({ steps, op }) => op === 'add' && steps.length === 1)
  for (const {
    steps: [head],
    ...change
  } of added)
    if (head !== undefined && 'index' in head && change.op === 'add') kept.splice(head.index, 0, change.to)
  return kept
}

const scalar = fc.oneof(fc.string({ maxLength: 4 }), fc.integer(), fc.boolean(), fc.constant(null))
const word = fc.constantFrom('app', 'sidecar', 'web', 'db', '80')
const { node } = fc.letrec((tie) => ({
  node: fc.oneof({ maxDepth: 4 }, scalar, tie('list'), tie('keyed'), tie('fields')),
  list: fc.array(fc.oneof(scalar, tie('node')), { maxLength: 6 }),
  keyed: fc.uniqueArray(fc.record({ name: word, value: tie('node'), extra: scalar }, { requiredKeys: ['name'] }), {
    selector: ({ name }) => name,
    maxLength: 5,
  }),
  fields: fc.dictionary(fc.constantFrom('a', 'b', 'spec', 'app.kubernetes.io/name', 'ports'), tie('node'), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
}))

// As it comes over the wire: no -0, no objects without prototype.
const json = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  arbitrary.map((value) => JSON.parse(JSON.stringify(value)))

test('the changes between two values make one of the other', () => {
  fc.assert(
    fc.property(json(node), json(node), (from, to) => assert.deepEqual(applied(from, changesBetween(from, to)), to)),
    { numRuns: 2_000 },
  )
})

test('the changes after items were added, removed, changed and moved make one list of the other', () => {
  const list = json(fc.array(fc.record({ name: word, image: scalar }), { maxLength: 6 }))
  fc.assert(
    fc.property(list, list, fc.boolean(), (from, to, isKeyed) => {
      const unique = (items: typeof from) =>
        items.filter(({ name }, index) => !isKeyed || items.findIndex((other) => other.name === name) === index)
      assert.deepEqual(applied({ l: unique(from) }, changesBetween({ l: unique(from) }, { l: unique(to) })), {
        l: unique(to),
      })
    }),
    { numRuns: 2_000 },
  )
})

test('equal values have no rows, whatever the order of their fields', () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed)
    return isRecord(value)
      ? Object.fromEntries(
          Object.entries(value)
            .toReversed()
            .map(([field, each]) => [field, reversed(each)]),
        )
      : value
  }
  fc.assert(fc.property(json(node), (value) => assert.deepEqual(rowsBetween(value, reversed(value)), [])))
})

test('different values always have rows, of a bounded size', () => {
  fc.assert(
    fc.property(json(fc.jsonValue()), json(fc.jsonValue()), (a, b) => {
      const rows = rowsBetween(a, b)
      assert.equal(rows.length > 0, !isSame(a, b))
      for (const row of rows) assert.ok(Math.max((row.from ?? '').length, (row.to ?? '').length) < 1_100)
    }),
  )
})

function isSame(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b)
    return true
  } catch {
    return false
  }
}

const lines = (from: unknown, to: unknown) => unifiedLines(rowsBetween(from, to)).map((line) => line.trim())

test('list items are named by what tells them apart, not by position', () => {
  const from = {
    containers: [
      { name: 'app', image: 'a:1', ports: [{ containerPort: 80, protocol: 'TCP' }] },
      { name: 'proxy', image: 'p:1' },
    ],
  }
  const to = {
    containers: [
      { name: 'proxy', image: 'p:2' },
      { name: 'app', image: 'a:1', ports: [{ containerPort: 80, protocol: 'UDP' }] },
    ],
  }
  assert.deepEqual(lines(from, to), [
    '- containers[app].ports[80/TCP]: {"containerPort":80,"protocol":"TCP"}',
    '+ containers[app].ports[80/UDP]: {"containerPort":80,"protocol":"UDP"}',
    '- containers[proxy].image: p:1',
    '+ containers[proxy].image: p:2',
    '~ containers: order app, proxy → proxy, app',
  ])
})

test('the built-in lists are matched by the keys that Kubernetes merges them by', () => {
  const lists: readonly (readonly [object, string])[] = [
    [{ name: 'LOG', value: 'x' }, 'LOG'],
    [{ mountPath: '/var/x', name: 'data' }, '/var/x'],
    [{ port: 80, protocol: 'TCP', targetPort: 8080 }, '80/TCP'],
    [{ type: 'Ready', status: 'True' }, 'Ready'],
    [{ key: 'node', operator: 'Exists', effect: 'NoSchedule' }, 'node/Exists/NoSchedule'],
    [{ topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', maxSkew: 1 }, 'zone/DoNotSchedule'],
    [{ host: 'a.example', http: {} }, 'a.example'],
    [{ path: '/', pathType: 'Prefix' }, '//Prefix'],
    [{ ip: '10.0.0.1', hostnames: ['a'] }, '10.0.0.1'],
    [{ metadata: { name: 'data' }, spec: {} }, 'data'],
  ]
  for (const [item, label] of lists) {
    const [row] = rowsBetween(
      {
        list: [
          item,
          {
            ...item,
            name: 'other',
            type: 'Other',
            host: 'o',
            ip: 'o',
            path: 'o',
            key: 'o',
            port: 1,
            mountPath: 'o',
            topologyKey: 'o',
            metadata: { name: 'o' },
          },
        ],
      },
      { list: [{ ...item, added: 1 }] },
    )
    assert.equal(row?.path.startsWith(`list[${label}]`), true, `${row?.path} instead of ${label}`)
  }
})

test('a list without a key keeps what both have and shows what came and went', () => {
  assert.deepEqual(lines({ args: ['--a', '--b', '--c'] }, { args: ['--x', '--a', '--b'] }), [
    '+ args[0]: --x',
    '- args[2]: --c',
  ])
  assert.deepEqual(lines({ args: ['--a', '--b=1', '--c'] }, { args: ['--a', '--b=2', '--c'] }), [
    '- args[1]: --b=1',
    '+ args[1]: --b=2',
  ])
})

test('a name of digits is no position, and a field with dots is quoted', () => {
  assert.deepEqual(lines({ l: [{ name: '0', v: 1 }] }, { l: [{ name: '0', v: 2 }] }), [
    '- l["0"].v: 1',
    '+ l["0"].v: 2',
  ])
  assert.deepEqual(lines({ 'a.b/c': 1 }, { 'a.b/c': 2 }), ["- ['a.b/c']: 1", "+ ['a.b/c']: 2"])
})

test('text that looks like something else is quoted', () => {
  assert.deepEqual(lines({ a: 3, b: true, c: null }, { a: '3', b: 'true', c: '' }), [
    '- a: 3',
    '+ a: "3"',
    '- b: true',
    '+ b: "true"',
    '- c: null',
    '+ c: ""',
  ])
})

test('of long texts only what differs is shown, with their size', () => {
  const long = (middle: string) => `${'x'.repeat(2_000)}${middle}${'y'.repeat(2_000)}`
  const [row] = rowsBetween({ a: long('old') }, { a: long('new') })
  assert.match(row?.from ?? '', /^…x{40}oldy{40}… \(4003 characters\)$/)
  assert.match(row?.to ?? '', /^…x{40}newy{40}… \(4003 characters\)$/)
})

test('of texts with lines only the lines that differ are shown, wherever they are', () => {
  const middle = Array.from({ length: 50 }, (_, index) => `line ${index}`)
  const from = ['[server]', 'port = 80', ...middle, 'level = info', 'host = a', ''].join('\n')
  const to = ['[server]', 'port = 81', 'tls = on', ...middle, 'level = debug', 'host = a', ''].join('\n')
  assert.deepEqual(unifiedLines(rowsBetween({ data: { 'app.conf': from } }, { data: { 'app.conf': to } })), [
    "  - data['app.conf']: |",
    '  -   port = 80',
    '  -   …',
    '  -   level = info',
    "  + data['app.conf']: |",
    '  +   port = 81',
    '  +   tls = on',
    '  +   …',
    '  +   level = debug',
  ])
})

test('lines that only come have nothing to be removed', () => {
  assert.deepEqual(rowsBetween({ a: 'x\ny' }, { a: 'x\nnew\ny' }), [{ path: 'a', op: 'change', to: 'new' }])
})

test('a large object that comes or goes is shown by its parts, a small one whole', () => {
  const added = { name: 'app', image: 'nginx', env: [{ name: 'A', value: 'b' }], resources: { limits: { cpu: '1' } } }
  assert.deepEqual(lines({ containers: [] }, { containers: [added] }), [
    '+ containers[app].name: app',
    '+ containers[app].image: nginx',
    '+ containers[app].env[A]: {"name":"A","value":"b"}',
    '+ containers[app].resources.limits: {"cpu":"1"}',
  ])
})

test('long lists are compared in a bounded time', () => {
  const list = (from: number) => Array.from({ length: 5_000 }, (_, index) => `item ${from + index * 3}`)
  const [from, to] = [{ l: list(0) }, { l: list(1) }]
  const started = performance.now()
  const changes = changesBetween(from, to)
  assert.ok(performance.now() - started < 4_000)
  assert.deepEqual(applied(from, changes), to)
})
