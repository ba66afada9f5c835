import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { issue } from '../cluster/certificates.ts'
import {
  base64,
  clusterOf,
  get,
  httpRecorder,
  httpsRecorder,
  kubeconfig,
  listen,
  startedWith,
  until,
  write,
} from './support.ts'

test('50 requests, one after the other, open one connection', async (t) => {
  const server = await httpsRecorder(t)
  const { connections } = await startedWith(
    t,
    kubeconfig({ a: { cluster: clusterOf(server), user: { token: 'abc' } } }),
  )
  for (let count = 0; count < 50; count += 1) assert.equal(await get(connections.open('a')), 200)
  assert.equal(server.connections, 1)
  assert.equal(server.arrived.length, 50)
  assert.equal(server.arrived[0]?.headers.authorization, 'Bearer abc')
})

test('contexts with the same cluster share connections, another client certificate never does', async (t) => {
  const server = await httpsRecorder(t)
  const asClient = (commonName: string) => {
    const { certificate, key } = issue(server.authority, { commonName, usage: 'client' })
    return { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) }
  }
  const cluster = clusterOf(server)
  const { connections } = await startedWith(
    t,
    kubeconfig({
      ann: { cluster, user: asClient('ann') },
      bob: { cluster, user: asClient('bob') },
      one: { cluster, user: { token: 'one' } },
      two: { cluster, user: { token: 'two' } },
    }),
  )
  for (const name of ['one', 'two', 'ann', 'bob', 'two', 'ann']) assert.equal(await get(connections.open(name)), 200)
  assert.equal(server.connections, 3)
  const seen = server.arrived.map(({ client, headers }) => client ?? headers.authorization)
  assert.deepEqual(seen, ['Bearer one', 'Bearer two', 'ann', 'bob', 'Bearer two', 'ann'])
})

test('five contexts at once do not disturb each other, and an unreachable one costs only its own caller 5 s', async (t) => {
  const servers = await Promise.all(Array.from({ length: 5 }, () => httpsRecorder(t)))
  const silent = await listen(
    t,
    createServer(() => {}),
  )
  const entries = servers.map((server, index): [string, { cluster: object; user: object }] => [
    `c${index}`,
    { cluster: clusterOf(server), user: { token: `token-${index}` } },
  ])
  const lost = { cluster: { server: `https://127.0.0.1:${silent}` }, user: { token: 'x' } }
  const { connections } = await startedWith(t, kubeconfig({ ...Object.fromEntries(entries), lost }))
  const begun = performance.now()
  const waiting = assert.rejects(get(connections.open('lost')), { code: 'UND_ERR_CONNECT_TIMEOUT' })
  await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      assert.equal(await get(connections.open(`c${index % 5}`), `/from/c${index % 5}`), 200)
    }),
  )
  const others = performance.now() - begun
  await waiting
  const lasted = performance.now() - begun
  assert.ok(others < 3_000, `the others took ${others} ms`)
  assert.ok(lasted > 4_500 && lasted < 7_000, `the unreachable one took ${lasted} ms`)
  for (const [index, { arrived }] of servers.entries()) {
    assert.equal(arrived.length, 20)
    for (const { path, headers } of arrived) {
      assert.equal(path, `/from/c${index}`)
      assert.equal(headers.authorization, `Bearer token-${index}`)
    }
  }
})

test('a server with a path keeps it, and trailing slashes go', async (t) => {
  const server = await httpRecorder(t)
  const cluster = { server: `${server.url}/k8s/clusters/c-1//` }
  const { connections } = await startedWith(t, kubeconfig({ rancher: { cluster, user: {} } }))
  assert.equal(connections.open('rancher').server, `${server.url}/k8s/clusters/c-1`)
  await get(connections.open('rancher'), '/api/v1')
  assert.equal(server.arrived[0]?.path, '/k8s/clusters/c-1/api/v1')
  assert.equal(server.arrived[0]?.headers.authorization, undefined)
})

test('the certificate of the API server is checked: authority, name, and not at all only where the kubeconfig says so', async (t) => {
  const server = await httpsRecorder(t, ['api.internal'])
  const other = await httpsRecorder(t)
  const named = await httpsRecorder(t)
  const ca = { 'certificate-authority-data': base64(server.authority.certificate) }
  const { connections } = await startedWith(
    t,
    kubeconfig({
      good: { cluster: { server: server.url, ...ca }, user: {} },
      named: { cluster: { server: server.url, ...ca, 'tls-server-name': 'api.internal' }, user: {} },
      address: {
        cluster: { server: server.url.replace('127.0.0.1', 'localhost'), ...ca, 'tls-server-name': '127.0.0.1' },
        user: {},
      },
      wrongAddress: { cluster: { server: server.url, ...ca, 'tls-server-name': '10.0.0.1' }, user: {} },
      wrongName: { cluster: { ...clusterOf(named), 'tls-server-name': 'api.internal' }, user: {} },
      wrongAuthority: { cluster: { server: other.url, ...ca }, user: {} },
      noAuthority: { cluster: { server: server.url }, user: {} },
      insecure: { cluster: { server: server.url, 'insecure-skip-tls-verify': true }, user: {} },
    }),
  )
  for (const name of ['good', 'named', 'address', 'insecure'])
    assert.equal(await get(connections.open(name)), 200, name)
  for (const name of ['wrongAuthority', 'noAuthority', 'wrongName', 'wrongAddress'])
    await assert.rejects(get(connections.open(name)), name)
  assert.equal(other.arrived.length + named.arrived.length, 0)
})

