import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { issue } from '../cluster/certificates.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { troubleTest, withNamespace } from '../cluster/shared.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { answerOf } from '../support/lists.ts'
import { kubeconfigBehind } from '../support/loopback.ts'
import { folder, startProcess, until } from '../support/process.ts'
import { startServer } from '../support/server.ts'
import { bearer, makeToken } from '../support/tokens.ts'

const PLAIN = { headers: { accept: 'text/plain' } }
const gapsIn = (answer: unknown) =>
  listAt(answer, 'gaps').map((each) => `${textAt(each, 'what')}: ${textAt(each, 'why')}`)

troubleTest('a namespace that is not there is a clear 404, by name', async ({ cluster }, t) => {
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  const { status, text } = await server.rest('/cluster/diagnose?namespace=nosuch')
  assert.equal(status, 404)
  assert.match(text, /namespaces \\"nosuch\\" not found/)
})

/** Lets the user `nobody` list pods and services of a namespace, and nothing else. */
async function letRead({ api }: TestCluster, namespace: string): Promise<void> {
  const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`
  const rules = [{ apiGroups: [''], resources: ['pods', 'services'], verbs: ['list'] }]
  await api.create(`${path}/roles`, { metadata: { name: 'some' }, rules })
  await api.create(`${path}/rolebindings`, {
    metadata: { name: 'some' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'some' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'nobody' }],
  })
}

troubleTest('what the identity may not read is one gap; the rest is diagnosed all the same', async ({ cluster }, t) => {
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  const namespace = await withNamespace(cluster)
  await letRead(cluster, namespace)
  const path = `/cluster/diagnose?namespace=${namespace}`
  const told = await until('the rights are known', async () => {
    const { status, body } = await server.rest(`${path}&context=nobody`)
    return status === 200 ? body : undefined
  })
  const [gap = '', ...others] = gapsIn(told)
  assert.match(gap, /^(?=.*\bsecrets\b)(?=.*\bnodes\b)(?!.*\b(?:pods|services)\b).*: forbidden to this identity\.$/)
  assert.deepEqual([others, gapsIn(await answerOf(server, path))], [[], []])
})

troubleTest(
  'a credential that reaches one namespace diagnoses that one, and says what is beyond it',
  async ({ cluster }, t) => {
    const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig, HOST: '0.0.0.0' })
    const { token } = await makeToken(server.application, {
      kind: 'agent',
      subject: 'shop',
      role: 'viewer',
      namespaces: ['trouble'],
    })
    const asked = (query: string) =>
      server.rest(`/cluster/diagnose?${query}`, { headers: { accept: 'application/json', ...bearer(token) } })
    const { status, body } = await asked('namespace=trouble')
    assert.equal(status, 200)
    assert.ok(gapsIn(body).some((each) => /nodes/.test(each)))
    assert.equal((await asked('namespace=healthy')).status, 403)
    assert.equal((await asked('allNamespaces=true')).status, 403)
  },
)

/** A namespace with a secret in every place where one may hide. Answers the secrets. */
async function hideSecrets(cluster: TestCluster, namespace: string): Promise<string[]> {
  const inside = (kind: string) => `/api/v1/namespaces/${namespace}/${kind}`
  const hidden = [
    'Sup3r-s3cret-of-arg',
    'Sup3r-s3cret-of-env',
    'Sup3r-s3cret-of-event',
    'Sup3r-s3cret-of-log',
    'Sup3r-s3cret-of-map',
  ]
  const [arg, env, event, log, map] = hidden
  const { certificate, key } = issue(cluster.authority, {
    commonName: 'shop',
    usage: 'server',
    names: ['shop.example'],
  })
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  await cluster.api.create(inside('secrets'), {
    metadata: { name: 'tls' },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(certificate), 'tls.key': base64(key) },
  })
  await cluster.api.create(inside('configmaps'), { metadata: { name: 'settings' }, data: { password: map } })
  const pod = await cluster.api.create(inside('pods'), {
    metadata: { name: 'leaky', annotations: { 'example.test/token': `${env}` } },
    spec: {
      nodeName: 'node1',
      containers: [
        { name: 'app', image: 'shop/app:1', args: ['--password', arg], env: [{ name: 'DB_PASSWORD', value: env }] },
      ],
    },
  })
  const terminated = {
    exitCode: 1,
    reason: 'Error',
    finishedAt: new Date().toISOString(),
    startedAt: new Date().toISOString(),
  }
  await cluster.api.replace(`${inside('pods')}/leaky/status`, {
    ...pod,
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'app',
          image: 'shop/app:1',
          imageID: '',
          ready: false,
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff', message: `password=${event}` } },
          lastState: { terminated },
        },
      ],
    },
  })
  await cluster.api.create(inside('events'), {
    metadata: { name: 'leaky.1' },
    involvedObject: { kind: 'Pod', namespace, name: 'leaky', uid: pod.metadata.uid },
    type: 'Warning',
    reason: 'BackOff',
    message: `started with password=${event}`,
    count: 2,
  })
  cluster.podLogs(namespace, 'leaky', 'app').writePrevious('starting', `FATAL: login failed, password=${log}`, 'bye')
  return [...hidden, base64(key), key.split('\n')[1] ?? '']
}

troubleTest(
  'a snapshot is saved for its owner alone, has no secret in it, and is diagnosed offline as the cluster is',
  async ({ cluster }, t) => {
    const namespace = await withNamespace(cluster)
    const secrets = await hideSecrets(cluster, namespace)
    const file = join(folder(t), 'snapshot.json')
    const run = async (...args: string[]) => {
      const started = startProcess(t, ['diagnose', ...args], { KUBECONFIG: cluster.kubeconfig })
      const code = await started.exit
      return { code, out: started.stdout(), err: started.stderr() }
    }
    const live = await run('-n', namespace, '--save', file)
    assert.match(live.out, new RegExp(`namespace ${namespace}`), live.err)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const text = readFileSync(file, 'utf8')
    assert.deepEqual(
      secrets.filter((each) => text.includes(each) || live.out.includes(each)),
      [],
    )
    const saved: unknown = JSON.parse(text)
    assert.deepEqual(listAt(saved, 'certificates', 0, 'names'), ['shop.example'])
    assert.match(String(listAt(saved, 'tails', 0, 'lines')[1]), /^FATAL: login failed, password=<masked>$/)
    const offline = await run('--from', file)
    assert.deepEqual([offline.out, offline.code], [live.out, live.code])
    const again = await run('-n', namespace, '--save', file)
    assert.match(again.err, /--save .* cannot be written \(EEXIST\)/, 'what is there is not written over')
    assert.match((await run('--from', '/nonexistent')).err, /cannot be read \(ENOENT\)/)
    assert.match((await run('--from', import.meta.filename)).err, /is no snapshot .*it is not JSON/)
    assert.match((await run('--from', file, '-A')).err, /leave out --all-namespaces/)
  },
)

/** Answers as an API server whose lists of pods cannot be read to their end, and which has no autoscalers. */
function changing(path: string, answer: ServerResponse): void {
  const { pathname, searchParams } = new URL(path, 'http://api')
  const send = (status: number, body: object) =>
    answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (pathname.endsWith('/namespaces/shop'))
    return void send(200, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  if (pathname.includes('autoscaling')) return void send(404, { kind: 'Status', message: 'page not found' })
  if (!pathname.endsWith('/pods')) return void send(200, { metadata: {}, items: [] })
  if (searchParams.has('continue')) return void send(410, { kind: 'Status', reason: 'Expired', message: 'too old' })
  const items = [{ metadata: { name: 'web', namespace: 'shop', uid: '1' }, status: { phase: 'Succeeded' } }]
  send(200, { metadata: { continue: 'more' }, items })
}

troubleTest('objects that change while they are read are told as far as they were read', async ({ cluster }, t) => {
  const api = createServer((request, answer) => changing(request.url ?? '', answer))
  const server = await startServer(t, { KUBECONFIG: await kubeconfigBehind(t, cluster, api) })
  const answer = await answerOf(server, '/cluster/diagnose?namespace=shop')
  assert.deepEqual(gapsIn(answer), ['pods: only the first 1 were read: they changed too much while they were read.'])
  assert.equal(at(answer, 'healthy'), 'In order: 1 Pod.')
})

troubleTest('an object is read with its family alone: no page of other pods', async ({ cluster }, t) => {
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  const { text } = await server.rest('/cluster/diagnose?namespace=trouble&kind=deploy&name=rollout-stuck', PLAIN)
  assert.match(text, /Deployment trouble\/rollout-stuck/)
  assert.doesNotMatch(text, /oom-loop|image-missing/)
})

troubleTest('the cluster overview counts findings where it is asked to', async ({ cluster }, t) => {
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  assert.equal(at(await answerOf(server, '/cluster'), 'findings'), undefined)
  const counted = at(await answerOf(server, '/cluster?findings=true'), 'findings')
  const told = listAt(await answerOf(server, '/cluster/diagnose?allNamespaces=true'), 'findings')
  const count = (severity: string) => told.filter((each) => textAt(each, 'severity') === severity).length
  assert.deepEqual(counted, { critical: count('critical'), warning: count('warning'), info: count('info') })
})

troubleTest('an init container that holds up its pod is told with what it says', async ({ cluster }, t) => {
  const namespace = await withNamespace(cluster)
  const path = `/api/v1/namespaces/${namespace}/pods`
  const container = (name: string) => ({ name, image: 'shop/app:1' })
  await cluster.api.create(path, {
    metadata: { name: 'late' },
    spec: { nodeName: 'node1', initContainers: [container('wait')], containers: [container('app')] },
  })
  await cluster.api.merge(`${path}/late/status`, {
    status: {
      phase: 'Pending',
      initContainerStatuses: [
        {
          ...container('wait'),
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
        },
      ],
    },
  })
  cluster.podLogs(namespace, 'late', 'wait').append('waiting for db.shop.svc')
  const server = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
  const answer = await answerOf(server, `/cluster/diagnose?namespace=${namespace}`)
  assert.match(
    JSON.stringify(answer),
    /init container wait of late still runs;[^"]*it says: waiting for db\.shop\.svc"/,
  )
})
