import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { at, textAt } from '../support/json.ts'
import { addressOf, startProcess } from '../support/process.ts'
import { type RawRequest, sendRaw } from '../support/raw.ts'
import {
  callsIn,
  codeOf,
  INITIALIZE,
  JSON_TYPE,
  LIST_CONTEXTS,
  MCP_HEADERS,
  message,
  open,
  requests,
  send,
} from './site.ts'

const MIB = 1024 * 1024

suite('pages of other people', () => {
  const hosts = (port: string) =>
    [
      ['evil.example', `evil.example:${port}`, `localhost.evil.example:${port}`, `127.0.0.1.evil.example:${port}`],
      [`0.0.0.0:${port}`, `127.1:${port}`, `2130706433:${port}`, `localhost.:${port}`, 'localhost:1', '127.0.0.1'],
      [`[::]:${port}`, `localhost:${port}@evil.example`, `localhost:${port}, evil.example`, `a#localhost:${port}`],
    ].flat()

  test('reach no listener by another name (DNS rebinding)', async (t) => {
    const site = await open(t)
    for (const [address, request] of requests(site))
      for (const host of hosts(new URL(address).port)) {
        const answer = await send(address, request, { host })
        assert.deepEqual([answer.status, codeOf(answer)], [421, 'host_not_allowed'], `${host} ${request.path}`)
      }
    assert.deepEqual(callsIn(site.server), [], 'nothing was called')
  })

  test('may not ask, whatever origin they have', async (t) => {
    const site = await open(t)
    const own = new URL(site.web).host
    const origins = (host: string) =>
      [
        ['null', '', 'file://', 'chrome-extension://abc', 'http://evil.example', `http://${host}.evil.example`],
        [
          `https://${host}`,
          `HTTP://${host}`,
          `http://${host}/`,
          'http://127.0.0.1',
          `http://localhost:${host.split(':')[1]}`,
        ],
      ].flat()
    for (const [address, request] of requests(site)) {
      const { host } = new URL(address)
      const others = address === site.web ? [] : [`http://${own}`]
      for (const origin of [...origins(host), ...others]) {
        const answer = await send(address, request, { origin })
        assert.deepEqual([answer.status, codeOf(answer)], [403, 'origin_not_allowed'], `${origin} ${request.path}`)
      }
      const allowed = await send(address, request, { origin: `http://${host}` })
      assert.notEqual(allowed.status, 403, request.path)
    }
  })

  test('are allowed nothing by CORS, and every answer says how it may be used', async (t) => {
    const site = await open(t)
    for (const [address, request] of requests(site)) {
      const origin = new URL(address).origin
      const { headers } = await send(address, request, { origin, 'access-control-request-method': 'POST' })
      assert.deepEqual(
        Object.keys(headers).filter((name) => /^access-control-|^server$|^x-powered-by$/.test(name)),
        [],
        request.path,
      )
      assert.equal(headers['x-content-type-options'], 'nosniff', request.path)
      assert.equal(headers['referrer-policy'], 'no-referrer', request.path)
      assert.match(
        textAt(headers, 'content-security-policy'),
        /default-src '(none|self)'.*frame-ancestors 'none'/,
        request.path,
      )
      assert.doesNotMatch(textAt(headers, 'content-security-policy'), /unsafe-(inline|eval)/, request.path)
      assert.match(textAt(headers, 'x-correlation-id'), /^[A-Za-z0-9._-]{1,64}$/, request.path)
    }
  })
})

test('a correlation id is taken only where it is harmless, at every door', async (t) => {
  const site = await open(t)
  const evil = [
    'a b',
    'x'.repeat(65),
    '{"level":"fatal"}',
    '<script>',
    '../x',
    "'; DROP TABLE",
    'a,b',
    '\u00e9',
    '%0d%0aX-Evil:1',
    '',
  ]
  for (const [address, request] of requests(site)) {
    const good = await send(address, request, { 'x-correlation-id': 'my-id_1.2' })
    assert.equal(good.headers['x-correlation-id'], 'my-id_1.2', request.path)
    for (const id of evil) {
      const { headers } = await send(address, request, { 'x-correlation-id': id })
      assert.match(textAt(headers, 'x-correlation-id'), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, id)
    }
  }
})

