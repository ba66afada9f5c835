import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import fastify from 'fastify'
import { Problem } from '../../src/errors.ts'
import { makeCallerOf } from '../../src/http/credentials.ts'
import type { TokenSpec } from '../../src/services/principals/token.ts'
import { codeOf, INITIALIZE, LIST_CONTEXTS, MCP_HEADERS, requests } from '../security/site.ts'
import { folder, until } from '../support/process.ts'
import { type RawRequest, sendRaw } from '../support/raw.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { bearer, makeToken, revoke } from '../support/tokens.ts'

const NO_CLUSTER = { KUBECONFIG: '/nonexistent' }
// The listener of these tests is on loopback; that it counts as one that others reach is the setting's doing.
const BEYOND = { ...NO_CLUSTER, HOST: '0.0.0.0' }
const WRONG = `k8smcp_agent_${'A'.repeat(43)}`

const get = (server: TestServer, path: string, headers: Record<string, string> = {}) =>
  sendRaw(server.url, { path, headers })
const callers = (server: TestServer) =>
  server.logs.filter((line) => line['operation'] !== undefined).map((line) => line['principal'])
const auditOf = async ({ application: { core } }: TestServer, event: string) =>
  ((await core.approving.opened?.store.auditRows(0, 1000)) ?? []).filter((row) => row.event === event)

suite('a listener on loopback', () => {
  test('takes whoever sends no credential for the one agent local', async (t) => {
    const server = await startServer(t, NO_CLUSTER)
    assert.equal((await get(server, '/status')).status, 200)
    assert.deepEqual(callers(server), ['agent:local'])
  })

  test('takes who sends a token for whom it names', async (t) => {
    const server = await startServer(t, NO_CLUSTER)
    const { token } = await makeToken(server.application, { kind: 'person', subject: 'alice', role: 'viewer' })
    for (const scheme of ['Bearer', 'bearer', 'BEARER '])
      assert.equal((await get(server, '/status', { authorization: `${scheme} ${token}` })).status, 200)
    assert.deepEqual(callers(server), ['person:alice', 'person:alice', 'person:alice'])
  })
})

const FORMS: [what: string, authorization: (token: string) => string][] = [
  ['a token that nobody made', () => `Bearer ${WRONG}`],
  ['a token with one sign changed', (token) => `Bearer ${token.slice(0, -2)}${token.endsWith('A') ? 'BB' : 'AA'}`],
  ['the token of another kind', (token) => `Bearer ${token.replace('_agent_', '_person_')}`],
  ['no token behind the scheme', () => 'Bearer'],
  ['an empty token', () => 'Bearer  '],
  ['the token alone', (token) => token],
  ['another scheme', (token) => `Basic ${Buffer.from(`x:${token}`).toString('base64')}`],
  ['two tokens', (token) => `Bearer ${token}, Bearer ${token}`],
  ['something behind the token', (token) => `Bearer ${token} x`],
  ['an empty header', () => ''],
]

for (const settings of [NO_CLUSTER, BEYOND])
  for (const [what, authorization] of FORMS)
    test(`${what} is refused ${settings === BEYOND ? 'beyond' : 'on'} loopback, at every door and page`, async (t) => {
      const server = await startServer(t, settings)
      const { token } = await makeToken(server.application)
      const headers = { authorization: authorization(token) }
      const mcp = { path: '/mcp', method: 'POST', headers: { ...MCP_HEADERS, ...headers }, body: INITIALIZE }
      const asked: RawRequest[] = [{ path: '/status', headers }, { path: '/', headers }, mcp]
      for (const request of asked) {
        const answer = await sendRaw(server.url, request)
        assert.deepEqual([answer.status, codeOf(answer)], [401, 'unauthenticated'], request.path)
        assert.match(
          String(answer.headers['www-authenticate']),
          /^Bearer realm="k8s-mcp", error="invalid_token", error_description="[ -!#-[\]-~]+"$/,
        )
      }
      assert.deepEqual(callers(server), [], 'nobody was let in')
      assert.equal((await get(server, '/livez', headers)).status, 200, 'a probe needs none')
    })

