import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { crashRules } from '../../src/services/diagnose/rules/crashes.ts'
import { podRules } from '../../src/services/diagnose/rules/pods.ts'
import { ago, make, pod } from '../describe/build.ts'
import { looping, tail } from './build.ts'
import { found } from './told.ts'

const service = (name: string, port: number, { namespace = 'shop', clusterIP = '10.96.0.7' } = {}): KubeObject =>
  make('v1 Service', {
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port }], clusterIP },
  })

const slice = (name: string, ready: boolean): KubeObject =>
  make('discovery.k8s.io/v1 EndpointSlice', {
    metadata: { name: `${name}-x`, labels: { 'kubernetes.io/service-name': name } },
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
    ports: [{ name: '', port: 5432 }],
  })

const DB = [service('db', 5432), slice('db', true)]
const DOWN = [service('db', 5432), slice('db', false)]

/** What is told of a crash after its last words, and the first step. */
async function clueOf(line: string, objects: readonly KubeObject[], crashed = looping(1)) {
  const [finding] = await found(crashRules, [crashed, ...objects], {
    scope: { of: 'cluster' },
    ...tail('starting', line),
  })
  const words = finding?.cause.slice(finding.cause.indexOf(line) + line.length)
  return { text: words?.replace(/^; /, ''), step: finding?.next[0] }
}

const NAMES = [
  'dial tcp: lookup dbs on 10.96.0.10:53: no such host',
  'Error: getaddrinfo ENOTFOUND dbs',
  'Error: getaddrinfo EAI_AGAIN dbs dbs:5432',
  'psycopg2.OperationalError: could not translate host name "dbs" to address: Name or service not known',
  'java.net.UnknownHostException: dbs: Name or service not known',
  "ping: bad address 'dbs'",
  "nslookup: can't resolve 'dbs'",
  "** server can't find dbs.shop.svc.cluster.local: NXDOMAIN",
  'curl: (6) Could not resolve host: dbs',
  "wget: unable to resolve host address 'dbs'",
  "urllib3: Max retries exceeded: HTTPConnectionPool(host='dbs', port=80): Failed to resolve 'dbs'",
  "ERROR 2005 (HY000): Unknown MySQL server host 'dbs' (-2)",
  'Error -2 connecting to dbs:6379. Name or service not known.',
  'PHP Warning: php_network_getaddresses: getaddrinfo for dbs failed: Name does not resolve',
  'SocketError: Failed to open TCP connection to dbs:5432 (getaddrinfo: Name or service not known)',
]
for (const line of NAMES)
  test(`the Service that is not there is told: ${line}`, async () => {
    const { text, step } = await clueOf(line, DB)
    assert.equal(text, 'Service shop/dbs does not exist; there is db')
    assert.match(step?.text ?? '', /^Correct the name that the program is given, or create Service dbs\.$/)
  })

const CONNECTIONS = [
  'dial tcp 10.96.0.7:5432: connect: connection refused',
  'Error: connect ECONNREFUSED 10.96.0.7:5432',
  'connection to server at "db" (10.96.0.7), port 5432 failed: Connection refused',
  'curl: (7) Failed to connect to db port 5432 after 2 ms: Could not connect to server',
  "requests: HTTPConnectionPool(host='db', port=5432): Max retries exceeded: Connection refused",
  "wget: can't connect to remote host (10.96.0.7): Connection refused",
  'read tcp 10.244.1.5:43212->10.96.0.7:5432: i/o timeout',
  'nc: db.shop.svc:5432 (10.96.0.7:5432): Connection timed out',
]
for (const line of CONNECTIONS)
  test(`the Service that nobody answers for is told: ${line}`, async () => {
    const { text, step } = await clueOf(line, DOWN)
    assert.equal(text, 'Service shop/db has no ready endpoint')
    assert.equal(step?.arguments?.['name'], 'db')
    assert.equal((await clueOf(line, DB)).text, '', 'and nothing where somebody does')
  })

test('a Service of another namespace is told by the name that leads to it', async () => {
  const other = service('db', 5432, { namespace: 'data' })
  assert.equal(
    (await clueOf('Error: getaddrinfo ENOTFOUND db', [other])).text,
    'Service shop/db does not exist; there is db.data',
  )
  const namespace = make('v1 Namespace', { metadata: { name: 'data', namespace: undefined } })
  assert.equal(
    (await clueOf('Error: getaddrinfo ENOTFOUND dbs.data', [other, namespace])).text,
    'Service data/dbs does not exist; there is db',
  )
})

test('a port that the Service does not have is told', async () => {
  assert.equal(
    (await clueOf('Error: connect ECONNREFUSED db:5433', DB)).text,
    'Service shop/db has no port 5433, only 5432',
  )
})

