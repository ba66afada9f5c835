import assert from 'node:assert/strict'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { digestOf, sameDigest } from '../../src/services/approvals/digest.ts'
import { closeRequest, openRequest } from '../../src/services/approvals/payload.ts'
import { makeSeal, sealOf } from '../../src/services/approvals/seal.ts'
import type { Request } from '../../src/services/approvals/types.ts'
import { folder, plan, planned, SCALE, seal } from './support.ts'

const request = (other: Partial<Request> = {}): Request => ({
  input: { replicas: 3 },
  scope: {},
  ...planned(),
  ...other,
})
const digest = (other: Partial<Request> = {}, operation = SCALE, version = 'v1', key = seal) =>
  digestOf(operation, request(other), version, key)

test('the digest of the same request is the same, also after it was stored', () => {
  assert.match(digest(), /^sha256:[0-9a-f]{64}$/)
  const stored = openRequest(seal, 'apr_1', closeRequest(seal, 'apr_1', request()))
  assert.equal(digestOf(SCALE, stored, 'v1', seal), digest())
})

const target = plan().targets[0]
assert.ok(target !== undefined)
const OTHERS: readonly (readonly [string, string])[] = [
  ['operation', digest({}, 'infra.k8s.pods.deletePod')],
  ['input', digest({ input: { replicas: 4 } })],
  ['cluster', digest({ cluster: { server: 'https://prod.example', uid: 'cluster-1' } })],
  ['cluster uid', digest({ cluster: { server: 'https://dev.example', uid: 'cluster-2' } })],
  ['identity', digest({ identity: { username: 'root' } })],
  ['policy', digest({}, SCALE, 'v2')],
  ['key', digest({}, SCALE, 'v1', makeSeal(new Uint8Array(32)))],
  ['steps', digest({ plan: plan({ steps: { name: 'web', replicas: 4 } }) })],
  ['target uid', digest({ plan: plan({ targets: [{ ...target, uid: 'u2' }] }) })],
  ['target hash', digest({ plan: plan({ targets: [{ ...target, hash: 'h2' }] }) })],
  ['summary', digest({ plan: plan({ summary: 'x' }) })],
  ['diff', digest({ plan: plan({ diff: [] }) })],
  ['warnings', digest({ plan: plan({ warnings: [{ code: 'x', risk: 'low', text: 'x' }] }) })],
  ['blast radius', digest({ plan: plan({ blast: { ...plan().blast, podsGone: 1 } }) })],
  ['risk', digest({ plan: plan({ risk: 'high' }) })],
  ['risk reasons', digest({ plan: plan({ riskReasons: ['x'] }) })],
  ['notes', digest({ plan: plan({ notes: ['x'] }) })],
  ['undo', digest({ plan: plan({ undo: { operation: SCALE, input: {}, loses: [] } }) })],
  ['nothing', digest()],
]
test('another operation, input, cluster, identity, target, step, preview, policy or key: another digest', () => {
  const all = OTHERS.map(([, each]) => each)
  assert.equal(new Set(all).size, all.length, 'two of them have the same digest')
})

test('the resourceVersions that a plan has read are not part of it', () =>
  assert.equal(digest({ plan: plan({ versions: { a: '1' } }) }), digest({ plan: plan({ versions: { a: '2' } }) })))

test('a field that a later version adds to a plan is part of it', () =>
  assert.notEqual(digest({ plan: Object.assign(plan(), { later: 1 }) }), digest()))

test('different inputs have different digests, and the order of fields never counts', () => {
  const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' })
  fc.assert(
    fc.property(json, json, (a, b) => {
      const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
      return (digest({ input: a }) === digest({ input: b })) === same
    }),
  )
})
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? 0 : value
  return [
    '{',
    ...Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  ]
}

test('digests are compared whole', () => {
  assert.ok(sameDigest('abc', 'abc'))
  for (const other of ['abd', 'ab', 'abcd', '']) assert.ok(!sameDigest('abc', other))
})

test('a sealed value opens only where it was sealed, with its key, and unaltered', () => {
  const sealed = seal.close('request apr_1', { secret: 'hunter2' })
  assert.ok(!Buffer.from(sealed).toString('latin1').includes('hunter2'))
  assert.deepEqual(seal.open('request apr_1', sealed), { secret: 'hunter2' })
  assert.throws(() => seal.open('request apr_2', sealed), { code: 'store_damaged' })
  assert.throws(() => makeSeal(new Uint8Array(32)).open('request apr_1', sealed), { code: 'store_damaged' })
  for (let at = 0; at < sealed.length; at += 1) {
    const altered = Uint8Array.from(sealed)
    altered[at] = (altered[at] ?? 0) ^ 1
    assert.throws(() => seal.open('request apr_1', altered), { code: 'store_damaged' }, `byte ${at}`)
  }
  assert.throws(() => seal.open('request apr_1', sealed.subarray(0, 20)), { code: 'store_damaged' })
})

test('the key is made at the first start for its owner only, and is the same at the next', (t) => {
  const path = join(folder(t), 'key')
  const first = sealOf(path)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(readFileSync(path).length, 32)
  assert.equal(sealOf(path).keyId, first.keyId)
  chmodSync(path, 0o644)
  assert.throws(() => sealOf(path), { code: 'store_unavailable', message: /others/ })
  chmodSync(path, 0o600)
  writeFileSync(path, 'short')
  assert.throws(() => sealOf(path), { code: 'store_unavailable', message: /5 bytes/ })
  assert.throws(() => sealOf(join(path, 'no')), { code: 'store_unavailable' })
})