test('what a caller writes stays in its field of the log, one line a call', async (t) => {
  const { server, web } = await open(t)
  const evil = 'x"}\n{"level":"fatal","msg":"owned"}\u2028\u001b[31m'
  await sendRaw(web, { path: `/cluster/pods?namespace=${encodeURIComponent(evil)}` })
  await sendRaw(web, { path: `/cluster/pods?${encodeURIComponent(evil)}=1`, headers: { 'user-agent': 'x"} fatal' } })
  const lines = server
    .logText()
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
  assert.equal(lines.length, server.logs.length)
  assert.deepEqual(
    lines.filter((line) => at(line, 'msg') === 'owned' || at(line, 'level') === 'fatal'),
    [],
  )
  assert.deepEqual(new Set(callsIn(server).map((line) => line['msg'])), new Set(['call']))
})

test('a session id that was never given out, or whose session has ended, opens nothing', async (t) => {
  const { mcp } = await open(t)
  const post = (body: string, id?: string) =>
    sendRaw(mcp, {
      path: '/mcp',
      method: 'POST',
      body,
      headers: { ...MCP_HEADERS, ...(id === undefined ? {} : { 'mcp-session-id': id }) },
    })
  const ids = await Promise.all([post(INITIALIZE), post(INITIALIZE)])
  const [first = '', second = ''] = ids.map(({ headers }) => textAt(headers, 'mcp-session-id'))
  assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'random')
  assert.equal((await post(LIST_CONTEXTS, first)).status, 200)
  const guesses = [
    first.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    first.toUpperCase(),
    `${first} `.padEnd(40, 'x'),
    '*',
    '__proto__',
    '00000000-0000-4000-8000-000000000000',
  ]
  for (const id of guesses) assert.deepEqual([(await post(LIST_CONTEXTS, id)).status, id], [404, id])
  const end = await sendRaw(mcp, { path: '/mcp', method: 'DELETE', headers: { 'mcp-session-id': first } })
  assert.equal(end.status, 200)
  assert.equal((await post(LIST_CONTEXTS, first)).status, 404)
  assert.equal((await post(LIST_CONTEXTS, second)).status, 200, 'the other one goes on')
})

test('a body of 2 MiB is refused by every door, announced or not', async (t) => {
  const { web, mcp } = await open(t)
  const yamlContent = 'x'.repeat(2 * MIB)
  const bodies: [string, RawRequest][] = [
    [web, { path: '/cluster/diff', headers: JSON_TYPE, body: JSON.stringify({ yamlContent }) }],
    [web, { path: '/cluster/diff', headers: { 'content-type': 'application/yaml' }, body: yamlContent }],
    [
      mcp,
      {
        path: '/mcp',
        headers: MCP_HEADERS,
        body: message('tools/call', { name: 'k8s_apply_diff_manifest', arguments: { yamlContent } }),
      },
    ],
  ]
  for (const [address, request] of bodies)
    for (const transfer of [{}, { 'transfer-encoding': 'chunked' }]) {
      const answer = await send(address, { ...request, method: 'POST' }, transfer).catch((error: unknown) => error)
      // A server that stops reading may close before the client has sent it all.
      const isRefused =
        answer instanceof Error ? /ECONNRESET|EPIPE/.test(String(at(answer, 'code'))) : at(answer, 'status') === 413
      assert.ok(isRefused, JSON.stringify(answer).slice(0, 300))
    }
  assert.equal((await sendRaw(web, { path: '/livez' })).status, 200)
})

const laughs = [
  'a: &a [x,x,x,x,x,x,x,x,x]',
  ...'bcdefghij'
    .split('')
    .map((key, index) => `${key}: &${key} [${`*${'abcdefghij'[index]},`.repeat(9).slice(0, -1)}]`),
]
const BOMBS: Readonly<Record<string, string>> = {
  aliases: laughs.join('\n'),
  depth: '['.repeat(500_000),
  maps: Array.from({ length: 5_000 }, (_, index) => `${' '.repeat(index)}a:`)
    .join('\n')
    .slice(0, MIB),
  tags: 'a: !!js/function "function(){}"',
  documents: '---\na: b\n'.repeat(20_000),
}