test('impersonation sends one header line per group and per extra value', async (t) => {
  const server = await httpRecorder(t)
  const user = {
    username: 'ann',
    password: 'pass:word',
    as: 'system:serviceaccount:shop:web',
    'as-uid': 'u-1',
    'as-groups': ['devs', 'ops'],
    'as-user-extra': { 'Acme.com/Team': ['red', 'blue'] },
  }
  const { connections } = await startedWith(t, kubeconfig({ a: { cluster: { server: server.url }, user } }))
  await get(connections.open('a'))
  const sent = server.arrived[0]?.lines.filter(([name]) => name.startsWith('impersonate-') || name === 'authorization')
  assert.deepEqual(sent, [
    ['authorization', `Basic ${base64('ann:pass:word')}`],
    ['impersonate-user', 'system:serviceaccount:shop:web'],
    ['impersonate-group', 'devs'],
    ['impersonate-group', 'ops'],
    ['impersonate-uid', 'u-1'],
    ['impersonate-extra-acme.com%2fteam', 'red'],
    ['impersonate-extra-acme.com%2fteam', 'blue'],
  ])
})

test('an unknown context is named with the known ones, an unusable one with its reason', async (t) => {
  const { connections } = await startedWith(
    t,
    kubeconfig({ a: { cluster: {}, user: {} }, b: { cluster: {}, user: {} } }),
  )
  assert.throws(() => connections.open('c'), { code: 'unknown_context', next: 'It has "a", "b".' })
  assert.throws(() => connections.open('a'), {
    code: 'cluster_unavailable',
    message: /Context a cannot be used: The cluster "a" has no server\./,
  })
  assert.throws(() => connections.open('__proto__'), { code: 'unknown_context' })
})

test('a caller that leaves gets its own reason, and disable-compression is passed on', async (t) => {
  const cluster = { server: 'https://127.0.0.1:1', 'disable-compression': true }
  const { connections } = await startedWith(t, kubeconfig({ a: { cluster, user: { token: 'x' } } }))
  assert.equal(connections.open('a').compression, false)
  const reason = new Error('the caller left')
  await assert.rejects(connections.open('a').credentials(AbortSignal.abort(reason)), reason)
})

test('close ends what still runs and takes no new calls', async (t) => {
  const hanging = createServer(() => {})
  const port = await listen(t, hanging)
  const { connections } = await startedWith(
    t,
    kubeconfig({ a: { cluster: { server: `http://127.0.0.1:${port}` }, user: {} } }),
  )
  const running = assert.rejects(get(connections.open('a')), { code: 'UND_ERR_DESTROYED' })
  const arrived = (): Promise<boolean> => new Promise((done) => hanging.getConnections((_, count) => done(count === 1)))
  await until('the request is on its way', arrived)
  const begun = performance.now()
  await connections.close()
  await running
  assert.ok(performance.now() - begun < 1_000)
  assert.throws(() => connections.open('a'), { code: 'shutting_down' })
})

test('a call that began before a reload goes on where it began', async (t) => {
  const server = await httpsRecorder(t)
  const { path, connections, told } = await startedWith(t, kubeconfig({ a: { cluster: clusterOf(server), user: {} } }))
  const before = connections.open('a')
  await write(path, kubeconfig({ b: { cluster: clusterOf(server), user: {} } }))
  await until('the change is told', () => told.length > 0)
  assert.throws(() => connections.open('a'), { code: 'unknown_context' })
  assert.equal(await get(before), 200)
})

test('nothing of a kubeconfig that is secret is in the state', async (t) => {
  const server = await httpsRecorder(t)
  const { certificate, key } = issue(server.authority, { commonName: 'ann', usage: 'client' })
  const secrets = ['tok-3f9c', 'pw-77aa', 'proxypw', 'envsecret', 'urlpw']
  const { connections } = await startedWith(
    t,
    kubeconfig({
      a: {
        cluster: clusterOf(server),
        user: { token: secrets[0], 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) },
      },
      b: {
        cluster: { ...clusterOf(server), 'proxy-url': `ftp://u:${secrets[2]}@proxy` },
        user: { username: 'u', password: secrets[1] },
      },
      c: {
        cluster: { server: `https://u:${secrets[4]}@h:1` },
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: 'x',
            env: [{ name: 'S', value: secrets[3] }],
          },
        },
      },
      d: { cluster: clusterOf(server), user: { token: `${secrets[0]}\u0001` } },
    }),
  )
  const shown = JSON.stringify([
    connections.state,
    connections,
    ...connections.state.contexts.map(({ name, problem }) => (problem ? '' : connections.open(name))),
  ])
  for (const secret of [...secrets, base64(key), key.slice(40, 80)]) assert.ok(!shown.includes(secret), secret)
  assert.equal(connections.state.contexts.filter(({ problem }) => problem !== undefined).length, 3)
})
