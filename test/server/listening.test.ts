import assert from 'node:assert/strict'
import { once } from 'node:events'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'
import { accountName } from '../../src/account.ts'
import { ConfigError, dataPlaces, readConfig } from '../../src/config.ts'
import { listeningOf } from '../../src/listening.ts'
import { openStore } from '../../src/services/approvals/open.ts'
import { Principals } from '../../src/services/principals/principals.ts'
import { issue, newAuthority } from '../cluster/certificates.ts'
import { addressOf, folder, type ServerProcess, startProcess, until } from '../support/process.ts'
import { onTerminal, skipWithoutTerminal } from '../support/pty.ts'
import { bearer } from '../support/tokens.ts'

const NO_CLUSTER = { KUBECONFIG: '/nonexistent', WEBCONTROL_PORT: '0' }
const OTHERS = { ...NO_CLUSTER, HOST: '0.0.0.0' }

const configOf = (settings: Record<string, string>) => readConfig({ environment: settings }).config
const by = { principal: { kind: 'person', subject: 'root' }, door: 'terminal', correlationId: 'test' } as const

/** Makes a token in the store of a server that does not run. */
async function tokenIn(DATA_DIR: string): Promise<string> {
  const { store } = await openStore(dataPlaces(configOf({ DATA_DIR })))
  const principals = await Principals.open({ store, operator: 'root' })
  const { token } = await principals.create({ kind: 'agent', subject: 'bot', role: 'requester' }, by)
  principals.close()
  await store.close()
  return token
}

interface Reply {
  status: number
  body: string
  headers: IncomingMessage['headers']
}

async function replyTo(asked: ReturnType<typeof httpRequest>): Promise<Reply> {
  asked.end()
  const [answer]: IncomingMessage[] = await once(asked, 'response')
  assert.ok(answer !== undefined)
  return { status: answer.statusCode ?? 0, body: await text(answer), headers: answer.headers }
}

const ask = (port: number, path: string, headers: Record<string, string> = {}): Promise<Reply> =>
  replyTo(
    httpRequest({ host: '127.0.0.1', port, path, headers: { host: `127.0.0.1:${port}`, ...headers }, agent: false }),
  )

const portOf = async (server: ServerProcess) => Number(new URL(await addressOf(server)).port)

suite('a server that others reach', () => {
  test('starts without a token, answers public pages alone, and says how to make the first one', async (t) => {
    const server = startProcess(t, [], OTHERS)
    const port = await portOf(server)
    assert.equal((await ask(port, '/')).status, 200)
    assert.equal((await ask(port, '/status')).status, 401)
    await until('it says so', () => (/k8s-mcp token create --kind person/.test(server.stdout()) ? true : undefined))
    assert.match(server.stdout(), /beyond loopback each caller needs a token/)
    assert.match(server.stdout(), /neither PUBLIC_URL nor ALLOWED_HOSTS is set/)
  })

  test('with tokens does not start over plain HTTP, and says what to do', { timeout: 30_000 }, async (t) => {
    const DATA_DIR = folder(t)
    await tokenIn(DATA_DIR)
    const server = startProcess(t, [], { ...OTHERS, DATA_DIR })
    assert.equal(await server.exit, 64)
    assert.match(server.stderr(), /HOST 0\.0\.0\.0.*plain HTTP/)
    assert.match(server.stderr(), /TLS_CERT.*TRUST_PROXY.*--insecure/)
    assert.doesNotMatch(server.stdout(), /listening/)
  })

  for (const [what, args, settings] of [
    ['where the operator insists', ['--insecure'], {}],
    ['behind a proxy', [], { TRUST_PROXY: '127.0.0.1' }],
  ] satisfies [string, string[], Record<string, string>][])
    test(`with tokens starts over plain HTTP ${what}`, async (t) => {
      const DATA_DIR = folder(t)
      const token = await tokenIn(DATA_DIR)
      const server = startProcess(t, args, { ...OTHERS, ...settings, DATA_DIR })
      const port = await portOf(server)
      assert.equal((await ask(port, '/status')).status, 401)
      assert.equal((await ask(port, '/status', bearer(token))).status, 200)
    })

  test('asks everybody for a token, who comes from this machine too', async (t) => {
    const server = startProcess(t, [], { ...OTHERS, ALLOWED_HOSTS: 'k8s.example.com' })
    const port = await portOf(server)
    assert.equal((await ask(port, '/status', { host: 'k8s.example.com' })).status, 401)
    assert.equal((await ask(port, '/status', { host: 'evil.example' })).status, 421)
    assert.equal((await ask(port, '/status', { host: `0.0.0.0:${port}` })).status, 421)
  })
})

