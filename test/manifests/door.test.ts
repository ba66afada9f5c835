import assert from 'node:assert/strict'
import pino from 'pino'
import { isRecord } from '../cluster/client.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { gate, serve } from './support.ts'

const good = '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {b: c}}'
const JSON_TYPE = 'application/json'

clusterTest('a manifest is taken inside JSON and as it is, with the same answer', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const inside = await site.answer(JSON.stringify({ yamlContent: good, namespace, context: 'admin' }), {
    type: JSON_TYPE,
  })
  const plain = await site.answer(good, { query: `namespace=${namespace}&context=admin` })
  assert.equal(inside.status, 200)
  assert.deepEqual(inside, plain)
})

clusterTest('a bad manifest is refused before anything is sent to the cluster', async (cluster, t) => {
  const watched = await gate(t, cluster)
  const site = await serve(t, watched.kubeconfig)
  const documents = (count: number) =>
    Array.from({ length: count }, (_, index) => good.replace('name: a', `name: a${index}`)).join('\n---\n')
  const manifests: readonly (readonly [string, RegExp])[] = [
    ['', /^The manifest is empty/],
    ['hello', /^Line 1: a document has to be a Kubernetes object/],
    ['a: [', /^Line 1, column 5: /],
    [documents(51), /^Line 101: the manifest has more than 50 documents/],
    [good.replace('b: c', 'b: no'), /^Line 1, data\.b: no is the boolean false to kubectl/],
    [good.replace('b: c', 'b: c, b: d'), /^Line 1, data: the key "b" is there twice/],
    [
      `a: &a ["x"]\nb: &b [${'*a,'.repeat(90)}]\nc: &c [${'*b,'.repeat(90)}]\nd: &d [${'*c,'.repeat(90)}]\ne: [${'*d,'.repeat(90)}]`,
      /aliases make the manifest larger than 4 MiB/,
    ],
    [good.replace('name: a', 'generateName: a'), /generateName is not taken/],
    [good.replace('name: a', 'name: a, uid: b'), /uid is written by the API server only/],
    [
      good.replace('name: a', 'name: a, namespace: other'),
      /the request is about namespace shop, and this object names other/,
    ],
  ]
  for (const [yamlContent, expected] of manifests) {
    const { status, body } = await site.answer(JSON.stringify({ yamlContent, namespace: 'shop' }), { type: JSON_TYPE })
    assert.ok(isRecord(body))
    assert.deepEqual([status, body['code'], body['next'] !== undefined], [422, 'bad_manifest', true])
    assert.match(String(body['detail']), expected)
  }
  assert.deepEqual(watched.passed, [])
})

clusterTest('bad parameters and bodies are refused with their own codes', async (cluster, t) => {
  const site = await serve(t, cluster.kubeconfig)
  const asked: readonly (readonly [string, { type?: string; query?: string }, number, string])[] = [
    ['{}', { type: JSON_TYPE }, 400, 'bad_input'],
    [JSON.stringify({ yamlContent: 7 }), { type: JSON_TYPE }, 400, 'bad_input'],
    [JSON.stringify({ yamlContent: good, force: true }), { type: JSON_TYPE }, 400, 'bad_input'],
    [good, { query: 'namespace=..%2Fx' }, 400, 'bad_input'],
    [good, { query: 'context=nowhere' }, 404, 'unknown_context'],
    [good, { type: 'text/plain' }, 415, 'unsupported_media_type'],
    ['#'.repeat(2 * 1024 * 1024), {}, 413, 'body_too_large'],
    ['#'.repeat(1024 * 1024 + 10), {}, 422, 'bad_manifest'],
  ]
  for (const [text, options, status, code] of asked) {
    const answer = await site.answer(text, options)
    assert.ok(isRecord(answer.body))
    assert.deepEqual([answer.status, answer.body['code']], [status, code], JSON.stringify(options))
  }
})

clusterTest('the log has the size of a manifest and none of its text', async (cluster, t) => {
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(line) })
  const site = await serve(t, cluster.kubeconfig, log)
  const secret = 'kind: Pod\nspec: {containers: [{env: [{value: hunter-7321, name: DB_PASSWORD}]}]}'
  await site.answer(JSON.stringify({ yamlContent: secret, namespace: 'shop' }), { type: JSON_TYPE })
  const written = lines.join('')
  assert.match(written, new RegExp(`"yamlContent":"${secret.length} bytes","namespace":"shop"`))
  assert.doesNotMatch(written, /7321/)
})
