import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { Dispatchers } from '../../src/kubernetes/dispatchers.ts'
import { listen, until } from './support.ts'

const endpoint = (server: string) => ({
  server,
  ca: undefined,
  servername: undefined,
  insecure: false,
  proxy: undefined,
})
const MINUTE = 60_000

test('what nobody asked for in a minute is let go of, but a stream on it goes on to its end', async (t) => {
  const answers: ServerResponse[] = []
  const server = createServer((_, response) => {
    answers.push(response)
    response.write('first ')
  })
  const origin = `http://127.0.0.1:${await listen(t, server)}`
  const dispatchers = new Dispatchers()
  t.after(() => dispatchers.close())
  const before = await dispatchers.get(endpoint(origin), undefined)
  const { body } = await before.request({ origin, path: '/', method: 'GET' })
  const said: string[] = []
  body.setEncoding('utf8').on('data', (chunk: string) => said.push(chunk))
  const ended = once(body, 'end')
  dispatchers.sweep(Date.now() + MINUTE - 1_000)
  assert.equal(await dispatchers.get(endpoint(origin), undefined), before)
  dispatchers.sweep(Date.now() + MINUTE + 1)
  assert.notEqual(await dispatchers.get(endpoint(origin), undefined), before)
  await assert.rejects(before.request({ origin, path: '/', method: 'GET' }), { code: 'UND_ERR_CLOSED' })
  answers[0]?.end('last')
  await ended
  assert.equal(said.join(''), 'first last')
  await until(
    'the old connection is gone',
    () => new Promise((done) => server.getConnections((_, count) => done(count === 0))),
  )
})

test('close ends also what was let go of and still runs', async (t) => {
  const server = createServer((_, response) => response.write('x'))
  const origin = `http://127.0.0.1:${await listen(t, server)}`
  const dispatchers = new Dispatchers()
  const dispatcher = await dispatchers.get(endpoint(origin), undefined)
  const { body } = await dispatcher.request({ origin, path: '/', method: 'GET' })
  const failed = once(body, 'error')
  body.resume()
  dispatchers.sweep(Date.now() + 2 * MINUTE)
  await dispatchers.close()
  await failed
  await until(
    'the connection is gone',
    () => new Promise((done) => server.getConnections((_, count) => done(count === 0))),
  )
})