test('a server on loopback takes callers without a token, tokens or none, over plain HTTP', async (t) => {
  const DATA_DIR = folder(t)
  const token = await tokenIn(DATA_DIR)
  const server = startProcess(t, [], { ...NO_CLUSTER, DATA_DIR })
  const port = await portOf(server)
  assert.equal((await ask(port, '/status')).status, 200)
  assert.equal((await ask(port, '/status', bearer(token))).status, 200)
})

test('the start says once who is not held by approvals', async (t) => {
  const server = startProcess(t, [], NO_CLUSTER)
  await until('it says so', () => (/operating-system user/.test(server.stdout()) ? true : undefined))
  const lines = server.stdout().split('\n')
  assert.equal(lines.filter((line) => line.includes('operating-system user')).length, 1)
  assert.ok(lines.some((line) => line.includes(`"account":"${accountName()}"`)))
})

const LOOPBACK: [settings: Record<string, string>, loopback: boolean][] = [
  [{}, true],
  [{ HOST: 'localhost' }, true],
  [{ HOST: '127.0.0.2' }, true],
  [{ HOST: '::1' }, true],
  [{ HOST: '0.0.0.0' }, false],
  [{ HOST: '::' }, false],
  [{ HOST: '10.0.0.1' }, false],
  [{ HOST: '0' }, false],
  [{ HOST: '127.0.0.1.example.com' }, false],
  [{ HOST: 'localhost.example.com' }, false],
  [{ HOST: '128.0.0.1' }, false],
  [{ PUBLIC_URL: 'http://localhost:8008' }, true],
  [{ PUBLIC_URL: 'http://[::1]:8008' }, true],
  [{ PUBLIC_URL: 'https://k8s.example.com' }, false],
  [{ TRUST_PROXY: '127.0.0.1' }, false],
]

for (const [settings, loopback] of LOOPBACK)
  test(`${JSON.stringify(settings)} is ${loopback ? 'reached by this machine alone' : 'reached by others'}`, () => {
    assert.equal(listeningOf(configOf(settings)).loopback, loopback)
  })

test('a proxy is an address or a network, and only such a peer is believed', () => {
  const { trusts } = listeningOf(configOf({ TRUST_PROXY: '10.1.0.0/16, 192.0.2.7, fd00::/8, ::1' }))
  assert.ok(trusts !== undefined)
  for (const address of ['10.1.255.255', '::ffff:10.1.2.3', '192.0.2.7', 'fd12::1', '::1'])
    assert.ok(trusts(address), address)
  for (const address of ['10.2.0.0', '192.0.2.8', 'fe80::1', '127.0.0.1', '::ffff:10.2.0.0', '', 'x'])
    assert.ok(!trusts(address), address)
})

for (const proxy of [
  'proxy.example.com',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/0',
  '::/0',
  '*',
  'true',
  '1',
  'fd00::/129',
  '10.0.0.0/8/8',
])
  test(`TRUST_PROXY=${proxy} is refused with a sentence`, () => {
    assert.throws(
      () => listeningOf(configOf({ TRUST_PROXY: proxy })),
      (error) => {
        assert.ok(error instanceof ConfigError)
        assert.match(error.message, /^TRUST_PROXY .* is neither an address nor a network/)
        return true
      },
    )
  })

suite('behind a trusted proxy', () => {
  const HEADERS = {
    'x-forwarded-for': '198.51.100.9',
    'x-forwarded-host': 'k8s.example.com',
    'x-forwarded-proto': 'https',
    origin: 'https://k8s.example.com',
  }
  const SETTINGS = { ...OTHERS, PUBLIC_URL: 'https://k8s.example.com' }

  test('its headers say which host was asked for, by which scheme and from where', async (t) => {
    const server = startProcess(t, [], { ...SETTINGS, TRUST_PROXY: '127.0.0.0/8' })
    const port = await portOf(server)
    assert.equal((await ask(port, '/', { ...HEADERS, host: 'upstream:1' })).status, 200)
    const evil = { ...HEADERS, 'x-forwarded-host': 'evil.example' }
    assert.equal((await ask(port, '/', evil)).status, 421)
    assert.equal((await ask(port, '/', { ...HEADERS, origin: 'https://evil.example' })).status, 403)
    await ask(port, '/status', { ...HEADERS, ...bearer(`k8smcp_agent_${'A'.repeat(43)}`) })
    await until('the caller is logged', () => (/"address":"198\.51\.100\.9"/.test(server.stdout()) ? true : undefined))
  })

  test('of anybody else they count for nothing', async (t) => {
    const server = startProcess(t, [], { ...SETTINGS, TRUST_PROXY: '192.0.2.1' })
    const port = await portOf(server)
    assert.equal((await ask(port, '/', { ...HEADERS, host: 'upstream:1' })).status, 421)
    await ask(port, '/status', { ...HEADERS, ...bearer(`k8smcp_agent_${'A'.repeat(43)}`) })
    await until('the caller is logged', () => (/"address":"127\.0\.0\.1"/.test(server.stdout()) ? true : undefined))
    assert.doesNotMatch(server.stdout(), /198\.51\.100\.9/)
  })
})

