import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseManifest } from '../../src/services/manifests/parse.ts'
import { configMap, dataOf, faultOf } from './support.ts'

const NAMED = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n'
const named = (name: string) => NAMED.replace('NAME', name)

test('every document comes with its position and the line it starts at', () => {
  const manifest = `# a comment\n---\n${named('a')}---\n# nothing here\n---\n\n${named('b')}...\n`
  const found = parseManifest(manifest).map(({ index, line, object }) => [index, line, object.metadata.name])
  assert.deepEqual(found, [
    [1, 3, 'a'],
    [2, 10, 'b'],
  ])
})

test('JSON, CRLF and a byte order mark are read like plain YAML', () => {
  const expected = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { b: 'c/d', e: '\u{1f600} \u00e9' } },
  ]
  const json =
    '{"apiVersion": "v1", "kind": "ConfigMap",\n\t"metadata": {"name": "a"}, "data": {"b": "c\\/d", "e": "\\ud83d\\ude00 \\u00e9"}}'
  const yaml =
    '\ufeffapiVersion: v1\r\nkind: ConfigMap\r\nmetadata:\r\n  name: a\r\ndata:\r\n  b: c/d\r\n  e: \u{1f600} \u00e9\r\n'
  for (const text of [json, yaml])
    assert.deepEqual(
      parseManifest(text).map(({ object }) => object),
      expected,
    )
})

test('a List, and a List in a List, stands for the objects in it', () => {
  const manifest = `
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
- apiVersion: v1
  kind: ConfigMapList
  items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
---
${named('c')}`
  const found = parseManifest(manifest).map(({ index, line, object }) => [index, line, object.metadata.name])
  assert.deepEqual(found, [
    [1, 5, 'a'],
    [2, 9, 'b'],
    [3, 11, 'c'],
  ])
})

test('an object of a List that is not one is named by its place in the List', () => {
  assert.equal(
    faultOf('apiVersion: v1\nkind: List\nitems:\n- {kind: Pod, apiVersion: v1, metadata: {}}'),
    'Line 4, items[0].metadata.name: every object needs a name, as text.',
  )
})

test('anchors and aliases stand for their values', () => {
  assert.deepEqual(dataOf(configMap('a: &x one', 'b: *x')), { a: 'one', b: 'one' })
})

test('fifty objects are taken and the fifty-first is refused, documents and items of a List alike', () => {
  const documents = (count: number) => Array.from({ length: count }, (_, index) => named(`n${index}`)).join('---\n')
  const items = (count: number) =>
    Array.from(
      { length: count },
      (_, index) => `- {apiVersion: v1, kind: ConfigMap, metadata: {name: n${index}}}\n`,
    ).join('')
  const list = (count: number) => `apiVersion: v1\nkind: List\nitems:\n${items(count)}`
  assert.equal(parseManifest(documents(50)).length, 50)
  assert.equal(parseManifest(list(50)).length, 50)
  assert.match(faultOf(documents(51)), /^Line 201: the manifest has more than 50 documents/)
  assert.match(faultOf(list(51)), /^Line 54: the manifest has more than 50 objects/)
  assert.match(faultOf(`${list(50)}---\n${named('more')}`), /^Line 55: the manifest has more than 50 objects/)
})

test('what tools write into manifests and nobody can apply is left out with a note', () => {
  const [document] = parseManifest(`
apiVersion: v1
kind: Pod
metadata:
  name: a
  creationTimestamp: null
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}", keep: this}
spec: {}
status: {phase: Running}`)
  assert.deepEqual(document?.object, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', annotations: { keep: 'this' } },
    spec: {},
  })
  assert.match(document?.notes.join(' ') ?? '', /^status was left out.*last-applied-configuration was left out/)
})

test('an empty status is left out without a word', () => {
  assert.deepEqual(
    parseManifest(`${named('a')}status: {}`).map(({ object, notes }) => ['status' in object, notes.length]),
    [[false, 0]],
  )
})

