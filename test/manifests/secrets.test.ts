import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { parseManifest } from '../../src/services/manifests/parse.ts'
import { disguise } from '../../src/services/manifests/secrets.ts'

const secret = fc.stringMatching(/^[A-Za-z]{3}[0-9][A-Za-z0-9]{6,20}$/)
const field = fc.constantFrom('pin', 'tls.key', 'db-password', 'app.conf')
const base64 = (text: string) => Buffer.from(text).toString('base64')

type Make = (value: string, key: string) => KubeObject

const pod = (container: object) => ({ containers: [{ name: 'app', image: 'a', ...container }] })
const MAKERS: readonly Make[] = [
  (value, key) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a' },
    data: { [key]: base64(value) },
    stringData: { [key]: value },
  }),
  (value) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a' },
    spec: pod({
      env: [
        { name: 'API_TOKEN', value },
        { name: 'A', value: 'b' },
      ],
    }),
  }),
  (value) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a' },
    spec: pod({ args: ['--x', `--password=${value}`] }),
  }),
  (value) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', annotations: { 'x.io/password': value } },
    data: { 'app.conf': `user=a\npassword=${value}\n` },
  }),
  (value) => ({
    apiVersion: 'x.io/v1',
    kind: 'Database',
    metadata: { name: 'a' },
    spec: { adminPassword: value, size: 3 },
  }),
]

test('no secret of a manifest is in what is sent, and the paths of all are told', () => {
  fc.assert(
    fc.property(fc.constantFrom(...MAKERS), secret, field, fc.boolean(), (make, value, key, isThere) => {
      const { object, given } = disguise(make(value, key), isThere ? make('other7Secret0Value', key) : undefined)
      const sent = JSON.stringify(object)
      assert.ok(!sent.includes(value) && !sent.includes(base64(value)), sent)
      assert.ok(given.length > 0)
    }),
  )
})

test('what is sent is the same for every guess, but for the placeholder', () => {
  fc.assert(
    fc.property(fc.constantFrom(...MAKERS), secret, secret, field, fc.boolean(), (make, one, other, key, isThere) => {
      const live = isThere ? make(one, key) : undefined
      const [first, second] = [disguise(make(one, key), live), disguise(make(other, key), live)]
      assert.equal(first.clean(JSON.stringify(first.object)), second.clean(JSON.stringify(second.object)))
      assert.deepEqual(first.given, second.given)
    }),
  )
})

test('what the API server makes of a disguised object is revealed without values and placeholders', () => {
  fc.assert(
    fc.property(fc.constantFrom(...MAKERS), secret, field, (make, value, key) => {
      const { object, reveal } = disguise(make(value, key), undefined)
      const shown = JSON.stringify(reveal(object))
      assert.ok(shown.includes('<masked>') && !shown.includes(value) && !/k8s-mcp-[0-9a-f]{24}/.test(shown), shown)
    }),
  )
})

test('a number under the name of a password stays a number', () => {
  const { object } = disguise(
    { apiVersion: 'x.io/v1', kind: 'Lock', metadata: { name: 'a' }, spec: { password: 4711 } },
    undefined,
  )
  const { spec } = JSON.parse(JSON.stringify(object))
  assert.equal(typeof spec.password, 'number')
  assert.notEqual(spec.password, 4711)
})

test('an object without secrets is sent as it is', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: 'b' } }
  assert.equal(disguise(object, undefined).object, object)
})

test('ordinary workloads are sent as they are: nothing of them is taken for a secret', async () => {
  const documents = parseManifest(await readFile(new URL('../data/troubles/manifests.yaml', import.meta.url), 'utf8'))
  const taken = documents.filter(
    ({ object }) => object.kind !== 'Secret' && disguise(object, undefined).given.length > 0,
  )
  assert.ok(documents.length > 30)
  assert.deepEqual(taken, [])
})

test('what stands in for a value of a Secret is a JSON object, as data and as text: some types take nothing else', () => {
  const registry: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a' },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': '{"auths":{"r.example":{"auth":"dTpodW50ZXItNzMyMQ=="}}}' },
  }
  const { object, given, reveal } = disguise(registry, undefined)
  assert.deepEqual(given, ["data['.dockerconfigjson']"])
  const [sent] = Object.values(Object(object['stringData']))
  assert.deepEqual(Object.keys(JSON.parse(String(sent))), ['k8s-mcp'])
  assert.ok(!JSON.stringify(reveal(object)).includes(String(JSON.parse(String(sent))['k8s-mcp'])))
})
