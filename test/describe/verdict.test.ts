import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verdict } from '../../src/services/describe/verdict.ts'
import { EXPECTED } from './expected.ts'
import { objects, snapshotOf } from './recorded.ts'

test('every recorded object is expected to say something, or nothing', () => {
  assert.deepEqual(objects.map(({ key }) => key).toSorted(), Object.keys(EXPECTED).toSorted())
})

for (const recorded of objects) {
  test(`${recorded.key} says what is wrong in one line`, () => {
    assert.equal(verdict(snapshotOf(recorded)) ?? null, EXPECTED[recorded.key])
  })
}
