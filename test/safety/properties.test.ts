import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { maskObject } from '../../src/services/safety/mask-object.ts'
import { LineScrubber, scrubText, scrubValue } from '../../src/services/safety/scrub-text.ts'

const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/)
const hex = fc.stringMatching(/^[0-9a-f]{64}$/)
const uid = fc.uuid()
const image = fc
  .tuple(name, name, hex)
  .map(([repository, tag, digest]) => `registry.example:5000/${repository}:${tag}@sha256:${digest}`)

const sentences = [
  fc.tuple(name, name).map(([pod, node]) => `Successfully assigned ${pod}/${pod} to ${node}`),
  image.map((each) => `Failed to pull image "${each}": not found`),
  fc.tuple(name, name).map(([secret, key]) => `couldn't find key ${key} in Secret ${secret}/${secret}`),
  name.map((secret) => `secret "${secret}" not found`),
  name.map((secret) => `secretName: ${secret}`),
  fc
    .tuple(name, uid)
    .map(([pod, id]) => `pod ${pod} (uid ${id}) was evicted: the token of its service account expired`),
  fc
    .ipV4()
    .map(
      (address) =>
        `Readiness probe failed: Get "http://${address}:8080/healthz": dial tcp ${address}:8080: connect: connection refused`,
    ),
  fc.nat().map((count) => `resourceVersion: ${count}, observedGeneration: ${count % 7}, restartCount=${count % 99}`),
  fc.date({ noInvalidDate: true }).map((date) => `lastTransitionTime: "${date.toISOString()}"`),
  fc.base64String({ minLength: 40, maxLength: 400 }).map((token) => `{"metadata":{"continue":"x${token}"}}`),
]

test('text of Kubernetes without secrets is never changed', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(...sentences), { maxLength: 6 }), (lines) => {
      const text = lines.join('\n')
      assert.equal(scrubText(text), text)
      assert.deepEqual(scrubValue({ lines }), { lines })
    }),
  )
})

/** What the rules are made of, in any order: the worst that a text can do to them. */
const pieces = fc.constantFrom(
  'password',
  'token',
  'secret',
  'apiKey',
  'Authorization',
  'Bearer',
  'Basic',
  'name',
  'value',
  'key',
  'kind',
  'Secret',
  'data',
  'stringData',
  '=',
  ':',
  ': ',
  '==',
  '=>',
  ' ',
  '\n',
  '\n  ',
  '\\n',
  '"',
  "'",
  '`',
  '\\"',
  '\\\\\\"',
  ',',
  ';',
  '&',
  '?',
  '{',
  '}',
  '[',
  ']',
  '<',
  '>',
  '</',
  '|',
  '|\n',
  '#',
  ' #',
  '- ',
  '--',
  '---',
  '\n---\n',
  '$(',
  '${',
  '{{',
  '}}',
  ')',
  '<masked>',
  '://',
  'https://',
  '@',
  '/',
  'user',
  'eyJ',
  '.',

  'abcdef.0123456789abcdef',
  'hunter2',
  'a1b2c3d4e5f6a7b8c9d0',
  '-----BEGIN RSA PRIVATE KEY-----',
  '-----END RSA PRIVATE KEY-----',
  'MIIE'.repeat(16),
  '\u001b[31m',
  'x',
  'and',
  '12',
  'é',
  '😀',
  'Cookie',
  'curl',
  '-u',
  'Invalid value: ',
  'connection string',
  'identified by',
  'sig',
  '*',
  '%3D',
  '\t',
  '\r\n',
)

const text = fc
  .array(fc.oneof({ weight: 9, arbitrary: pieces }, { weight: 1, arbitrary: fc.string() }), { maxLength: 30 })
  .map((parts) => parts.join(''))

test('masking twice is masking once', () => {
  fc.assert(
    fc.property(text, (each) => {
      const once = scrubText(each)
      assert.equal(scrubText(once), once)
    }),
    { numRuns: 3000 },
  )
})

test('what is not masked keeps every byte and its order', () => {
  fc.assert(
    fc.property(text, (each) => {
      const plain = each.replaceAll('\u001b[31m', '')
      let at = 0
      for (const part of scrubText(plain).split('<masked>')) {
        const found = plain.indexOf(part, at)
        assert.notEqual(found, -1)
        at = found + part.length
      }
    }),
    { numRuns: 3000 },
  )
})

const dataKey = fc.stringMatching(/^[-._a-zA-Z0-9]{1,20}$/)
/** Long enough, and marked, so that it is not in the object by chance. */
const value = fc.tuple(fc.string(), fc.nat()).map(([any, number]) => `S3cr${number}${any}é`)
const data = fc.dictionary(
  dataKey,
  value.map((plain) => Buffer.from(plain).toString('base64')),
  { minKeys: 1 },
)

const wrappings: readonly ((secret: object) => object)[] = [
  (secret) => secret,
  (secret) => ({ apiVersion: 'v1', kind: 'List', metadata: {}, items: [secret] }),
  (secret) => ({
    apiVersion: 'x/v1',
    kind: 'Bundle',
    metadata: { name: 'b' },
    spec: { resources: [{ manifest: secret }] },
  }),
  (secret) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(secret) },
    },
  }),
]

test('no value of a Secret is ever shown, by itself, in a list, in another object or as it was applied', () => {
  fc.assert(
    fc.property(data, fc.dictionary(dataKey, value), fc.constantFrom(...wrappings), (encoded, plain, wrap) => {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's', namespace: 'n' },
        data: encoded,
        stringData: plain,
      }
      const given: KubeObject = JSON.parse(JSON.stringify(wrap(secret)))
      const before = JSON.stringify(given)
      const shown = JSON.stringify(maskObject(given))
      for (const each of [...Object.values(encoded), ...Object.values(plain)])
        assert.ok(!shown.includes(JSON.stringify(each).slice(1, -1)))
      for (const key of Object.keys(encoded)) assert.ok(shown.includes(key))
      assert.equal(JSON.stringify(given), before)
    }),
  )
})

test('masking an object twice is masking it once, for any JSON', () => {
  const json = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.constant(null),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(pieces, name), tie('node'), { maxKeys: 5 }),
    ),
  })).node
  fc.assert(
    fc.property(json, (spec) => {
      const once = maskObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, spec })
      assert.equal(maskObject(once), once)
    }),
    { numRuns: 500 },
  )
})

test('a stream of lines never fails and never shows the middle of a key', () => {
  const middle = 'A1b2'.repeat(16)
  fc.assert(
    fc.property(fc.array(text), fc.array(text), (before, after) => {
      const scrubber = new LineScrubber()
      const lines = [
        ...before.flatMap((each) => each.split('\n')),
        '-----BEGIN EC PRIVATE KEY-----',
        middle,
        '-----END EC PRIVATE KEY-----',
        ...after.flatMap((each) => each.split('\n')),
      ]
      assert.ok(
        !lines
          .map((line) => scrubber.line(line))
          .join('\n')
          .includes(middle),
      )
    }),
    { numRuns: 300 },
  )
})