suite('a listener that others reach', () => {
  test('answers public pages, and everything else by 401 that says how to authenticate', async (t) => {
    const server = await startServer(t, BEYOND)
    for (const path of ['/', '/openapi.json', '/openapi.yaml', '/swagger', '/livez', '/readyz'])
      assert.equal((await get(server, path)).status, 200, path)
    const others = requests({ server, web: server.url, mcp: server.url }).filter(
      ([, { path, method }]) =>
        !['/', '/openapi.json', '/openapi.yaml', '/swagger', '/nosuch'].includes(path) && method !== 'OPTIONS',
    )
    const changes: RawRequest[] = [
      { path: '/approvals' },
      { path: '/approvals/x/approve', method: 'POST', headers: MCP_HEADERS, body: '{"digest":"x"}' },
    ]
    const known = others.map(([, request]) => request).filter(({ method }) => method !== 'DELETE')
    for (const request of [...known, ...changes]) {
      const answer = await sendRaw(server.url, request)
      assert.deepEqual([answer.status, codeOf(answer)], [401, 'unauthenticated'], `${request.method} ${request.path}`)
      assert.equal(answer.headers['www-authenticate'], 'Bearer realm="k8s-mcp"')
    }
    assert.ok(known.length >= 6)
  })

  test('says nothing of the cluster to who has no credential', async (t) => {
    const KUBECONFIG = join(folder(t), 'config')
    writeFileSync(
      KUBECONFIG,
      JSON.stringify({
        'current-context': 'hush',
        clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'hush', context: { cluster: 'c', user: 'u' } }],
      }),
    )
    const server = await startServer(t, { HOST: '0.0.0.0', KUBECONFIG })
    assert.doesNotMatch((await get(server, '/')).text, /hush|127\.0\.0\.1:1\b/)
    const { token } = await makeToken(server.application)
    assert.match((await get(server, '/', bearer(token))).text, /hush/)
  })

  test('takes tokens, by REST and by MCP', async (t) => {
    const server = await startServer(t, BEYOND)
    const { token } = await makeToken(server.application)
    assert.equal((await get(server, '/status', bearer(token))).status, 200)
    const headers = { ...MCP_HEADERS, ...bearer(token) }
    const opened = await sendRaw(server.url, { path: '/mcp', method: 'POST', headers, body: INITIALIZE })
    const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) }
    const called = await sendRaw(server.url, {
      path: '/mcp',
      method: 'POST',
      headers: { ...headers, ...session },
      body: LIST_CONTEXTS,
    })
    assert.equal(called.status, 200)
    const without = { path: '/mcp', method: 'POST', headers: { ...MCP_HEADERS, ...session }, body: LIST_CONTEXTS }
    assert.equal((await sendRaw(server.url, without)).status, 401, 'a session is no credential')
    assert.deepEqual(callers(server), ['agent:bot', 'agent:bot'])
  })

  test('does not give the session of one to another', async (t) => {
    const server = await startServer(t, BEYOND)
    const [one, other] = [
      await makeToken(server.application),
      await makeToken(server.application, { subject: 'other' }),
    ]
    const headersOf = ({ token }: { token: string }) => ({ ...MCP_HEADERS, ...bearer(token) })
    const open = { path: '/mcp', method: 'POST', headers: headersOf(one), body: INITIALIZE }
    const id = String((await sendRaw(server.url, open)).headers['mcp-session-id'])
    const headers = { ...headersOf(other), 'mcp-session-id': id }
    const answer = await sendRaw(server.url, { path: '/mcp', method: 'POST', headers, body: LIST_CONTEXTS })
    assert.deepEqual([answer.status, codeOf(answer)], [404, 'session_not_found'])
  })
})

test('a token in the query or the body is none, and does not get into the log', async (t) => {
  const server = await startServer(t, BEYOND)
  const { token } = await makeToken(server.application)
  for (const name of ['access_token', 'token', 'authorization', 'Authorization', 'bearer', 'x']) {
    const query = await get(server, `/status?${name}=${token}`)
    assert.equal(query.status, 401, name)
    const body = JSON.stringify({ [name]: token })
    const asked = { path: '/cluster/diff', method: 'POST', headers: MCP_HEADERS, body }
    assert.equal((await sendRaw(server.url, asked)).status, 401, name)
    const allowed = await get(server, `/status?${name}=${token}`, bearer(token))
    assert.equal(allowed.status, 400, 'an unknown parameter')
    assert.ok(!allowed.text.includes(token))
  }
  await until('the log has them', () => (server.logs.length >= 18 ? true : undefined))
  assert.ok(!server.logText().includes(token.slice(13)))
})

