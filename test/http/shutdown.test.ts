import assert from 'node:assert/strict'
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Call } from '../../src/call.ts'
import type { StreamEvent } from '../../src/operations/define.ts'
import { ask, hold, lines, listening, source, until } from './fixture.ts'

// SIGTERM in the process is `app.close()` here: stop accepting, finish what runs, end streams with a reason.

afterEach(() => {
  source.open = () => lines(3)
})

function held() {
  const state = { running: 0 }
  source.open = async function* (call: Call): AsyncGenerator<StreamEvent> {
    state.running++
    yield { data: 'first' }
    await new Promise((resolve) => call.signal.addEventListener('abort', resolve))
    state.running--
  }
  return state
}

const seconds = (started: number) => (performance.now() - started) / 1000

test('streams end with the reason, in their own form, and the server closes at once', async () => {
  const state = held()
  const door = await listening()
  const plain = ask(door.port, '/log?follow=true')
  const events = ask(door.port, '/log?follow=true', { headers: { accept: 'text/event-stream' } })
  await until('both run', () => state.running === 2)
  const started = performance.now()
  await door.app.close()
  assert.ok(seconds(started) < 2, `closing took ${seconds(started)} s`)
  assert.match((await plain).body, /^first\nk8s-mcp: stream ended, shutting_down: The server is shutting down\./)
  assert.match((await events).body, /event: end\ndata: \{"code":"shutting_down",/)
  await until('both sources have ended', () => state.running === 0)
})

test('streams over kept-alive connections do not hold the server open', async () => {
  const state = held()
  const door = await listening()
  const agent = new Agent({ keepAlive: true })
  const request = httpRequest({ host: '127.0.0.1', port: door.port, path: '/log?follow=true', agent })
  const body = new Promise<string>((resolve) => request.on('response', (response) => resolve(text(response))))
  request.end()
  await until('it runs', () => state.running === 1)
  const started = performance.now()
  await door.app.close()
  assert.ok(seconds(started) < 2, `closing took ${seconds(started)} s`)
  assert.match(await body, /shutting_down/)
  agent.destroy()
})

test('a reader that does not read is not waited for', async () => {
  source.open = async function* () {
    for (;;) yield { data: 'x'.repeat(1000) }
  }
  const door = await listening()
  const request = httpRequest({ host: '127.0.0.1', port: door.port, path: '/log?follow=true', agent: false })
  request.on('error', () => undefined)
  const response = new Promise<void>((resolve) =>
    request.on('response', (message) => {
      message.on('error', () => undefined)
      resolve()
    }),
  )
  request.end()
  await response
  const started = performance.now()
  await door.app.close()
  assert.ok(seconds(started) < 3, `closing took ${seconds(started)} s`)
  request.destroy()
})

test('what runs is finished and answered, and its connection then closed', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  hold.until = promise
  const door = await listening()
  const agent = new Agent({ keepAlive: true })
  const answer = new Promise<IncomingMessage>((done) =>
    httpRequest({ host: '127.0.0.1', port: door.port, path: '/hold', agent }, done).end(),
  )
  await until('it runs', () => hold.entered === 1)
  const closing = door.app.close()
  await until('nothing new is taken', () => !door.app.server.listening)
  const started = performance.now()
  resolve()
  const { statusCode, headers } = await answer
  assert.deepEqual([statusCode, headers.connection], [200, 'close'])
  await closing
  assert.ok(seconds(started) < 1, `closing took ${seconds(started)} s`)
  agent.destroy()
})

test('an idle connection does not hold the server open', async () => {
  const door = await listening()
  const agent = new Agent({ keepAlive: true })
  await new Promise((resolve) =>
    httpRequest({ host: '127.0.0.1', port: door.port, path: '/things', agent }, (response) =>
      resolve(text(response)),
    ).end(),
  )
  const started = performance.now()
  await door.app.close()
  assert.ok(seconds(started) < 1, `closing took ${seconds(started)} s`)
  agent.destroy()
})

test('a request that arrives while the server closes is told so', async () => {
  const door = await listening()
  const answers = ['/things', '/readyz', '/livez'].map((path) => {
    const socket = connect(door.port, '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${door.port}\r\n`)
    return { socket, answer: text(socket) }
  })
  const connections = promisify<number>((done) => door.app.server.getConnections(done))
  while ((await connections()) < 3) await delay(5)
  await delay(50)
  const closing = door.app.close()
  await until('nothing new is taken', () => !door.app.server.listening)
  for (const { socket } of answers) socket.write('\r\n')
  const [things = '', readyz = '', livez = ''] = await Promise.all(answers.map(({ answer }) => answer))
  assert.match(things, /^HTTP\/1.1 503 .*connection: close\r\n.*"code":"shutting_down"/s)
  assert.match(readyz, /^HTTP\/1.1 503 .*shutting down\n$/s)
  assert.match(livez, /^HTTP\/1.1 200 /)
  await closing
})
