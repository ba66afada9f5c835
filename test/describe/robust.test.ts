import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as holds, constantFrom, gen, nat, property } from 'fast-check'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { describe, describeText } from '../../src/services/describe/describe.ts'
import { isFields } from '../../src/services/describe/read.ts'
import { objects, snapshotOf } from './recorded.ts'

const MOST = 4096

/** The value with some of its parts, however deep, replaced by others of any type. */
function damaged(value: unknown, pick: () => boolean, other: () => unknown): unknown {
  if (pick()) return other()
  if (Array.isArray(value)) return value.map((each) => damaged(each, pick, other))
  if (!isFields(value)) return value
  return Object.fromEntries(Object.entries(value).map(([field, each]) => [field, damaged(each, pick, other)]))
}

const broken = (object: KubeObject, pick: () => boolean, other: () => unknown): KubeObject => {
  const { apiVersion, kind, metadata, ...rest } = object
  const fields = Object.entries(rest).map(([field, value]) => [field, damaged(value, pick, other)])
  return { ...Object.fromEntries(fields), apiVersion, kind, metadata }
}

const OTHERS = [null, '', 'text', 0, -1, 1.5, true, [], {}, [null], [['x']], { a: null }, '2026-13-45T99:99:99Z']

test('no shape of spec, status or events breaks a description or its bounds', () => {
  const unbroken = property(constantFrom(...objects), gen(), (recorded, generate) => {
    const pick = () => generate(nat, { max: 11 }) === 0
    const other = () => OTHERS[generate(nat, { max: OTHERS.length - 1 })]
    const { object, owned, related, events, ...rest } = snapshotOf(recorded)
    const [all, about, told] = [owned, related, events].map((each) => each.map((one) => broken(one, pick, other)))
    const snapshot = {
      ...rest,
      object: broken(object, pick, other),
      owned: all ?? [],
      related: about ?? [],
      events: told ?? [],
    }
    const description = describe(snapshot, { maxBytes: MOST })
    const text = describeText(description)
    assert.ok(Buffer.byteLength(text) <= MOST && Buffer.byteLength(JSON.stringify(description)) <= MOST)
    assert.doesNotMatch(text, /undefined|\[object Object\]|NaN/)
  })
  holds(unbroken, { numRuns: 300 })
})
