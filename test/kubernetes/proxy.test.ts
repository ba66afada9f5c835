import assert from 'node:assert/strict'
import { createServer as createHttpServer, request as httpRequest } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { proxyFor } from '../../src/kubernetes/proxy.ts'
import { issue } from '../cluster/certificates.ts'
import {
  clusterOf,
  get,
  httpRecorder,
  httpsRecorder,
  kubeconfig,
  listen,
  type Recorder,
  startedWith,
} from './support.ts'

/** Passes bytes between two sockets until either ends. */
function join(one: Socket, two: Socket): void {
  one.on('error', () => two.destroy()).pipe(two)
  two.on('error', () => one.destroy()).pipe(one)
}

function address(target: string): { host: string; port: number } {
  const url = new URL(`http://${target}`)
  return { host: url.hostname, port: Number(url.port) }
}

interface Proxy {
  url: string
  /** What was asked for: `CONNECT host:port`, or the absolute URL of a plain request. */
  asked: string[]
  authorizations: (string | undefined)[]
}

async function httpProxy(t: TestContext, tls?: Recorder): Promise<Proxy> {
  const proxy: Proxy = { url: '', asked: [], authorizations: [] }
  const certificate = tls && issue(tls.authority, { commonName: 'proxy', usage: 'server', names: ['127.0.0.1'] })
  const server = certificate
    ? createHttpsServer({ cert: certificate.certificate, key: certificate.key })
    : createHttpServer()
  server.on('connect', (request, socket: Socket) => {
    proxy.asked.push(`CONNECT ${request.url}`)
    proxy.authorizations.push(request.headers['proxy-authorization'])
    const upstream = connect(address(request.url ?? ''), () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    join(socket, upstream)
    t.after(() => upstream.destroy())
  })
  server.on('request', (request, response) => {
    proxy.asked.push(`${request.method} ${request.url}`)
    httpRequest(request.url ?? '', { headers: request.headers }, (answer) => answer.pipe(response)).end()
  })
  proxy.url = `${tls ? 'https' : 'http'}://127.0.0.1:${await listen(t, server)}`
  t.after(() => server.closeAllConnections())
  return proxy
}

/** RFC 1928 without authentication: greeting, CONNECT by name or IPv4, then bytes. */
async function socksProxy(t: TestContext): Promise<Proxy> {
  const proxy: Proxy = { url: '', asked: [], authorizations: [] }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]))
      socket.once('data', (request: Buffer) => {
        const upstream = answerSocks(socket, request, proxy)
        t.after(() => upstream.destroy())
      })
    })
  })
  proxy.url = `socks5://127.0.0.1:${await listen(t, server)}`
  return proxy
}

function answerSocks(socket: Socket, request: Buffer, proxy: Proxy): Socket {
  const byName = request[3] === 3
  const end = byName ? 5 + (request[4] ?? 0) : 8
  const host = byName ? request.subarray(5, end).toString() : [...request.subarray(4, end)].join('.')
  const port = request.readUInt16BE(end)
  proxy.asked.push(`CONNECT ${host}:${port}`)
  const upstream = connect({ host, port }, () => {
    socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
    join(socket, upstream)
  })
  return upstream
}

const through = (server: Recorder, proxy: string) =>
  kubeconfig({ a: { cluster: { ...clusterOf(server), 'proxy-url': proxy }, user: { token: 'x' } } })

