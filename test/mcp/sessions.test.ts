import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDoor, type TestDoor, until } from './support/door.ts'

const HEADERS = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }

// A client of the 2025 revisions by hand: the official ones do not let us send what an attacker would.
class RawClient {
  readonly #door: TestDoor
  readonly #headers: Record<string, string>
  constructor(door: TestDoor, user: string) {
    this.#door = door
    this.#headers = { ...HEADERS, 'x-test-user': user }
  }

  send(message: object, session?: string): Promise<Response> {
    const headers = { ...this.#headers, ...(session === undefined ? {} : { 'mcp-session-id': session }) }
    const body = Array.isArray(message) ? message : { jsonrpc: '2.0', ...message }
    return fetch(this.#door.url, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  initialize(protocolVersion = '2025-11-25'): Promise<Response> {
    const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'raw', version: '1' } }
    return this.send({ id: 1, method: 'initialize', params })
  }

  /** The id of a new session; its handshake is read to the end. */
  async open(protocolVersion?: string): Promise<string> {
    const response = await this.initialize(protocolVersion)
    const id = response.headers.get('mcp-session-id')
    const body = await response.text()
    assert.ok(id !== null, `no session: ${response.status} ${body}`)
    return id
  }

  /** Status of a harmless request in a session. */
  async status(session: string): Promise<number> {
    const response = await this.send({ id: 2, method: 'tools/list' }, session)
    await response.text()
    return response.status
  }

  other(method: 'GET' | 'DELETE', session: string): Promise<Response> {
    return fetch(this.#door.url, { method, headers: { ...this.#headers, 'mcp-session-id': session } })
  }
}

const limits = { total: 5, perPrincipal: 3, idle: 60_000, crowded: 60_000 }

test('a session serves the principal that opened it, and to others it does not exist', async () => {
  const door = await openDoor()
  const [ann, bob] = [new RawClient(door, 'ann'), new RawClient(door, 'bob')]
  const session = await ann.open()
  assert.equal(await ann.status(session), 200)
  const foreign = await bob.send({ id: 2, method: 'tools/list' }, session)
  const unknown = await bob.send({ id: 2, method: 'tools/list' }, crypto.randomUUID())
  assert.deepEqual([foreign.status, unknown.status], [404, 404])
  assert.deepEqual(
    (await foreign.text()).replaceAll(/"correlation_id":"[^"]+"/g, ''),
    (await unknown.text()).replaceAll(/"correlation_id":"[^"]+"/g, ''),
  )
  assert.equal((await bob.other('GET', session)).status, 404)
  assert.equal((await bob.other('DELETE', session)).status, 404)
  assert.equal(await ann.status(session), 200)
  await door.close()
})

test('DELETE ends a session', async () => {
  const door = await openDoor()
  const ann = new RawClient(door, 'ann')
  const session = await ann.open()
  assert.equal((await ann.other('DELETE', session)).status, 200)
  assert.equal(await ann.status(session), 404)
  await door.close()
})

test('more sessions of one caller than allowed are refused with a sentence, and others are not affected', async () => {
  const door = await openDoor({ sessions: limits })
  const [ann, bob] = [new RawClient(door, 'ann'), new RawClient(door, 'bob')]
  const own = [await ann.open(), await ann.open(), await ann.open()]
  const refused = await ann.initialize()
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('retry-after'), '60')
  assert.match(await refused.text(), /too_many_sessions: Too many MCP sessions of this caller are open: 3 at most/)
  assert.equal(await bob.status(await bob.open()), 200)
  assert.deepEqual(await Promise.all(own.map((each) => ann.status(each))), [200, 200, 200])
  await door.close()
})

test("at a caller's limit its longest unused session makes room, and one in use does not", async () => {
  const door = await openDoor({ sessions: { ...limits, perPrincipal: 2, crowded: 100 } })
  const ann = new RawClient(door, 'ann')
  const [unused, streaming] = [await ann.open(), await ann.open()]
  const stream = await ann.other('GET', streaming)
  await until('there is room', async () => (await ann.initialize()).status === 200)
  assert.deepEqual([await ann.status(unused), await ann.status(streaming)], [404, 200])
  await stream.body?.cancel()
  await door.close()
})

test('more sessions of everybody than allowed are refused until one ends', async () => {
  const door = await openDoor({ sessions: limits })
  const [first = '', ...rest] = await Promise.all(
    ['a', 'b', 'c', 'd', 'e'].map((user) => new RawClient(door, user).open()),
  )
  assert.equal(rest.length, 4)
  const late = new RawClient(door, 'f')
  const refused = await late.initialize()
  assert.match(await refused.text(), /sessions of this server are open: 5 at most/)
  await new RawClient(door, 'a').other('DELETE', first)
  assert.equal(await late.status(await late.open()), 200)
  await door.close()
})