// Every row: what the manifest is, and what the refusal says.
const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['empty', '', /^The manifest is empty/],
  ['only white space', ' \n\t\n', /^The manifest is empty/],
  ['only comments', '# nothing\n---\n# here\n', /^Line 1: the manifest has no objects in it/],
  ['an empty List', 'apiVersion: v1\nkind: List\nitems: []', /no objects in it/],
  ['plain text', 'hello there', /^Line 1: a document has to be a Kubernetes object/],
  ['a list of objects', '- a\n- b', /^Line 1: a document has to be a Kubernetes object/],
  ['a number', '---\n42', /^Line 2: a document has to be a Kubernetes object/],
  ['no apiVersion', 'kind: Pod\nmetadata: {name: a}', /^Line 1, apiVersion: every object needs an apiVersion/],
  [
    'an apiVersion with a path',
    'apiVersion: ../../v1\nkind: Pod\nmetadata: {name: a}',
    /apiVersion: every object needs/,
  ],
  ['an apiVersion that is a number', 'apiVersion: 1\nkind: Pod\nmetadata: {name: a}', /apiVersion: every object needs/],
  ['no kind', 'apiVersion: v1\nmetadata: {name: a}', /^Line 1, kind: every object needs a kind/],
  ['no metadata', 'apiVersion: v1\nkind: Pod', /^Line 1, metadata: every object needs metadata/],
  ['no name', 'apiVersion: v1\nkind: Pod\nmetadata: {}', /metadata.name: every object needs a name/],
  [
    'a name that is a number',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: 12}',
    /metadata.name: every object needs a name, as text/,
  ],
  [
    'a name that is a step in a path',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: ".."}',
    /metadata.name: The name "\.\." is not a name that can stand in a path/,
  ],
  [
    'a name with a slash',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: "a/../b"}',
    /not a name that can stand in a path/,
  ],
  [
    'generateName',
    'apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}',
    /metadata.generateName: generateName is not taken: the name is fixed/,
  ],
  [
    'a namespace that is a path',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ../x}',
    /metadata.namespace: not the name of a namespace/,
  ],
  [
    'a uid',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a, uid: x}',
    /metadata.uid: uid is written by the API server only/,
  ],
  [
    'a resourceVersion',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a, resourceVersion: "1"}',
    /metadata.resourceVersion: resourceVersion is written/,
  ],
  [
    'managedFields',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a, managedFields: []}',
    /metadata.managedFields: managedFields is written/,
  ],
  [
    'a creationTimestamp',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a, creationTimestamp: "2026-01-01T00:00:00Z"}',
    /creationTimestamp is written/,
  ],
  [
    'the same object twice',
    `${named('a')}---\n${named('a')}`,
    /^Line 5: ConfigMap a is in the manifest twice; the first is at line 1/,
  ],
  ['a duplicate key', configMap('a: b', 'a: c'), /^Line 7, data: the key "a" is there twice/],
  [
    'a duplicate key in JSON',
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"kind":"Secret"}',
    /^Line 1: the key "kind" is there twice/,
  ],
  ['keys that JSON takes for the same', configMap('8080: b', '"8080": c'), /the key "8080" is there twice/],
  ['a merge key', configMap('<<: {a: b}'), /^Line 6, data: merge keys \(<<\) are not taken/],
  ['__proto__', configMap('__proto__: {a: b}'), /the key __proto__ is not taken/],
  ['a tag', configMap('a: !!binary aGk='), /^Line 6: tags \(!…\) are not taken/],
  ['a tag of its own', configMap('a: !env HOME'), /^Line 6: tags/],
  ['a directive', `%YAML 1.1\n---\n${named('a')}`, /^Line 1: directives/],
  ['an explicit key', configMap('? a', ': b'), /^Line 6: explicit keys/],
  ['a list as a key', configMap('[a]: b'), /a key has to be text/],
  ['an alias as a key', configMap('a: &x b', '*x : c'), /a key has to be text/],
  [
    'an alias to nothing',
    configMap('a: *nothing'),
    /^Line 6, data\.a: the alias \*nothing refers to no anchor that ended before it/,
  ],
  ['an alias to what contains it', configMap('a: &x [*x]'), /^Line 6, data\.a\[0\]: the alias \*x refers to no anchor/],
  [
    'a tab as indentation',
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a',
    /^Line 4, column 1: Tabs are not allowed as indentation/,
  ],
  ['a NUL', 'apiVersion: v1\nkind: "a\0b"', /^Line 2, column 9: the character U\+0000 cannot stand in a manifest/],
  ['an escape character', 'a: \u001b[31m', /^Line 1, column 4: the character U\+001B/],
  ['a DEL', 'a: "\u007f"', /U\+007F cannot stand/],
  [
    'a line separator, which ends a line in YAML 1.1 only',
    'apiVersion: v1\nkind: "a\u2028b"',
    /^Line 2, column 9: U\+2028 ends a line in YAML 1\.1/,
  ],
  ['a next-line character', 'a: "\u0085"', /^Line 1, column 5: U\+0085 ends a line/],
  [
    'a carriage return alone',
    'apiVersion: v1\rkind: Pod',
    /^Line 1, column 15: a carriage return that is not part of a line end/,
  ],
  ['half a character', 'a: "\ud800"', /half of a character/],
  [
    'half a character as an escape',
    configMap('a: "\\ud800"'),
    /^Line 6, data.a: an escape stands for half of a character/,
  ],
  ['a byte order mark in the middle', 'a: "x\ufeffy"', /U\+FEFF cannot stand/],
  ['quotes that do not end', configMap('a: "b'), /^Line 7, column 1: Missing closing "quote/],
  ['brackets that do not end', 'a: [1, 2', /^Line 1, column 9: Flow sequence in block/],
  ['a mapping in a plain scalar', 'a: b: c', /^Line 1, column 4: Nested mappings are not allowed/],
  ['bad indentation', 'a:\n  b: 1\n c: 2', /^Line 3, column 1: All mapping items must start at the same column/],
  [
    'a mask of ours',
    configMap('a: <masked>'),
    /^Line 6, data\.a: <masked> stands for a secret value that this server does not show/,
  ],
  ['a mask of ours inside a text', configMap('a: "url=http://x:<masked>@y"'), /<masked> stands for a secret value/],
  [
    'Secret data that is not base64',
    'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: "not base64"}',
    /^Line 1, data\.k: not base64/,
  ],
  [
    'Secret data that is a number',
    'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: 1234}',
    /^Line 1, data\.k: not base64/,
  ],
  [
    'Secret stringData that is a number',
    'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {pin.txt: 1234}',
    /^Line 1, stringData\['pin\.txt'\]: has to be text/,
  ],
  [
    'an integer that JSON cannot keep',
    configMap('a: 9007199254740993'),
    /the integer 9007199254740993 is too large to be kept exactly/,
  ],
  ['infinity', configMap('a: .inf'), /\.inf has no place in JSON/],
  ['not a number', configMap('a: .nan'), /\.nan has no place in JSON/],
]