test('a YAML bomb is refused soon, and nobody else waits for it', async (t) => {
  const { web } = await open(t)
  for (const [name, yamlContent] of Object.entries(BOMBS)) {
    const started = performance.now()
    const bomb = sendRaw(web, {
      path: '/cluster/diff',
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: yamlContent,
    })
    const live = await sendRaw(web, { path: '/livez' })
    const waited = performance.now() - started
    const answer = await bomb
    assert.ok([400, 422].includes(answer.status), `${name}: ${answer.text.slice(0, 300)}`)
    assert.equal(live.status, 200)
    assert.ok(waited < 2_000 && performance.now() - started < 8_000, `${name} took ${performance.now() - started} ms`)
  }
})

test('a flood is answered or refused to the last request, and then the server is as before', async (t) => {
  const { web, mcp } = await open(t)
  const answers = await Promise.all(Array.from({ length: 400 }, () => sendRaw(web, { path: '/cluster/contexts' })))
  assert.deepEqual(
    [...new Set(answers.map(({ status }) => status))].filter((status) => status !== 200 && status !== 429),
    [],
  )
  const handshake: RawRequest = { path: '/mcp', method: 'POST', headers: MCP_HEADERS, body: INITIALIZE }
  const sessions = await Promise.all(Array.from({ length: 130 }, () => sendRaw(mcp, handshake)))
  const refused = sessions.filter(({ status }) => status === 429)
  assert.equal(refused.length, 30, 'a hundred sessions of one caller, and no more')
  for (const answer of refused) assert.match(codeOf(answer), /too_many_sessions/)
  for (const address of [web, mcp]) assert.ok((await sendRaw(address, { path: '/livez' })).status < 500)
})

test('keys that would reach into every object are refused by every door', async (t) => {
  const { web, mcp } = await open(t)
  for (const key of ['__proto__', 'constructor', 'prototype']) {
    const inQuery = await sendRaw(web, { path: `/cluster/pods?${key}=1&${key}[polluted]=1` })
    const inBody = await sendRaw(web, {
      path: '/cluster/diff',
      method: 'POST',
      headers: JSON_TYPE,
      body: `{"yamlContent":"a","${key}":{"polluted":1}}`,
    })
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"k8s_pods_list_pods","arguments":{"${key}":{"polluted":1}}}}`
    await sendRaw(mcp, { path: '/mcp', method: 'POST', headers: MCP_HEADERS, body })
    assert.deepEqual([inQuery.status, inBody.status], [400, 400], key)
    assert.equal(Reflect.get({}, 'polluted'), undefined)
  }
})

// What no other machine may do unless it has a token: everything but public pages.
for (const host of ['0.0.0.0', '::', '0'])
  test(`with HOST=${host} nobody without a token reads or changes anything`, async (t) => {
    const server = startProcess(t, [], { HOST: host, WEBCONTROL_PORT: '0', KUBECONFIG: '/nonexistent' })
    const { port } = new URL(await addressOf(server))
    const base = `http://127.0.0.1:${port}`
    const paths = ['/status', '/metrics', '/cluster/contexts', '/cluster/pods', '/approvals', '/mcp']
    for (const path of paths) {
      const answer = await sendRaw(base, { path, headers: { accept: '*/*' } })
      assert.deepEqual([answer.status, codeOf(answer)], [401, 'unauthenticated'], path)
    }
  })

for (const host of ['192.0.2.1', 'nosuch.invalid', '127.0.0.1.nosuch.invalid'])
  test(`HOST=${host} is refused with a sentence before anything listens`, async (t) => {
    const server = startProcess(t, [], { HOST: host, WEBCONTROL_PORT: '0', KUBECONFIG: '/nonexistent' })
    assert.equal(await server.exit, 64)
    assert.match(server.stderr(), /^k8s-mcp: HOST .* is not an address of this machine\./m)
    assert.doesNotMatch(server.stdout(), /listening on/)
  })