test('proxy-url tunnels to an API server, checks its certificate by name, and keeps one connection', async (t) => {
  const server = await httpsRecorder(t, ['api.internal'])
  const proxy = await httpProxy(t)
  const cluster = { ...clusterOf(server), 'proxy-url': proxy.url.replace('//', '//user:p%40ss@') }
  const { connections } = await startedWith(
    t,
    kubeconfig({
      a: { cluster, user: { token: 'x' } },
      named: { cluster: { ...cluster, 'tls-server-name': 'api.internal' }, user: {} },
      wrong: { cluster: { ...cluster, 'tls-server-name': 'other.internal' }, user: {} },
    }),
  )
  for (let count = 0; count < 5; count += 1) assert.equal(await get(connections.open('a')), 200)
  assert.equal(server.connections, 1)
  assert.deepEqual(proxy.asked, [`CONNECT ${new URL(server.url).host}`])
  assert.deepEqual(proxy.authorizations, [`Basic ${Buffer.from('user:p@ss').toString('base64')}`])
  assert.equal(server.arrived[0]?.headers['proxy-authorization'], undefined)
  assert.equal(await get(connections.open('named')), 200)
  await assert.rejects(get(connections.open('wrong')), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
})

test('an https proxy may be signed by the authority of the cluster', async (t) => {
  const server = await httpsRecorder(t)
  const proxy = await httpProxy(t, server)
  const { connections } = await startedWith(t, through(server, proxy.url))
  assert.equal(await get(connections.open('a')), 200)
  assert.equal(proxy.asked.length, 1)
})

test('a socks5 proxy works, to a name and to an address, and each is checked against the certificate', async (t) => {
  const server = await httpsRecorder(t, ['localhost'])
  const proxy = await socksProxy(t)
  const cluster = { ...clusterOf(server), 'proxy-url': proxy.url }
  const byName = { ...cluster, server: server.url.replace('127.0.0.1', 'localhost') }
  const { connections } = await startedWith(
    t,
    kubeconfig({
      address: { cluster, user: {} },
      name: { cluster: byName, user: {} },
      other: { cluster: { ...byName, 'tls-server-name': 'other.internal' }, user: {} },
      otherAddress: { cluster: { ...cluster, 'tls-server-name': '10.0.0.1' }, user: {} },
    }),
  )
  for (let count = 0; count < 3; count += 1) {
    assert.equal(await get(connections.open('address')), 200)
    assert.equal(await get(connections.open('name')), 200)
  }
  const { port } = new URL(server.url)
  assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${port}`, `CONNECT localhost:${port}`])
  assert.equal(server.connections, 2)
  for (const name of ['other', 'otherAddress']) {
    await assert.rejects(get(connections.open(name)), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  }
})

test('a socks5 proxy does not switch the check of the authority off', async (t) => {
  const server = await httpsRecorder(t)
  const other = await httpsRecorder(t)
  const proxy = await socksProxy(t)
  const { connections } = await startedWith(t, through({ ...server, authority: other.authority }, proxy.url))
  await assert.rejects(get(connections.open('a')))
  assert.equal(server.arrived.length, 0)
})

test('a plain http API server is asked by the proxy in its place', async (t) => {
  const server = await httpRecorder(t)
  const proxy = await httpProxy(t)
  const { connections } = await startedWith(
    t,
    kubeconfig({ a: { cluster: { server: server.url, 'proxy-url': proxy.url }, user: {} } }),
  )
  assert.equal(await get(connections.open('a')), 200)
  assert.deepEqual(proxy.asked, [`GET ${server.url}/api`])
})

test('a proxy that says nothing costs its callers 5 s', async (t) => {
  const server = await httpsRecorder(t)
  const silent = `http://127.0.0.1:${await listen(
    t,
    createServer(() => {}),
  )}`
  const { connections } = await startedWith(t, through(server, silent))
  const begun = performance.now()
  await assert.rejects(get(connections.open('a')))
  const lasted = performance.now() - begun
  assert.ok(lasted > 4_000 && lasted < 7_500, `${lasted} ms`)
})

test('an API server on loopback is never reached by the proxy of the environment', async (t) => {
  const server = await httpsRecorder(t)
  const proxy = await httpProxy(t)
  const config = kubeconfig({ a: { cluster: clusterOf(server), user: {} } })
  const { connections } = await startedWith(t, config, { environment: { HTTPS_PROXY: proxy.url } })
  assert.equal(await get(connections.open('a')), 200)
  assert.deepEqual(proxy.asked, [])
})

// As golang.org/x/net/http/httpproxy documents it.
const rules: [string, string, boolean][] = [
  ['https://api.example.com:6443', '', true],
  ['https://api.example.com:6443', 'example.com', false],
  ['https://example.com', 'example.com', false],
  ['https://notexample.com', 'example.com', true],
  ['https://example.com', '.example.com', true],
  ['https://api.example.com', '.example.com', false],
  ['https://api.example.com', '*.example.com', false],
  ['https://api.example.com:6443', 'example.com:6443', false],
  ['https://api.example.com', 'example.com:6443', true],
  ['https://api.example.com', 'example.com:443', false],
  ['https://API.Example.com.', 'x, EXAMPLE.com', false],
  ['https://10.1.2.3:6443', '10.0.0.0/8', false],
  ['https://11.1.2.3:6443', '10.0.0.0/8', true],
  ['https://10.1.2.3:6443', '10.1.2.3', false],
  ['https://110.1.2.3:6443', '10.1.2.3', true],
  ['https://[fd00::5]:6443', 'fd00::/8', false],
  ['https://[fd00::5]:6443', '[fd00::5]:6443', false],
  ['https://[fd00::5]:6443', 'fd00::6', true],
  ['https://api.example.com', '*', false],
  ['https://api.example.com', '10.0.0.0/99,/,:,x/y', true],
  ['https://localhost:6443', '', false],
  ['https://127.8.8.8:6443', '', false],
  ['https://[::1]:6443', '', false],
]

for (const [server, noProxy, proxied] of rules) {
  test(`${server} with NO_PROXY "${noProxy}" is ${proxied ? '' : 'not '}reached by the proxy`, () => {
    const found = proxyFor(new URL(server), undefined, { HTTPS_PROXY: 'proxy:3128', NO_PROXY: noProxy })
    assert.equal(found, proxied ? 'http://proxy:3128/' : undefined)
  })
}

test('the variables of the environment count for their scheme, in both cases, and a bad one is refused without its value', () => {
  const https = new URL('https://api.example.com')
  assert.equal(proxyFor(https, undefined, { HTTP_PROXY: 'http://p' }), undefined)
  assert.equal(proxyFor(https, undefined, { https_proxy: 'http://p' }), 'http://p/')
  assert.equal(proxyFor(new URL('http://api.example.com'), undefined, { http_proxy: 'http://p' }), 'http://p/')
  assert.equal(proxyFor(https, 'socks5://own:1080', { HTTPS_PROXY: 'http://p', NO_PROXY: '*' }), 'socks5://own:1080')
  assert.throws(
    () => proxyFor(https, undefined, { HTTPS_PROXY: 'gopher://u:secret@p' }),
    /^Unusable: The proxy that HTTPS_PROXY names is not an http, https or socks5 URL\.$/,
  )
})
