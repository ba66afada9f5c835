import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { afterEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Call } from '../../src/call.ts'
import { problems } from '../../src/errors.ts'
import type { StreamEvent } from '../../src/operations/define.ts'
import { ask, fieldsOf, lines, listening, source, until } from './fixture.ts'

const SSE = { accept: 'text/event-stream' }
const FOLLOW = '/log?follow=true'
const TIMES = { heartbeat: 15_000, idle: 1_800_000, stalled: 60_000 }

afterEach(() => {
  source.open = () => lines(3)
})

/** A source that says nothing until its call is cancelled, and notes when it ended. */
function quietSource() {
  const state = { opened: 0, ended: 0 }
  source.open = async function* (call: Call): AsyncGenerator<StreamEvent> {
    state.opened++
    try {
      await once(call.signal, 'abort').catch(() => undefined)
      yield* lines(0)
    } finally {
      state.ended++
    }
  }
  return state
}

/** A source without end, that counts what was asked of it. */
function endlessSource(line = 'x'.repeat(1000)) {
  const state = { pulled: 0, ended: 0 }
  source.open = async function* (): AsyncGenerator<StreamEvent> {
    try {
      for (;;) {
        state.pulled++
        yield { data: line }
      }
    } finally {
      state.ended++
    }
  }
  return state
}

/** The response as soon as its headers are there; the body is read by whoever wants to. */
async function open(port: number, path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const request = httpRequest({ host: '127.0.0.1', port, path, headers, agent: false })
  request.on('error', () => undefined)
  request.end()
  return new Promise((resolve, reject) => request.once('response', resolve).once('error', reject))
}

test('a followed read is plain text, one line an event', async () => {
  await using door = await listening()
  const reply = await ask(door.port, FOLLOW)
  assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
  assert.equal(reply.headers['transfer-encoding'], 'chunked')
  assert.equal(reply.body, 'line 1\nline 2\nline 3\n')
})

test('a browser gets Server-Sent Events, with ids and an end', async () => {
  source.open = async function* () {
    yield { id: '7', event: 'line', data: 'one\ntwo\r\nthree' }
    yield { id: 'a\nevent: forged', data: '' }
  }
  await using door = await listening()
  const reply = await ask(door.port, FOLLOW, { headers: SSE })
  assert.equal(reply.headers['content-type'], 'text/event-stream; charset=utf-8')
  assert.deepEqual(reply.body.split('\n\n'), [
    'retry: 2000',
    'event: line\nid: 7\ndata: one\ndata: two\ndata: three',
    'id: a event: forged\ndata: ',
    'event: end\ndata: {"code":"ended"}',
    '',
  ])
})

test('a followed read has no JSON form, and one that is not followed has no events', async () => {
  await using door = await listening()
  assert.equal((await ask(door.port, FOLLOW, { headers: { accept: 'application/json' } })).status, 406)
  assert.equal((await ask(door.port, '/log', { headers: SSE })).status, 406)
})

test('an error before the first event has its own status', async () => {
  source.open = async function* () {
    yield* lines(0)
    throw problems.continueExpired()
  }
  await using door = await listening()
  const reply = await ask(door.port, FOLLOW, { headers: SSE })
  assert.deepEqual([reply.status, fieldsOf(reply.body).code], [410, 'continue_expired'])
})

test('bad input has its own status too', async () => {
  await using door = await listening()
  assert.equal((await ask(door.port, `${FOLLOW}&name=..`)).status, 400)
})

test('an error in the middle is the last word, in the form of the stream', async () => {
  source.open = async function* () {
    yield { data: 'one' }
    throw problems.continueExpired()
  }
  await using door = await listening()
  const id = { 'x-correlation-id': 'c1' }
  const plain = await ask(door.port, FOLLOW, { headers: id })
  assert.match(
    plain.body,
    /^one\nk8s-mcp: stream ended, continue_expired: .*Start again without continue\. \(correlation_id c1\)\n$/,
  )
  const events = await ask(door.port, FOLLOW, { headers: { ...SSE, ...id } })
  const last = events.body.split('\n\n').at(-2) ?? ''
  assert.match(last, /^event: end\ndata: /)
  assert.deepEqual(Object.entries(fieldsOf(last.slice(last.indexOf('{')))).slice(0, 1), [['code', 'continue_expired']])
})

test('headers come within moments of a source that has nothing to say yet', async () => {
  quietSource()
  await using door = await listening()
  const started = performance.now()
  const response = await open(door.port, FOLLOW)
  assert.equal(response.statusCode, 200)
  assert.ok(performance.now() - started < 2000)
  response.destroy()
})

test('a source ends within a second of its reader leaving, busy or quiet', async () => {
  await using door = await listening()
  for (const make of [quietSource, () => endlessSource()]) {
    const made = make()
    const response = await open(door.port, FOLLOW)
    const left = performance.now()
    response.destroy()
    await until('the source has ended', () => made.ended === 1)
    assert.ok(performance.now() - left < 1000)
  }
})