for (const [what, manifest, expected] of REFUSED)
  test(`refused with its line: ${what}`, () => assert.match(faultOf(manifest), expected))

test('an object may name no other namespace than the request', () => {
  const manifest = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: prod}'
  assert.match(
    faultOf(manifest, { namespace: 'test' }),
    /^Line 1, metadata\.namespace: the request is about namespace test, and this object names prod/,
  )
  assert.equal(parseManifest(manifest, { namespace: 'prod' }).length, 1)
  assert.equal(parseManifest(manifest, { fallback: 'test' }).length, 1)
})

test('the same object is noticed where one of the two names the namespace that the other gets', () => {
  const manifest = `${named('a')}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}`
  assert.match(faultOf(manifest, { namespace: 'shop' }), /in the manifest twice/)
  assert.match(faultOf(manifest, { fallback: 'shop' }), /in the manifest twice/)
  assert.equal(parseManifest(manifest, { fallback: 'default' }).length, 2)
})

test('everything that is wrong is told at once, up to a bound', () => {
  const message = faultOf(configMap('a: no', 'b: 0777', 'b: 1'))
  assert.match(message, /^Line 6, data\.a: .* Line 7, data\.b: .* Line 8, data: the key "b" is there twice\.$/)
  const many = faultOf(configMap(...Array.from({ length: 500 }, (_, index) => `k${index}: yes`)))
  assert.match(many, /Line 13, data\.k7: .*There are more faults like these\.$/)
  assert.ok(many.length < 2_000)
})
