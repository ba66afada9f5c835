import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { correlationIdOf } from '../src/correlation.ts'

const MADE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

suite('the correlation id of a request', () => {
  test('is the one given, where it is well formed', () => {
    for (const id of ['a', 'ticket-42', 'A.b_c-1', 'x'.repeat(64)])
      assert.equal(correlationIdOf({ 'x-correlation-id': id }), id)
  })

  test('is made where the given one is not', () => {
    for (const id of ['', ' a', 'a b', 'a\r\nset-cookie: x', 'x'.repeat(65), 'ä', '${jndi}', 'a,b'])
      assert.match(correlationIdOf({ 'x-correlation-id': id }), MADE, JSON.stringify(id))
    assert.match(correlationIdOf({ 'x-correlation-id': ['a', 'b'] }), MADE)
  })

  test('is the trace-id of a well-formed traceparent', () => {
    assert.equal(correlationIdOf({ traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }), TRACE)
    assert.equal(
      correlationIdOf({ 'x-correlation-id': 'mine', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }),
      'mine',
    )
  })

  test('is made where traceparent is garbage', () => {
    const garbage = [
      '',
      'x',
      `00-${TRACE}`,
      `ff-${TRACE}-00f067aa0ba902b7-01`,
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
    ]
    for (const traceparent of garbage) assert.match(correlationIdOf({ traceparent }), MADE, traceparent)
  })

  test('is never made twice', () => {
    assert.equal(new Set(Array.from({ length: 1000 }, () => correlationIdOf({}))).size, 1000)
  })
})
