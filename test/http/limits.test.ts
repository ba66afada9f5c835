import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { RateLimiter } from '../../src/http/limits.ts'
import { ask, fieldsOf, listening, raw } from './fixture.ts'

test('a caller that asks too fast is told when to come again, and may then', async () => {
  await using door = await listening({ rate: { perSecond: 1, burst: 5 } })
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(door.port, '/things')))
  const refused = answers.filter(({ status }) => status === 429)
  assert.ok(refused.length >= 2, `${refused.length} of 8 were refused`)
  const [first] = refused
  assert.equal(first?.headers['retry-after'], '1')
  assert.equal(fieldsOf(first?.body ?? '{}').code, 'rate_limited')
  await delay(1000)
  assert.equal((await ask(door.port, '/things')).status, 200)
})

test('probes are answered to a caller that asks too fast', async () => {
  await using door = await listening({ rate: { perSecond: 0.001, burst: 1 } })
  await ask(door.port, '/things')
  assert.equal((await ask(door.port, '/things')).status, 429)
  assert.equal((await ask(door.port, '/livez')).status, 200)
})

test('a bucket holds no more than its burst, and fills with time', () => {
  const limiter = new RateLimiter({ perSecond: 10, burst: 2 })
  const at = (now: number) => limiter.take('a', now)
  assert.deepEqual([at(0), at(0), at(0)], [undefined, undefined, 1])
  assert.equal(at(100), undefined)
  assert.equal(at(100), 1)
  assert.deepEqual([at(60_000), at(60_000), at(60_000)], [undefined, undefined, 1])
})

test('one caller does not use up what another has', () => {
  const limiter = new RateLimiter({ perSecond: 1, burst: 1 })
  limiter.take('a', 0)
  assert.equal(limiter.take('a', 0), 1)
  assert.equal(limiter.take('b', 0), undefined)
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

function heapInUse(): number {
  collect()
  return process.memoryUsage().heapUsed
}

test('a million callers are not a million buckets, and cost no more each', () => {
  const limiter = new RateLimiter({ perSecond: 1, burst: 10 })
  const before = heapInUse()
  const started = performance.now()
  for (let index = 0; index < 1_000_000; index++) limiter.take(`caller ${index}`, 0)
  assert.ok(performance.now() - started < 20_000)
  assert.ok(heapInUse() - before < 20e6)
})

test('while the event loop is late, new requests are refused, and probes are not', async () => {
  await using door = await listening({ stall: 100 })
  const block = () => {
    const end = performance.now() + 500
    while (performance.now() < end);
  }
  const blocking = setInterval(block, 260)
  let refusal = await ask(door.port, '/things')
  const deadline = performance.now() + 10_000
  while (refusal.status === 200 && performance.now() < deadline) refusal = await ask(door.port, '/things')
  const probe = await ask(door.port, '/livez')
  clearInterval(blocking)
  assert.deepEqual([refusal.status, fieldsOf(refusal.body).code, probe.status], [503, 'overloaded', 200])
  await delay(600)
  assert.equal((await ask(door.port, '/things')).status, 200)
})

const problemIn = (answer: string) => fieldsOf(answer.slice(answer.indexOf('\r\n\r\n') + 4))

test('what is not HTTP is answered with a problem', async () => {
  await using door = await listening()
  for (const bytes of [
    'nonsense\r\n\r\n',
    'GET /things HTTP/9.9\r\n\r\n',
    'GET /things HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n',
    '\u0016\u0003\u0001\u0002',
  ]) {
    const answer = await raw(door.port, bytes)
    assert.match(answer, /^HTTP\/1.1 400 Bad Request\r\n/)
    assert.match(answer, /content-type: application\/problem\+json\r\n/)
    assert.match(answer, /x-correlation-id: [\w-]{36}\r\n/)
    assert.equal(problemIn(answer).code, 'bad_input')
  }
})

test('a request that is announced in two ways is refused (request smuggling)', async () => {
  await using door = await listening()
  const head = `POST /check HTTP/1.1\r\nHost: localhost:${door.port}\r\nContent-Type: application/json\r\n`
  const both = await raw(door.port, `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)
  assert.match(both, /^HTTP\/1.1 400 /)
  const twice = await raw(door.port, `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`)
  assert.match(twice, /^HTTP\/1.1 400 /)
})

test('headers larger than 16 KiB are refused', async () => {
  await using door = await listening()
  const answer = await raw(door.port, `GET /things HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`)
  assert.match(answer, /^HTTP\/1.1 431 /)
  assert.equal(problemIn(answer).code, 'headers_too_large')
})

test('headers that never end are given up after ten seconds, and nobody else waits', async () => {
  await using door = await listening()
  const started = performance.now()
  const slow = raw(door.port, `GET /things HTTP/1.1\r\nHost: localhost:${door.port}\r\nX-Slow: `)
  assert.equal((await ask(door.port, '/things')).status, 200)
  const answer = await slow
  assert.match(answer, /^HTTP\/1.1 408 /)
  assert.equal(problemIn(answer).code, 'request_timeout')
  assert.ok(performance.now() - started < 15_000)
})

test('a client that resets its connection in the middle of a request harms nobody', async () => {
  await using door = await listening()
  const socket = connect(door.port, '127.0.0.1')
  socket.write(
    `POST /check HTTP/1.1\r\nHost: localhost:${door.port}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"yaml`,
  )
  await delay(50)
  socket.resetAndDestroy()
  await delay(50)
  assert.equal((await ask(door.port, '/things')).status, 200)
})
