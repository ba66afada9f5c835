import assert from 'node:assert/strict'
import { test } from 'node:test'
import { age, duration } from '../../src/services/describe/age.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test('a length of time reads as kubectl writes it', () => {
  const told: readonly (readonly [number, string])[] = [
    [0, '0s'],
    [119 * SECOND, '119s'],
    [2 * MINUTE, '2m'],
    [2 * MINUTE + 13 * SECOND, '2m13s'],
    [9 * MINUTE + 59 * SECOND, '9m59s'],
    [10 * MINUTE + 5 * SECOND, '10m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR + 12 * MINUTE, '3h12m'],
    [8 * HOUR + 12 * MINUTE, '8h'],
    [47 * HOUR, '47h'],
    [2 * DAY, '2d'],
    [7 * DAY + 5 * HOUR, '7d5h'],
    [8 * DAY + 5 * HOUR, '8d'],
    [729 * DAY, '729d'],
    [3 * 365 * DAY + 40 * DAY, '3y40d'],
    [9 * 365 * DAY + 40 * DAY, '9y'],
  ]
  assert.deepEqual(
    told.map(([milliseconds]) => duration(milliseconds)),
    told.map(([, text]) => text),
  )
})

test('a clock that is behind makes an age of 0s, and a time that is not known is said to be', () => {
  const now = new Date('2026-11-22T12:00:00Z')
  assert.equal(age(now, '2026-11-22T12:00:07Z'), '0s')
  assert.equal(age(now, undefined), '<unknown>')
  assert.equal(age(now, 'yesterday'), '<unknown>')
  assert.equal(age(new Date('yesterday'), '2026-11-22T12:00:00Z'), '<unknown>')
})