test('a reader that leaves before the first event ends the source too', async () => {
  const state = quietSource()
  await using door = await listening()
  const request = httpRequest({ host: '127.0.0.1', port: door.port, path: FOLLOW, agent: false })
  request.on('error', () => undefined)
  request.end()
  await until('the source is open', () => state.opened === 1)
  request.destroy()
  await until('the source has ended', () => state.ended === 1)
})

test('a source is asked for no more than a slow reader takes', async () => {
  const state = endlessSource()
  await using door = await listening()
  const response = await open(door.port, FOLLOW)
  response.once('readable', () => undefined)
  let before = -1
  await until('the socket is full', () => {
    const still = state.pulled === before
    before = state.pulled
    return still && before > 0
  })
  const full = state.pulled
  await delay(300)
  assert.equal(state.pulled, full)
  response.resume()
  await until('it goes on when the reader does', () => state.pulled > full * 2)
  response.destroy()
  await until('the source has ended', () => state.ended === 1)
})

// The reader is another process: it empties the socket while this one writes, so that no write ever has to wait.
const READER = `require('node:net').connect(PORT, '127.0.0.1', function () { this.write(REQUEST) }).resume()`

test('a source that always has more does not keep anybody else waiting', async () => {
  const state = endlessSource()
  await using door = await listening()
  const request = JSON.stringify(`GET ${FOLLOW} HTTP/1.1\r\nHost: localhost:${door.port}\r\n\r\n`)
  const reader = spawn(process.execPath, ['-e', READER.replace('PORT', String(door.port)).replace('REQUEST', request)])
  await until('it flows', () => state.pulled > 1000)
  let longest = 0
  for (let last = performance.now(), turn = 0; turn < 50; turn++) {
    await delay(10)
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }
  reader.kill()
  assert.ok(longest < 500, `the event loop stood still for ${longest} ms`)
  await until('the source has ended', () => state.ended === 1)
})

test('a reader that stands still for too long is dropped', async () => {
  const state = endlessSource()
  await using door = await listening({ streamTimes: { ...TIMES, stalled: 500 } })
  const response = await open(door.port, FOLLOW)
  response.on('error', () => undefined)
  const closed = new Promise((resolve) => response.on('close', resolve))
  await until('the source has ended', () => state.ended === 1)
  response.resume()
  await closed
})

test('a quiet stream of events shows that it is alive', async () => {
  quietSource()
  await using door = await listening({ streamTimes: { ...TIMES, heartbeat: 100 } })
  const response = await open(door.port, FOLLOW, SSE)
  let body = ''
  response.on('data', (chunk: Buffer) => {
    body += chunk.toString()
  })
  await until('two heartbeats', () => body.split(':\n\n').length > 2)
  response.destroy()
})

test('a stream that stays silent for too long is ended with the reason', async () => {
  const state = quietSource()
  await using door = await listening({ streamTimes: { ...TIMES, idle: 500 } })
  const reply = await ask(door.port, FOLLOW)
  assert.match(reply.body, /^k8s-mcp: stream ended, stream_idle: /)
  assert.equal(state.ended, 1)
})

test('one caller has only so many streams, and gets one more when it closes one', async () => {
  const state = quietSource()
  await using door = await listening({ mostStreams: 2 })
  const [first, second] = await Promise.all([open(door.port, FOLLOW), open(door.port, FOLLOW)])
  const third = await ask(door.port, FOLLOW)
  assert.deepEqual([third.status, fieldsOf(third.body).code, state.opened], [429, 'too_many_streams', 2])
  first.destroy()
  await until('the first has ended', () => state.ended === 1)
  const again = await open(door.port, FOLLOW)
  assert.equal(again.statusCode, 200)
  again.destroy()
  second.destroy()
})

test('streams that open at the same moment are counted too', async () => {
  quietSource()
  await using door = await listening({ mostStreams: 3 })
  const answers = await Promise.all(Array.from({ length: 8 }, () => open(door.port, FOLLOW)))
  assert.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 3)
  for (const response of answers) response.destroy()
})

test('a followed read that fails at once takes no place', async () => {
  source.open = async function* () {
    yield* lines(0)
    throw problems.continueExpired()
  }
  await using door = await listening({ mostStreams: 1 })
  for (let turn = 0; turn < 3; turn++) assert.equal((await ask(door.port, FOLLOW)).status, 410)
})

test('HEAD of a followed read has headers, no body, and leaves no source open', async () => {
  const state = endlessSource()
  await using door = await listening()
  const reply = await ask(door.port, FOLLOW, { method: 'HEAD' })
  assert.deepEqual([reply.status, reply.headers['content-type'], reply.body], [200, 'text/plain; charset=utf-8', ''])
  await until('the source has ended', () => state.ended === 1)
})

test('every stream leaves one line of its call', async () => {
  await using door = await listening()
  await ask(door.port, FOLLOW)
  assert.deepEqual(
    door.outcomes.map(({ outcome, bytes }) => ({ outcome, bytes })),
    [{ outcome: 'ok', bytes: 18 }],
  )
})