test('a refused handshake takes no place', async () => {
  const door = await openDoor({ sessions: limits })
  const ann = new RawClient(door, 'ann')
  for (let turn = 0; turn < 10; turn++) {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
    })
    const response = await fetch(door.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-test-user': 'ann' },
      body,
    })
    assert.equal(response.status, 406)
  }
  assert.equal(await ann.status(await ann.open()), 200)
  await door.close()
})

test('a session that nobody uses ends; one with an open stream stays', async () => {
  const door = await openDoor({ sessions: { ...limits, perPrincipal: 2, idle: 200 } })
  const ann = new RawClient(door, 'ann')
  const [idle, streaming] = [await ann.open(), await ann.open()]
  const stream = await ann.other('GET', streaming)
  assert.equal(stream.status, 200)
  assert.equal((await ann.initialize()).status, 429)
  await until('there is room again', async () => (await ann.initialize()).status === 200)
  assert.deepEqual([await ann.status(idle), await ann.status(streaming)], [404, 200])
  await stream.body?.cancel()
  await door.close()
})

test('a cancelled call frees its connection, and the session goes on', async () => {
  const door = await openDoor()
  const ann = new RawClient(door, 'ann')
  const session = await ann.open()
  const call = await ann.send(
    { id: 5, method: 'tools/call', params: { name: 'k8s_echo_wait_long', arguments: { token: 'held' } } },
    session,
  )
  await until('it waits', () => door.seen.begun.includes('held'))
  const notice = await ann.send({ method: 'notifications/cancelled', params: { requestId: 5 } }, session)
  assert.equal(notice.status, 202)
  assert.equal((await call.text()).trim(), '', 'a cancelled request is not answered')
  await until('the work has stopped', () => door.seen.cancelled.includes('held'))
  assert.equal(await ann.status(session), 200)
  await door.close()
})

test('a cancellation in one session does not reach a request of the same id in another', async () => {
  const door = await openDoor()
  const [ann, bob] = [new RawClient(door, 'ann'), new RawClient(door, 'bob')]
  const [hers, his] = [await ann.open(), await bob.open()]
  const params = { name: 'k8s_echo_wait_long', arguments: { token: 'safe', milliseconds: 400 } }
  const call = await ann.send({ id: 9, method: 'tools/call', params }, hers)
  await until('it waits', () => door.seen.begun.includes('safe'))
  await bob.send({ method: 'notifications/cancelled', params: { requestId: 9 } }, his)
  assert.match(await call.text(), /"text":"safe"/)
  assert.deepEqual(door.seen.cancelled, [])
  await door.close()
})

test('a client that leaves during a call stops its work', async () => {
  const door = await openDoor()
  const ann = new RawClient(door, 'ann')
  const session = await ann.open()
  const call = await ann.send(
    { id: 5, method: 'tools/call', params: { name: 'k8s_echo_wait_long', arguments: { token: 'left' } } },
    session,
  )
  await until('it waits', () => door.seen.begun.includes('left'))
  await call.body?.cancel()
  await until('the work has stopped', () => door.seen.cancelled.includes('left'))
  await door.close()
})

test('a stopping server waits for what runs, then ends the rest with a reason', async () => {
  const door = await openDoor({ grace: 300 })
  const ann = new RawClient(door, 'ann')
  const session = await ann.open()
  const call = (id: number, token: string, milliseconds: number) =>
    ann.send(
      { id, method: 'tools/call', params: { name: 'k8s_echo_wait_long', arguments: { token, milliseconds } } },
      session,
    )
  const [short, long] = await Promise.all([call(1, 'short', 100), call(2, 'long', 20_000)])
  await until('both wait', () => door.seen.begun.length === 2)
  const closing = door.close()
  assert.match(await short.text(), /"text":"short"/)
  assert.match(await long.text(), /shutting_down: The server is shutting down/)
  await closing
})

test('a batch of 2025-03-26 is answered whole, even where one of its calls is cancelled', async () => {
  const door = await openDoor()
  const ann = new RawClient(door, 'ann')
  const session = await ann.open('2025-03-26')
  const call = (id: number, token: string, milliseconds: number) => {
    const params = { name: 'k8s_echo_wait_long', arguments: { token, milliseconds } }
    return { jsonrpc: '2.0', id, method: 'tools/call', params }
  }
  const batch = await ann.send([call(1, 'kept', 300), call(2, 'dropped', 20_000)], session)
  await until('both wait', () => door.seen.begun.length === 2)
  await ann.send({ method: 'notifications/cancelled', params: { requestId: 2 } }, session)
  const reader = batch.body?.getReader()
  const first = await reader?.read()
  assert.match(new TextDecoder().decode(first?.value), /"text":"kept"/)
  assert.deepEqual(door.seen.cancelled, ['dropped'])
  await reader?.cancel()
  await door.close()
})