test('no token is in any log line, audit row or answer, whatever goes wrong with it', async (t) => {
  const server = await startServer(t, { ...BEYOND, LOG_LEVEL: 'trace' })
  const { token, record } = await makeToken(server.application)
  const ways: RawRequest[] = [
    { path: '/status', headers: bearer(token) },
    { path: `/${token}`, headers: bearer(token) },
    { path: '/status', headers: { ...bearer(token), 'x-correlation-id': token } },
    { path: '/status', headers: { ...bearer(token), traceparent: token } },
    { path: '/status', headers: { ...bearer(token), host: token } },
    { path: '/status', headers: { ...bearer(token), origin: `http://${token}` } },
    { path: '/status', headers: { ...bearer(token), accept: token } },
    { path: '/cluster/diff', method: 'POST', headers: { ...bearer(token), 'content-type': token }, body: '{}' },
    { path: '/cluster/diff', method: 'POST', headers: { ...bearer(token), ...MCP_HEADERS }, body: `{${token}` },
    { path: '/mcp', method: 'POST', headers: { ...bearer(token), ...MCP_HEADERS }, body: `{${token}` },
    {
      path: '/mcp',
      method: 'POST',
      headers: { ...bearer(token), ...MCP_HEADERS, 'mcp-session-id': token },
      body: '{}',
    },
  ]
  const answers = await Promise.all(ways.map((way) => sendRaw(server.url, way)))
  await revoke(server.application, record)
  answers.push(await get(server, '/status', bearer(token)))
  const rows = await auditOf(server, 'authentication_failed')
  assert.equal(rows.length, 1)
  const secret = token.slice(13)
  const told = answers.map(({ text, headers }) => text + JSON.stringify(headers))
  const all = [...told, ...server.logText().split('\n'), JSON.stringify(rows)]
  assert.deepEqual(
    all.filter((part) => part.includes(secret)),
    [],
  )
})

test('a revoked token is refused from the next request on, and says that it was revoked', async (t) => {
  const server = await startServer(t, NO_CLUSTER)
  const { token, record } = await makeToken(server.application)
  assert.equal((await get(server, '/status', bearer(token))).status, 200)
  await revoke(server.application, record)
  const answer = await get(server, '/status', bearer(token))
  assert.equal(answer.status, 401)
  assert.match(answer.text, /it was revoked/)
})