test('a Service that leads out of the cluster is told with where to', async () => {
  const spec = { type: 'ExternalName', externalName: 'db.example.com' }
  const outside = make('v1 Service', { metadata: { name: 'db' }, spec })
  for (const line of ['Error: getaddrinfo ENOTFOUND db', 'Error: connect ECONNREFUSED db:5432'])
    assert.equal((await clueOf(line, [outside])).text, 'Service shop/db leads out of the cluster, to db.example.com')
})

test('a headless Service without anybody ready has no address', async () => {
  const headless = [service('db', 5432, { clusterIP: 'None' }), slice('db', false)]
  assert.match((await clueOf('Error: getaddrinfo ENOTFOUND db', headless)).text ?? '', /headless and has no ready/)
  assert.match(
    (await clueOf('Error: getaddrinfo ENOTFOUND db-0.db', headless)).text ?? '',
    /Service shop\/db is headless/,
  )
})

test('a pod that does not ask the DNS of the cluster is told how to', async () => {
  const crashed = looping(1)
  const spec = (more: object) => ({ ...crashed, spec: { ...Object(crashed['spec']), ...more } })
  const line = 'Error: getaddrinfo ENOTFOUND db'
  const host = await clueOf(line, DB, spec({ hostNetwork: true, dnsPolicy: 'ClusterFirst' }))
  assert.match(host.text ?? '', /with dnsPolicy ClusterFirst on the network of its node the pod does not ask the DNS/)
  assert.match(host.step?.text ?? '', /ClusterFirstWithHostNet/)
  const own = await clueOf(line, DB, spec({ dnsPolicy: 'Default' }))
  assert.match(own.step?.text ?? '', /Set dnsPolicy ClusterFirst in/)
  assert.match((await clueOf(line, DB)).text ?? '', /the name is right, and its lookup fails/)
})

test('a program that asks its own pod for what is elsewhere is told where that is', async () => {
  const line = 'Error: connect ECONNREFUSED 127.0.0.1:5432'
  const { text } = await clueOf(line, DB)
  assert.equal(
    text,
    '127.0.0.1 is the pod itself, and none of its containers declares port 5432; there is Service db:5432',
  )
  const offering = looping(1, 'Error', { ports: [{ containerPort: 5432 }] })
  assert.equal((await clueOf(line, DB, offering)).text, '')
})

test('a right that the ServiceAccount lacks is a rule to paste', async () => {
  const line =
    'jobs.batch is forbidden: User "system:serviceaccount:shop:runner" cannot list resource "jobs" in API group "batch" in the namespace "shop"'
  const { step } = await clueOf(line, [])
  assert.equal(
    step?.text,
    'ServiceAccount shop/runner may not do this; this rule in a Role in namespace shop (or a ClusterRole) allows it: {apiGroups: ["batch"], resources: ["jobs"], verbs: ["list"]}.',
  )
})

test('an init container that waits for a Service says so too', async () => {
  const running = { state: { running: { startedAt: ago(900) } } }
  const status = {
    phase: 'Pending',
    initContainerStatuses: [{ name: 'app', ready: false, restartCount: 0, ...running }],
  }
  const waiting = pod(
    {},
    {
      spec: { initContainers: [{ name: 'app', image: 'a' }], containers: [{ name: 'web' }] },
      podStatus: { ...status, containerStatuses: [] },
    },
  )
  const tails = [{ namespace: 'shop', pod: 'web', container: 'app', previous: false, lines: ["nc: bad address 'dbs'"] }]
  const [finding] = await found(podRules, [waiting, ...DB], { tails })
  assert.match(finding?.cause ?? '', /it says: nc: bad address 'dbs'; Service shop\/dbs does not exist; there is db$/)
})

test('what is no Service, and what no log complains of, is nothing to say', async () => {
  for (const line of [
    'Error: getaddrinfo ENOTFOUND api.example.com',
    'FATAL: no such host is known',
    'panic: cannot find file config.yaml',
    'error: db:5432 wants a password',
    'Error: connect ECONNREFUSED 93.184.216.34:443',
    'fatal: unknown host key type in line 3: db',
    '12:00:01 ERROR connection timed out after 30:00',
  ])
    assert.equal((await clueOf(line, DOWN)).text, '', line)
})

test('where Services could not be read nobody is said to be missing', async () => {
  const [finding] = await found(crashRules, [looping(1)], {
    ...tail('Error: getaddrinfo ENOTFOUND dbs'),
    partial: ['Service'],
  })
  assert.match(finding?.cause ?? '', /ENOTFOUND dbs$/)
})
