import assert from 'node:assert/strict'
import { chmod, mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { issue, newAuthority } from '../cluster/certificates.ts'
import { base64, folder, get, httpRecorder, httpsRecorder, kubeconfig, started, startedWith, write } from './support.ts'

const authority = newAuthority('test')
const SERVER = 'https://127.0.0.1:6443'

test('of several files the first that has an entry wins, and the first that has a current context', async (t) => {
  const one = await httpRecorder(t)
  const two = await httpRecorder(t)
  const path = folder(t)
  const a = await write(join(path, 'a'), {
    contexts: [{ name: 'shared', context: { cluster: 'c', user: 'u', namespace: 'one' } }],
    clusters: [{ name: 'c', cluster: { server: one.url } }],
  })
  const b = await write(join(path, 'b'), {
    'current-context': 'only-two',
    contexts: [
      { name: 'shared', context: { cluster: 'c', user: 'u', namespace: 'two' } },
      { name: 'only-two', context: { cluster: 'c', user: 'u' } },
    ],
    clusters: [{ name: 'c', cluster: { server: two.url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'of-two' } }],
  })
  const missing = join(path, 'missing')
  const { connections } = await started(t, { kubeconfig: ['', a, missing, b, a].join(delimiter) })
  const { state } = connections
  assert.deepEqual(state.files, [a, b])
  assert.equal(state.currentContext, 'only-two')
  assert.deepEqual(
    state.contexts.map(({ name, namespace, server }) => [name, namespace, server]),
    [
      ['shared', 'one', one.url],
      ['only-two', 'default', one.url],
    ],
  )
  await get(connections.open('only-two'))
  assert.equal(one.arrived[0]?.headers.authorization, 'Bearer of-two')
  assert.equal(two.arrived.length, 0)
})

test('of two contexts with one name in a file the first wins', async (t) => {
  const text = `
contexts:
- {name: twice, context: {cluster: a, user: ''}}
- {name: twice, context: {cluster: b, user: ''}}
clusters:
- {name: a, cluster: {server: 'https://a:1'}}
- {name: b, cluster: {server: 'https://b:1'}}
`
  const { connections } = await startedWith(t, text)
  assert.deepEqual(
    connections.state.contexts.map(({ server }) => server),
    ['https://a:1'],
  )
})

test('YAML as people write it is read: numbers and words stay text, null is nothing, anchors and comments work', async (t) => {
  const text = `\uFEFF# mine
apiVersion: v1
kind: Config
preferences: {}
current-context: 0123
contexts:
- name: 0123
  context: {cluster: 1e3, user: no, namespace: 2024}
clusters:
- name: 1e3
  cluster: &cluster
    server: https://127.0.0.1:6443/
    insecure-skip-tls-verify: True
    certificate-authority-data: null
- name: other
  cluster: *cluster
users:
- name: no
  user: {token: 007, exec: null, as-groups: ~}
`
  const { connections } = await startedWith(t, text)
  assert.deepEqual(connections.state.contexts, [
    { name: '0123', cluster: '1e3', user: 'no', namespace: '2024', server: SERVER, problem: undefined },
  ])
  const { headers } = await connections.open('0123').credentials(AbortSignal.timeout(1_000))
  assert.deepEqual(headers, { authorization: 'Bearer 007' })
})

test('a JSON kubeconfig works, with tabs too', async (t) => {
  const content = kubeconfig({ a: { cluster: { server: SERVER, 'insecure-skip-tls-verify': true }, user: {} } })
  const { connections } = await startedWith(t, JSON.stringify(content, undefined, '\t'))
  assert.equal(connections.state.problem, undefined)
  assert.equal(connections.open('a').server, SERVER)
})

test('relative paths start from the folder of the file that has them', async (t) => {
  const server = await httpsRecorder(t)
  const { certificate, key } = issue(server.authority, { commonName: 'ann', usage: 'client' })
  const path = folder(t)
  await write(join(path, 'pki/ca.crt'), server.authority.certificate)
  await write(join(path, 'pki/ann.crt'), certificate)
  await write(join(path, 'pki/ann.key'), key)
  const config = await write(
    join(path, 'config'),
    kubeconfig({
      a: {
        cluster: { server: server.url, 'certificate-authority': 'pki/ca.crt' },
        user: { 'client-certificate': 'pki/ann.crt', 'client-key': './pki/ann.key' },
      },
    }),
  )
  const { connections } = await started(t, { kubeconfig: config })
  assert.equal(await get(connections.open('a')), 200)
  assert.equal(server.arrived[0]?.client, 'ann')
})

test('an empty KUBECONFIG is none: the one in the home folder counts', async (t) => {
  const home = folder(t)
  const path = await write(join(home, '.kube/config'), kubeconfig({ a: { cluster: { server: SERVER }, user: {} } }))
  const { connections } = await started(t, { kubeconfig: '', homeDirectory: home })
  assert.deepEqual(connections.state.files, [path])
})

test('without any kubeconfig the state says where it looked and what to do', async (t) => {
  const home = folder(t)
  const { connections } = await started(t, { homeDirectory: home })
  const { source, problem, howTo, contexts } = connections.state
  assert.deepEqual([source, contexts], ['none', []])
  assert.equal(problem, `There is no kubeconfig at ${join(home, '.kube/config')}.`)
  assert.match(howTo ?? '', /Write a kubeconfig to .*\.kube\/config, or start with KUBECONFIG set to one/)
  assert.throws(() => connections.open('a'), {
    code: 'cluster_unavailable',
    message: /There is no kubeconfig at/,
    next: howTo,
  })
})

const SECRET = 'hunter2-secret'
const unreadable: [string, string | Buffer, RegExp][] = [
  ['is empty', '\n# nothing\n', /The kubeconfig \S+ is empty\.$/],
  ['is a text', 'hello', /The kubeconfig \S+ is not a mapping\.$/],
  ['is a list', '- a', /is not a mapping/],
  ['is another kind', 'kind: Secret', /is not a kubeconfig: its kind is not Config/],
  [
    'repeats a key',
    `users: []\ntoken: ${SECRET}\ntoken: ${SECRET}`,
    /the same key a second time at line 3, column 1\.$/,
  ],
  ['has a second mapping on a line', `a:\n  token: ${SECRET}: x`, /at line 2, column 10\.$/],
  ['has a tab', `a:\n\t- ${SECRET}`, /a tab in the indentation at line 2, column 1/],
  ['has an open quote', `a: "${SECRET}`, /a missing quote, bracket or colon at line 1/],
  ['has an unknown tag', `a: !${SECRET} b`, /a YAML tag that kubeconfigs do not have at line 1, column 4/],
  ['has two documents', 'a: 1\n---\nb: 2', /a second YAML document at line 2, column 1/],
  ['has an alias to nothing', `a: *${SECRET}`, /has YAML aliases that lead nowhere/],
  ['refers to itself', 'a: &a {b: *a}', /has YAML aliases that lead nowhere, to themselves/],
  ['is a bomb', `a: &a [x,x]\nb: &b [${'*a,'.repeat(60)}]\nc: [${'*b,'.repeat(60)}]`, /or are too many/],
  ['is too deep', '['.repeat(20_000), /nesting that is too deep/],
  ['is too large', `a: ${'x'.repeat(4 * 1024 * 1024)}`, /is larger than 4194304 bytes/],
  ['is UTF-16', Buffer.from(`\uFEFFtoken: ${SECRET}`, 'utf16le'), /is not UTF-8 text/],
  ['has contexts that are no list', 'contexts: {a: b}', /The "contexts" of the kubeconfig \S+ is not a list\.$/],
  ['has a context that is a text', `contexts: [${SECRET}]`, /entry of the kubeconfig \S+ is not a mapping/],
  ['has a context without a name', 'contexts: [{context: {}}]', /A "contexts" entry of the kubeconfig \S+ has no name/],
  ['has no contexts', 'kind: Config', /has no contexts/],
]

for (const [what, content, problem] of unreadable) {
  test(`a kubeconfig that ${what} is a problem and no crash`, async (t) => {
    const { connections } = await startedWith(t, content)
    assert.equal(connections.state.source, 'none')
    assert.match(connections.state.problem ?? '', problem)
    assert.ok(connections.state.howTo)
    assert.ok(!JSON.stringify(connections.state).includes(SECRET))
  })
}

test('a folder, and a file that may not be read, are said to be so', async (t) => {
  const path = folder(t)
  const asFolder = await started(t, { kubeconfig: path })
  assert.equal(asFolder.connections.state.problem, `${path} is a folder.`)
  const locked = await write(join(path, 'locked'), 'x')
  await chmod(locked, 0)
  const asLocked = await started(t, { kubeconfig: locked })
  // Root reads it all the same, and finds that it is no kubeconfig.
  assert.match(asLocked.connections.state.problem ?? '', /cannot be read \(EACCES\)|is not a mapping/)
  const device = await started(t, { kubeconfig: '/dev/zero' })
  assert.equal(device.connections.state.problem, '/dev/zero is not a regular file.')
})

test('a path that goes through a file is a missing file', async (t) => {
  const path = await write(join(folder(t), 'file'), 'x')
  const { connections } = await started(t, { kubeconfig: join(path, 'config') })
  assert.match(connections.state.problem ?? '', /There is no kubeconfig at/)
})

const good = { server: SERVER }
const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws' }
const key = issue(authority, { commonName: 'a', usage: 'client' })
const otherKey = issue(authority, { commonName: 'b', usage: 'client' })
const problems: [string, { cluster: object; user: object }, RegExp][] = [
  ['no server', { cluster: {}, user: {} }, /The cluster "a" has no server\./],
  [
    'a server without a scheme',
    { cluster: { server: 'localhost:8080' }, user: {} },
    /is not an https:\/\/ or http:\/\/ URL/,
  ],
  [
    'a server with a password',
    { cluster: { server: `https://u:${SECRET}@h` }, user: {} },
    /more than scheme, host, port and path/,
  ],
  [
    'a server that is a list',
    { cluster: { server: [SERVER] }, user: {} },
    /The "server" of the cluster "a" is not text/,
  ],
  [
    'a CA file that is missing',
    { cluster: { ...good, 'certificate-authority': 'no/ca.crt' }, user: {} },
    /certificate-authority file \S+no\/ca\.crt is missing/,
  ],
  [
    'CA data that is no certificate',
    { cluster: { ...good, 'certificate-authority-data': base64(SECRET) }, user: {} },
    /is not a PEM certificate/,
  ],
  [
    'a CA and no checks',
    {
      cluster: {
        ...good,
        'certificate-authority-data': base64(authority.certificate),
        'insecure-skip-tls-verify': true,
      },
      user: {},
    },
    /has both a certificate-authority and insecure-skip-tls-verify/,
  ],
  [
    'a flag that is a word',
    { cluster: { ...good, 'insecure-skip-tls-verify': 'yes' }, user: {} },
    /is not true or false/,
  ],
  [
    'a strange proxy',
    { cluster: { ...good, 'proxy-url': `ftp://${SECRET}` }, user: {} },
    /proxy-url names is not an http, https or socks5 URL/,
  ],
  [
    'half a client certificate',
    { cluster: good, user: { 'client-certificate-data': base64(key.certificate) } },
    /has no client-key/,
  ],
  [
    'a key of another certificate',
    {
      cluster: good,
      user: { 'client-certificate-data': base64(key.certificate), 'client-key-data': base64(otherKey.key) },
    },
    /do not belong together/,
  ],
  [
    'a key that is none',
    { cluster: good, user: { 'client-certificate-data': base64(key.certificate), 'client-key-data': base64(SECRET) } },
    /are not a readable PEM certificate and unencrypted PEM key/,
  ],
  [
    'a token no header can carry',
    { cluster: good, user: { token: `${SECRET}\u0000` } },
    /characters that a header cannot carry/,
  ],
  ['groups without a user', { cluster: good, user: { 'as-groups': ['x'] } }, /but no user \("as"\)/],
  [
    'a plugin without a command',
    { cluster: good, user: { exec: { ...exec, command: '' } } },
    /plugin without a command/,
  ],
  [
    'a plugin of an old version',
    { cluster: good, user: { exec: { ...exec, apiVersion: 'client.authentication.k8s.io/v1alpha1' } } },
    /does not have apiVersion client\.authentication\.k8s\.io\/v1 or/,
  ],
  [
    'a plugin that needs a terminal',
    { cluster: good, user: { exec: { ...exec, interactiveMode: 'Always' } } },
    /needs a person at a terminal/,
  ],
  [
    'a plugin with LD_PRELOAD',
    { cluster: good, user: { exec: { ...exec, env: [{ name: 'LD_PRELOAD', value: SECRET }] } } },
    /may not set LD_PRELOAD/,
  ],
  [
    'a plugin with bash code',
    { cluster: good, user: { exec: { ...exec, env: [{ name: 'BASH_ENV', value: '$(id)' }] } } },
    /may not set BASH_ENV/,
  ],
  [
    'auth-provider gcp',
    { cluster: good, user: { 'auth-provider': { name: 'gcp' } } },
    /auth-provider "gcp", which is not supported; use gke-gcloud-auth-plugin/,
  ],
  [
    'auth-provider oidc without a token',
    { cluster: good, user: { 'auth-provider': { name: 'oidc' } } },
    /no id-token that is still valid; use kubectl oidc-login/,
  ],
]

for (const [what, entry, problem] of problems) {
  test(`a context with ${what} says so, and the others work`, async (t) => {
    const { connections } = await startedWith(t, kubeconfig({ a: entry, fine: { cluster: good, user: {} } }))
    const [broken, fine] = connections.state.contexts
    assert.match(broken?.problem ?? '', problem)
    assert.equal(fine?.problem, undefined)
    assert.equal(connections.state.problem, undefined)
    assert.throws(() => connections.open('a'), { code: 'cluster_unavailable', next: /Repair it in the kubeconfig/ })
    assert.equal(connections.open('fine').server, SERVER)
    assert.ok(!JSON.stringify(connections.state).includes(SECRET))
  })
}

test('contexts that name what is not there say what', async (t) => {
  const { connections } = await startedWith(t, {
    'current-context': 'gone',
    contexts: [
      { name: 'noCluster', context: { cluster: 'x', user: 'u' } },
      { name: 'noUser', context: { cluster: 'c', user: 'x' } },
      { name: 'nothing' },
    ],
    clusters: [{ name: 'c', cluster: good }],
    users: [{ name: 'u', user: {} }],
  })
  assert.deepEqual(
    connections.state.contexts.map(({ problem }) => problem),
    ['The kubeconfig has no cluster "x".', 'The kubeconfig has no user "x".', 'It names no cluster.'],
  )
  assert.equal(connections.state.problem, `The kubeconfig's current-context is "gone", and it has no such context.`)
})

const claims = (exp: number) => `h.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.s`
const oidcUser = (token: string) => ({ 'auth-provider': { name: 'oidc', config: { 'id-token': token } } })

test('an OpenID Connect id-token is used while it is valid', async (t) => {
  const valid = claims(Math.floor(Date.now() / 1000) + 3600)
  const { connections } = await startedWith(
    t,
    kubeconfig({ valid: { cluster: good, user: oidcUser(valid) }, over: { cluster: good, user: oidcUser(claims(1)) } }),
  )
  const { headers } = await connections.open('valid').credentials(AbortSignal.timeout(1_000))
  assert.equal(headers['authorization'], `Bearer ${valid}`)
  assert.match(connections.state.contexts[1]?.problem ?? '', /no id-token that is still valid/)
})

test('the service account of a pod is the context in-cluster, and its token is read again when it is renewed', async (t) => {
  const server = await httpsRecorder(t)
  const directory = folder(t)
  await write(join(directory, 'ca.crt'), server.authority.certificate)
  await write(join(directory, 'namespace'), 'shop\n')
  await write(join(directory, 'token'), 'first\n')
  const { hostname, port } = new URL(server.url)
  const options = { inClusterEnvironment: { host: hostname, port }, serviceAccountDirectory: directory }
  const { connections } = await started(t, options)
  const { source, currentContext, contexts } = connections.state
  assert.deepEqual([source, currentContext], ['in-cluster', 'in-cluster'])
  assert.deepEqual(contexts, [
    {
      name: 'in-cluster',
      cluster: 'in-cluster',
      user: 'service-account',
      namespace: 'shop',
      server: server.url,
      problem: undefined,
    },
  ])
  const connection = connections.open('in-cluster')
  await get(connection)
  await write(join(directory, 'token'), 'second\n')
  const last = async () => {
    await get(connection)
    return server.arrived.at(-1)?.headers.authorization
  }
  assert.equal(server.arrived[0]?.headers.authorization, 'Bearer first')
  const end = Date.now() + 5_000
  while ((await last()) !== 'Bearer second') assert.ok(Date.now() < end, 'the new token was not used')
})

test('KUBECONFIG wins over the service account, the service account over the home folder', async (t) => {
  const directory = folder(t)
  await write(join(directory, 'token'), 'x')
  const home = folder(t)
  await write(join(home, '.kube/config'), kubeconfig({ home: { cluster: good, user: {} } }))
  const named = await write(join(home, 'named'), kubeconfig({ named: { cluster: good, user: {} } }))
  const pod = {
    inClusterEnvironment: { host: '::1', port: '443' },
    serviceAccountDirectory: directory,
    homeDirectory: home,
  }
  const inPod = await started(t, pod)
  assert.equal(inPod.connections.open('in-cluster').server, 'https://[::1]:443')
  const byName = await started(t, { ...pod, kubeconfig: named })
  assert.equal(byName.connections.state.currentContext, 'named')
  await mkdir(join(directory, 'empty'))
  const noToken = await started(t, { ...pod, serviceAccountDirectory: join(directory, 'empty') })
  assert.equal(noToken.connections.state.currentContext, 'home')
})
