import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { withoutManagedFields } from '../../src/kubernetes/managed-fields.ts'

const cut = (value: unknown): unknown => JSON.parse(withoutManagedFields(Buffer.from(JSON.stringify(value))))
const managed = [{ manager: 'a"]', fieldsV1: { 'f:x': { '.': {} }, list: [['\\', ']']] } }]

test('managedFields go wherever they stand among the fields, and everything else stays', () => {
  const [first, middle, last] = [
    { managedFields: managed, name: 'a' },
    { name: 'a', managedFields: managed, uid: '1' },
    { name: 'a', managedFields: managed },
  ]
  assert.deepEqual(cut({ items: [first, middle, last, { managedFields: managed }, { managedFields: [] }] }), {
    items: [{ name: 'a' }, { name: 'a', uid: '1' }, { name: 'a' }, {}, {}],
  })
})

test('a string that quotes managedFields stays as it is', () => {
  const annotations = {
    'last-applied': JSON.stringify({ metadata: { managedFields: managed } }),
    note: '"managedFields":[',
  }
  assert.deepEqual(cut({ metadata: { annotations, managedFields: managed } }), { metadata: { annotations } })
})

test('a text that breaks off inside them ends the search', () => {
  assert.equal(withoutManagedFields(Buffer.from('{"a":1,"managedFields":[{"b":"')), '{"a":1')
})

test('any object comes out as if managedFields had been deleted from it', () => {
  const value = fc.jsonValue()
  const object = fc.record({
    metadata: fc.record({ name: fc.string(), managedFields: fc.array(value), labels: value }),
    spec: value,
  })
  fc.assert(
    fc.property(fc.array(object), (items) => {
      const expected = items.map(({ metadata: { name, labels }, spec }) => ({ metadata: { name, labels }, spec }))
      assert.deepEqual(cut(items), JSON.parse(JSON.stringify(expected)))
    }),
  )
})