/** Follows the events of approvals; resolves with what ended it. */
function follow(server: TestServer, token: string): { opened: Promise<void>; closed: Promise<void> } {
  const { port } = new URL(server.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(
    `GET /approvals/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
  const opened = new Promise<void>((resolve) =>
    socket.once('data', (data) => (assert.match(String(data), /^HTTP\/1.1 200/), resolve())),
  )
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()).on('error', () => undefined))
  return { opened, closed }
}

test('what is open by a token ends when it is revoked, and nothing else does', { timeout: 20_000 }, async (t) => {
  const server = await startServer(t, NO_CLUSTER)
  const [one, other] = [await makeToken(server.application), await makeToken(server.application)]
  const [ending, staying] = [follow(server, one.token), follow(server, other.token)]
  await Promise.all([ending.opened, staying.opened])
  let ended = false
  void staying.closed.then(() => (ended = true))
  await revoke(server.application, one.record)
  await ending.closed
  assert.equal(ended, false)
})

test('what is open by a token ends when it expires', { timeout: 20_000 }, async (t) => {
  const server = await startServer(t, NO_CLUSTER)
  const { token } = await makeToken(server.application, { expiresAt: Date.now() + 1500 })
  const stream = follow(server, token)
  await stream.opened
  await stream.closed
  assert.equal((await get(server, '/status', bearer(token))).status, 401)
})

test('who tries many credentials is told to wait, and others at the same address with a good one are not', async (t) => {
  const server = await startServer(t, NO_CLUSTER)
  const { token } = await makeToken(server.application)
  const tries = await Promise.all(Array.from({ length: 30 }, () => get(server, '/status', bearer(WRONG))))
  const statuses = tries.map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 401).length, 10)
  const refused = tries.find(({ status }) => status === 429)
  assert.equal(refused === undefined ? '' : codeOf(refused), 'rate_limited')
  assert.ok(Number(refused?.headers['retry-after']) >= 1)
  assert.equal((await get(server, '/status', bearer(token))).status, 200)
  assert.equal((await get(server, '/status')).status, 200)
  assert.equal((await auditOf(server, 'authentication_failed')).length, 10, 'a flood does not fill the audit')
})

test('a whole network counts as one address, and all of them together have an end', async () => {
  const failures: string[] = []
  const callerOf = makeCallerOf({
    tokens: NO_TOKENS,
    loopback: true,
    failed: ({ request }) => failures.push(request.ip),
  })
  const app = fastify({ trustProxy: true })
  app.get('/', (request) => callerOf(request))
  app.setErrorHandler((error, _request, reply) => reply.code(error instanceof Problem ? error.status : 500).send(''))
  const from = async (address: string) => {
    const headers = { ...bearer(WRONG), 'x-forwarded-for': address }
    return (await app.inject({ url: '/', headers })).statusCode
  }
  const near = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::3:0']
  for (let round = 0; round < 10; round++) assert.equal(await from(near[round % near.length] ?? ''), 401)
  for (const address of near) assert.equal(await from(address), 429, address)
  for (const address of [
    '2001:db8:1:3::1',
    '2001:db8::1:2:3',
    '::1',
    '::ffff:192.0.2.1',
    '::ffff:192.0.2.2',
    '192.0.2.3',
  ])
    assert.equal(await from(address), 401, address)
  for (let host = 0; host < 600; host++) await from(`2001:db8:${host}::1`)
  assert.ok(failures.length >= 500 && failures.length < 560, `${failures.length} are told`)
  // One more is let through every fifth of a second, whoever it is.
  const next = await Promise.all(Array.from({ length: 20 }, (_, host) => from(`198.51.100.${host}`)))
  assert.ok(next.includes(429), next.join(' '))
})

const NO_TOKENS = {
  authenticate: () => undefined,
  whyNot: () => ({ why: 'no such token is known here' }),
  holds: () => false,
  onChange: () => () => undefined,
}

test('a refused credential is in the audit and the log once, with where it came from', async (t) => {
  const server = await startServer(t, NO_CLUSTER)
  const { token, record } = await makeToken(server.application)
  await revoke(server.application, record)
  const mcp = { path: '/mcp', method: 'POST', headers: { ...MCP_HEADERS, ...bearer(token) }, body: INITIALIZE }
  await sendRaw(server.url, { ...mcp, headers: { ...mcp.headers, 'x-correlation-id': 'c1' } })
  const rows = await until('it is in the audit', async () => {
    const found = await auditOf(server, 'authentication_failed')
    return found.length > 0 ? found : undefined
  })
  const facts = { address: '127.0.0.1', why: 'it was revoked', token_id: record.id }
  assert.deepEqual(
    rows.map(({ principal, door, correlationId, detail }) => ({ principal, door, correlationId, detail })),
    [{ principal: 'agent:anonymous', door: 'mcp', correlationId: 'c1', detail: facts }],
  )
  const lines = server.logs.filter((line) => line['code'] === 'unauthenticated')
  assert.deepEqual(
    lines.map(({ correlation_id, address, why, token_id }) => ({ correlation_id, address, why, token_id })),
    [{ correlation_id: 'c1', ...facts }],
  )
})

test('where the store cannot be used no token is taken, and callers of this machine go on', async (t) => {
  const file = join(folder(t), 'file')
  writeFileSync(file, '')
  const server = await startServer(t, { ...NO_CLUSTER, DATA_DIR: join(file, 'data') })
  const answer = await get(server, '/status', bearer(WRONG))
  assert.deepEqual([answer.status, codeOf(answer)], [503, 'store_unavailable'])
  assert.equal((await get(server, '/status')).status, 200)
})

test('a person with a token decides nothing over MCP', async (t) => {
  const server = await startServer(t, NO_CLUSTER)
  const { token } = await makeToken(server.application, { kind: 'person', subject: 'alice', role: 'admin' })
  const headers = { ...MCP_HEADERS, ...bearer(token), 'mcp-protocol-version': '2025-11-25' }
  const opened = await sendRaw(server.url, { path: '/mcp', method: 'POST', headers, body: INITIALIZE })
  const session = { ...headers, 'mcp-session-id': String(opened.headers['mcp-session-id']) }
  const ask = (method: string, params: object) =>
    sendRaw(server.url, {
      path: '/mcp',
      method: 'POST',
      headers: session,
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
  const { text } = await ask('tools/list', {})
  assert.match(text, /k8s_approvals_get_approval/)
  assert.doesNotMatch(text, /k8s_approvals_(approve|deny|resolve)/)
  for (const name of [
    'k8s_approvals_approve',
    'infra.k8s.approvals.approve',
    'k8s_approvals_deny',
    'infra.k8s.approvals.resolve',
  ])
    assert.match((await ask('tools/call', { name, arguments: { id: 'apr_1', digest: 'x' } })).text, /unknown_operation/)
})

const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address

const PLAIN: [what: string, settings: Record<string, string>, headers: Record<string, string>, status: number][] = [
  ['is refused', {}, {}, 401],
  ['is refused, whatever the caller says of a proxy', {}, { 'x-forwarded-proto': 'https' }, 401],
  ['is taken where the operator insists', { INSECURE_HTTP: 'true' }, {}, 200],
  ['is taken from a trusted proxy', { TRUST_PROXY: outside ?? '' }, {}, 200],
  [
    'is taken from a trusted proxy that was asked by HTTPS',
    { TRUST_PROXY: outside ?? '' },
    { 'x-forwarded-proto': 'https' },
    200,
  ],
  [
    'is refused from a trusted proxy that was not',
    { TRUST_PROXY: outside ?? '' },
    { 'x-forwarded-proto': 'http' },
    401,
  ],
  ['is refused from an address that is no proxy', { TRUST_PROXY: '192.0.2.1' }, { 'x-forwarded-proto': 'https' }, 401],
]

for (const [what, settings, headers, status] of PLAIN)
  test(`a token that comes over plain HTTP from elsewhere ${what}`, { skip: outside === undefined }, async (t) => {
    const server = await startServer(t, { ...BEYOND, ALLOWED_HOSTS: outside ?? '', ...settings })
    const { token } = await makeToken(server.application)
    const base = await alsoAt(t, server, outside ?? '')
    const answer = await sendRaw(base, { path: '/status', headers: { ...bearer(token), ...headers } })
    assert.equal(answer.status, status, answer.text)
    if (status === 401) assert.match(answer.text, /plain HTTP/)
  })

/** The same server at another address of this machine. */
async function alsoAt(t: TestContext, { application: { web } }: TestServer, address: string): Promise<string> {
  const { createServer } = await import('node:http')
  const more = createServer((...exchange) => void web.server.emit('request', ...exchange))
  t.after(() => more.close())
  await new Promise<void>((resolve) => more.listen(0, address, resolve))
  const bound = more.address()
  assert.ok(typeof bound === 'object' && bound !== null)
  return `http://${address}:${bound.port}`
}

test('an agent may have any role and still cannot decide', async (t) => {
  const server = await startServer(t, NO_CLUSTER)
  for (const kind of ['agent', 'service'] satisfies TokenSpec['kind'][]) {
    const { token } = await makeToken(server.application, { kind, role: 'admin', subject: kind })
    const asked = { path: '/approvals/apr_1/approve', method: 'POST', headers: { ...MCP_HEADERS, ...bearer(token) } }
    const answer = await sendRaw(server.url, { ...asked, body: '{"digest":"x"}' })
    assert.deepEqual([answer.status, codeOf(answer)], [403, 'person_needed'], kind)
  }
})