const authority = newAuthority('test')

function files(t: TestContext, { certificate, key }: { certificate: string; key: string }) {
  const place = folder(t)
  const [TLS_CERT, TLS_KEY] = [join(place, 'tls.crt'), join(place, 'tls.key')]
  writeFileSync(TLS_CERT, certificate)
  writeFileSync(TLS_KEY, key, { mode: 0o600 })
  return { TLS_CERT, TLS_KEY }
}

const serverCertificate = (notAfter?: Date) =>
  issue(authority, {
    commonName: 'k8s-mcp',
    usage: 'server',
    names: ['localhost', '127.0.0.1'],
    ...(notAfter === undefined ? {} : { notAfter }),
  })

suite('with a certificate', () => {
  test('the server speaks HTTPS, REST and MCP, and takes tokens from anywhere', async (t) => {
    const DATA_DIR = folder(t)
    const token = await tokenIn(DATA_DIR)
    const server = startProcess(t, [], { ...OTHERS, ...files(t, serverCertificate()), DATA_DIR })
    const url = new URL(await addressOf(server))
    assert.equal(url.protocol, 'https:')
    const { port } = url
    const get = (path: string, headers: Record<string, string> = {}) =>
      replyTo(httpsRequest({ host: '127.0.0.1', port, path, headers, ca: authority.certificate, agent: false }))
    assert.equal((await get('/')).status, 200)
    assert.equal((await get('/status')).status, 401)
    assert.equal((await get('/status', bearer(token))).status, 200)
    assert.equal((await get('/', { origin: `https://127.0.0.1:${port}` })).status, 200)
    assert.equal((await get('/', { origin: `http://127.0.0.1:${port}` })).status, 403)
    assert.equal((await get('/mcp', bearer(token))).status, 400, 'MCP without a session')
  })

  test('nothing older than TLS 1.2 is spoken, and no plain HTTP', async (t) => {
    const server = startProcess(t, [], { ...NO_CLUSTER, ...files(t, serverCertificate()) })
    const port = await portOf(server)
    const versionOf = async (maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => {
      const options = { host: '127.0.0.1', port, ca: authority.certificate, maxVersion, minVersion: 'TLSv1' } as const
      const socket: TLSSocket = connect({ ...options, ciphers: 'DEFAULT@SECLEVEL=0' })
      const version = await Promise.race([
        once(socket, 'secureConnect').then(() => socket.getProtocol()),
        once(socket, 'error').then(() => 'none'),
      ]).catch(() => 'none')
      socket.destroy()
      return version
    }
    assert.deepEqual(
      [await versionOf('TLSv1.1'), await versionOf('TLSv1.2'), await versionOf('TLSv1.3')],
      ['none', 'TLSv1.2', 'TLSv1.3'],
    )
    await assert.rejects(ask(port, '/'))
  })
})

const EXPIRED = new Date(Date.now() - 1000)
const BAD: [what: string, settings: (t: TestContext) => Record<string, string>, says: RegExp][] = [
  [
    'a certificate without a key',
    (t) => ({ TLS_CERT: files(t, serverCertificate()).TLS_CERT }),
    /TLS_CERT is set alone/,
  ],
  ['a key without a certificate', (t) => ({ TLS_KEY: files(t, serverCertificate()).TLS_KEY }), /TLS_KEY is set alone/],
  [
    'a certificate that is not there',
    (t) => ({ ...files(t, serverCertificate()), TLS_CERT: '/nonexistent/tls.crt' }),
    /TLS_CERT \/nonexistent\/tls\.crt cannot be read \(ENOENT\)/,
  ],
  [
    'a key that is not there',
    (t) => ({ ...files(t, serverCertificate()), TLS_KEY: '/nonexistent/tls.key' }),
    /TLS_KEY .* cannot be read \(ENOENT\)/,
  ],
  [
    'a certificate that is none',
    (t) => files(t, { ...serverCertificate(), certificate: 'x' }),
    /no certificate in PEM form/,
  ],
  ['a key that is none', (t) => files(t, { ...serverCertificate(), key: 'x' }), /no private key in PEM form/],
  [
    'a key that is encrypted',
    (t) => files(t, { ...serverCertificate(), key: '-----BEGIN ENCRYPTED PRIVATE KEY-----\n' }),
    /is encrypted/,
  ],
  [
    'the key of another certificate',
    (t) => files(t, { ...serverCertificate(), key: serverCertificate().key }),
    /does not belong to the certificate/,
  ],
  ['a certificate that has expired', (t) => files(t, serverCertificate(EXPIRED)), /expired on/],
]

for (const [what, settings, says] of BAD)
  test(`${what} stops the start with one clear line`, { timeout: 30_000 }, async (t) => {
    const server = startProcess(t, [], { ...NO_CLUSTER, ...settings(t) })
    assert.equal(await server.exit, 64)
    assert.match(server.stderr(), says)
    assert.equal(server.stderr().trimEnd().split('\n').length, 1)
  })

/** Starts the server in front of a person; answers what the terminal has shown so far. */
function inFrontOf(t: TestContext, settings: Record<string, string>): () => string {
  const command = [process.execPath, join(import.meta.dirname, '../../src/server.ts')]
  const terminal = onTerminal(t, command, { HOME: '/nonexistent', ...NO_CLUSTER, ...settings })
  return () => terminal.raw()
}

const TOKEN = /k8smcp_person_[A-Za-z0-9_-]{43}/g

suite('the first start', { skip: skipWithoutTerminal() }, () => {
  test('on a terminal shows one token of an approver, once, and keeps it nowhere', async (t) => {
    const DATA_DIR = folder(t)
    const LOG_FILE = join(folder(t), 'log')
    const shown = inFrontOf(t, { DATA_DIR, LOG_FILE })
    const [token = '', ...more] = await until('a token is shown', () => shown().match(TOKEN) ?? undefined)
    assert.deepEqual(more, [])
    const port = await until('it listens', () => {
      const found = /127\.0\.0\.1:(\d+)/.exec(shown())?.[1]
      return found === undefined ? undefined : Number(found)
    })
    const { status, body } = await ask(port, '/approvals', bearer(token))
    assert.equal(status, 200, body)
    const kept = [...globSync(`${DATA_DIR}/*`), LOG_FILE].filter(
      (file) => !file.endsWith('.sock') && readFileSync(file).includes(token.slice(14)),
    )
    assert.deepEqual(kept, [])
  })

  test('only the first one does', async (t) => {
    const DATA_DIR = folder(t)
    const { store } = await openStore(dataPlaces(configOf({ DATA_DIR })))
    const principals = await Principals.open({ store, operator: 'root' })
    await principals.create({ kind: 'person', subject: 'alice', role: 'viewer' }, by)
    principals.close()
    await store.close()
    const shown = inFrontOf(t, { DATA_DIR })
    await until('it runs', () => (/no cluster/.test(shown()) ? true : undefined))
    assert.doesNotMatch(shown(), TOKEN)
  })

  test('that others may reach shows none', async (t) => {
    const shown = inFrontOf(t, { DATA_DIR: folder(t), HOST: '0.0.0.0' })
    await until('it runs', () => (/no cluster/.test(shown()) ? true : undefined))
    assert.doesNotMatch(shown(), TOKEN)
  })
})

test('a start whose output nobody sees makes no token', async (t) => {
  const DATA_DIR = folder(t)
  const server = startProcess(t, [], { ...NO_CLUSTER, DATA_DIR })
  await until('it runs', () => (/no cluster/.test(server.stdout()) ? true : undefined))
  assert.doesNotMatch(server.stdout() + server.stderr(), TOKEN)
  server.child.kill('SIGTERM')
  await server.exit
  const { store } = await openStore(dataPlaces(configOf({ DATA_DIR })))
  t.after(() => store.close())
  assert.deepEqual(await store.tokens(), [])
})

test('an address that is not of this machine stops the start with one clear line', { timeout: 30_000 }, async (t) => {
  const server = startProcess(t, [], { ...NO_CLUSTER, HOST: '192.0.2.1' })
  assert.equal(await server.exit, 64)
  assert.match(server.stderr(), /HOST 192\.0\.2\.1 is not an address of this machine/)
})
