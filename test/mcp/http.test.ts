import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openDoor, type TestDoor, until } from './support/door.ts'

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
}
const ACCEPT = { accept: 'application/json, text/event-stream' }
const JSON_BODY = { ...ACCEPT, 'content-type': 'application/json' }
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}

const modernHeaders = (method: string, name?: string) => ({
  ...JSON_BODY,
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': method,
  ...(name === undefined ? {} : { 'mcp-name': name }),
})
const modernCall = (name: string, input: object) => ({
  headers: modernHeaders('tools/call', name),
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 7,
    method: 'tools/call',
    params: { name, arguments: input, _meta: META },
  }),
})

interface Failure {
  error: { code: number; message: string; data?: { code?: string; correlation_id?: string } }
}
const isFailure = (value: unknown): value is Failure =>
  typeof value === 'object' && value !== null && 'error' in value && typeof value.error === 'object'

suite('POST /mcp as HTTP', () => {
  let door: TestDoor
  before(async () => {
    door = await openDoor()
  })
  after(() => door.close())

  const post = (body: string, headers: Record<string, string> = JSON_BODY, signal?: AbortSignal) =>
    fetch(door.url, { method: 'POST', headers, body, ...(signal === undefined ? {} : { signal }) })

  async function refusal(response: Response): Promise<{ status: number; rpc: number; code: string; message: string }> {
    const body: unknown = await response.json()
    assert.ok(isFailure(body), JSON.stringify(body))
    assert.equal(body.error.data?.correlation_id, response.headers.get('x-correlation-id'))
    return {
      status: response.status,
      rpc: body.error.code,
      code: body.error.data?.code ?? '',
      message: body.error.message,
    }
  }

  test('a body that is no JSON is a parse error of JSON-RPC', async () => {
    for (const body of ['{"jsonrpc": ', '\u0000', 'null null', '{"a":1}}'])
      assert.deepEqual((({ status, rpc }) => [status, rpc])(await refusal(await post(body))), [400, -32_700], body)
  })

  test('a key that would reach a prototype is refused', async () => {
    const hostile =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"k8s_echo_say_back","arguments":{"__proto__":{"words":"x"}}}}'
    assert.equal((await refusal(await post(hostile))).rpc, -32_700)
  })

  test('a body of another type is refused with the one that is taken', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      const { status, code, message } = await refusal(await post('{}', { ...ACCEPT, 'content-type': type }))
      assert.deepEqual([status, code], [415, 'unsupported_media_type'])
      assert.match(message, /Send application\/json/)
    }
  })

  test('a body of 2 MiB is refused', async () => {
    const { status, code } = await refusal(await post(JSON.stringify({ words: 'x'.repeat(2 * 1024 * 1024) })))
    assert.deepEqual([status, code], [413, 'body_too_large'])
  })

  test('a message of a session without one is told what to do', async () => {
    const { status, code, message } = await refusal(await post('{"jsonrpc":"2.0","id":1,"method":"tools/list"}'))
    assert.deepEqual([status, code], [400, 'session_needed'])
    assert.match(message, /initialize/)
  })

  test('who opens /mcp with a browser gets a sentence, not a stream', async () => {
    assert.equal((await refusal(await fetch(door.url))).code, 'session_needed')
  })

  test('a JSON value that is no message gets an error, and the server lives on', async () => {
    for (const body of ['5', '"x"', '[]', '{}', '[1]', 'true']) assert.ok((await post(body)).status >= 400, body)
    assert.equal(
      (
        await post(
          modernCall('k8s_echo_say_back', { words: 'x' }).body,
          modernHeaders('tools/call', 'k8s_echo_say_back'),
        )
      ).status,
      200,
    )
  })

  test('an incomplete handshake opens no session', async () => {
    const response = await post(JSON.stringify(INITIALIZE), { 'content-type': 'application/json', accept: 'text/html' })
    assert.equal(response.status, 406)
    assert.equal(response.headers.get('mcp-session-id'), null)
  })

  test('traceparent gives the correlation id, unless it is malformed', async () => {
    const { headers, body } = modernCall('k8s_echo_say_back', { words: 'x' })
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    const good = await post(body, { ...headers, traceparent: `00-${trace}-00f067aa0ba902b7-01` })
    assert.equal(good.headers.get('x-correlation-id'), trace)
    assert.ok((await good.text()).includes(`"correlation_id":"${trace}"`))
    const bad = await post(body, { ...headers, traceparent: 'x', 'x-correlation-id': 'a b' })
    assert.match(bad.headers.get('x-correlation-id') ?? '', /^[0-9a-f-]{36}$/)
  })

  test('closing the connection of a 2026-07-28 call cancels it', async () => {
    const leave = new AbortController()
    const { headers, body } = modernCall('k8s_echo_wait_long', { token: 'left-2026' })
    const call = post(body, headers, leave.signal).catch(() => undefined)
    await until('it waits', () => door.seen.begun.includes('left-2026'))
    leave.abort()
    await call
    await until('it has stopped', () => door.seen.cancelled.includes('left-2026'))
  })

  test('a foreign Host or Origin is refused', async () => {
    const { headers, body } = modernCall('k8s_echo_say_back', { words: 'x' })
    const other = await post(body, { ...headers, origin: `http://localhost:${Number(new URL(door.url).port) + 1}` })
    assert.equal(other.status, 403)
    assert.equal((await post(body, { ...headers, origin: 'https://evil.example' })).status, 403)
    assert.equal((await post(body, { ...headers, origin: new URL(door.url).origin })).status, 200)
  })

  test('other methods are refused with the ones that are taken', async () => {
    for (const method of ['PUT', 'PATCH', 'HEAD']) {
      const response = await fetch(door.url, { method })
      assert.equal(response.status, 405, method)
      for (const taken of ['GET', 'POST', 'DELETE']) assert.ok(response.headers.get('allow')?.includes(taken))
    }
  })
})

test('a stopping server tells a 2026-07-28 call why it ends', async () => {
  const door = await openDoor({ grace: 100 })
  const { headers, body } = modernCall('k8s_echo_wait_long', { token: 'held' })
  const call = fetch(door.url, { method: 'POST', headers, body })
  await until('it waits', () => door.seen.begun.includes('held'))
  const closed = door.close()
  assert.match(await (await call).text(), /shutting_down: The server is shutting down/)
  await closed
})
