import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import type { Client } from '@modelcontextprotocol/client'
import { wireName } from '../../src/mcp/tools.ts'
import { operations } from '../../src/operations/index.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { skipWithoutCluster, testCluster, withNamespace } from '../cluster/shared.ts'
import { type Input, restRequest } from '../support/doors.ts'
import { store } from '../helm/support/releases.ts'
import { helmOf, RELEASE_CHANGES } from '../operations/change.cases.ts'
import type { Ends } from '../support/ends.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { until } from '../support/process.ts'
import { type Arrived, type Recorder, startRecorder } from '../support/recorder.ts'
import { sendRaw } from '../support/raw.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { bearer, makeToken } from '../support/tokens.ts'

// A credential that is limited to one namespace must never get a byte of another, nor of what is in none.

const random = () => randomBytes(6).toString('hex')
/** Stands in everything that the credential does not reach: in names, labels, data, messages and logs. */
const MARK = `mark${random()}`

const pod = (name: string, text: string) => ({
  metadata: { name, labels: { app: 'web' }, annotations: { note: text } },
  spec: {
    nodeName: 'node-0',
    containers: [{ name: 'app', image: `shop/${text}:1`, env: [{ name: 'NOTE', value: text }] }],
  },
})

const deployment = (name: string, text: string) => ({
  metadata: { name, labels: { app: 'api' }, annotations: { note: text } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'api' } },
    template: {
      metadata: { labels: { app: 'api' } },
      spec: { containers: [{ name: 'app', image: `shop/${text}:1` }] },
    },
  },
})

/** Of a ClusterRole with the mark in it. */
const ROLE = `role-${random()}`

/** The same objects in both namespaces, each with a text of its own. */
async function furnish(cluster: TestCluster, namespace: string, text: string): Promise<void> {
  const { api } = cluster
  const within = `/api/v1/namespaces/${namespace}`
  await Promise.all(['web', text].map((name) => api.create(`${within}/pods`, pod(name, text))))
  await api.create(`${within}/configmaps`, { metadata: { name: 'settings' }, data: { note: text } })
  await Promise.all(
    ['web', text].map((name) =>
      api.create(`${within}/services`, {
        metadata: { name, annotations: { note: text } },
        spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
      }),
    ),
  )
  await api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment('api', text))
  // Something to diagnose: it leads to a Service that is not there.
  await api.create(`/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`, {
    metadata: { name: 'lost' },
    spec: { defaultBackend: { service: { name: `no-${text}`, port: { number: 80 } } } },
  })
  const rendered = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {note: ${text}}\n`
  await store(cluster, namespace, { name: text })
  await store(cluster, namespace, { name: 'till', status: 'superseded' })
  await store(cluster, namespace, { name: 'till', revision: 2, values: { note: text }, manifest: rendered })
  const now = new Date().toISOString()
  await api.create(`${within}/events`, {
    metadata: { name: `web.${random()}` },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name: 'web' },
    type: 'Warning',
    reason: 'Noted',
    message: text,
    firstTimestamp: now,
    lastTimestamp: now,
  })
  cluster.podLogs(namespace, 'web', 'app').append(text)
  await until('the pods run', async () => {
    const pods = listAt(await api.get(`${within}/pods?labelSelector=app%3Dweb`), 'items')
    return pods.every((each) => at(each, 'status', 'phase') === 'Running') || undefined
  })
}

const manifest = (namespace: string | undefined) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', ...(namespace === undefined ? {} : { namespace }) },
    data: { other: 'x' },
  })

/** Requests for what is in a namespace, of every operation that takes one. */
const WITHIN: Readonly<Record<string, (namespace: string) => Input[]>> = {
  'infra.k8s.cluster.listEvents': (namespace) => [
    { namespace },
    { namespace, kind: 'pod', name: 'web' },
    { namespace, format: 'objects' },
  ],
  'infra.k8s.cluster.canI': () => [],
  'infra.k8s.pods.listPods': (namespace) => [
    { namespace },
    { namespace, format: 'objects' },
    { namespace, ready: true },
    { namespace, labelSelector: 'app=web', fieldSelector: 'status.phase=Running' },
  ],
  'infra.k8s.pods.getPod': (namespace) => [
    { namespace, name: 'web' },
    { namespace, name: 'web', format: 'objects' },
  ],
  'infra.k8s.pods.getPodLogs': (namespace) => [
    { namespace, name: 'web' },
    { namespace, labelSelector: 'app=web' },
  ],
  'infra.k8s.deployments.listDeployments': (namespace) => [{ namespace, format: 'objects' }, { namespace }],
  'infra.k8s.deployments.getRollout': (namespace) => [{ namespace, name: 'api' }],
  'infra.k8s.services.listServices': (namespace) => [{ namespace }, { namespace, format: 'objects' }],
  'infra.k8s.resources.listResources': (namespace) => [
    { kind: 'cm', namespace, format: 'objects' },
    { kind: 'deploy', namespace },
    { kind: 'events.v1.events.k8s.io', namespace },
  ],
  'infra.k8s.resources.getResource': (namespace) => [
    { kind: 'cm', namespace, name: 'settings' },
    { kind: 'namespace', name: namespace },
  ],
  'infra.k8s.resources.describeResource': (namespace) => [
    { kind: 'pod', namespace, name: 'web' },
    { kind: 'deploy', namespace, name: 'api' },
    { kind: 'svc', namespace, name: 'web' },
    { kind: 'cm', namespace, name: 'settings' },
    { kind: 'namespace', name: namespace },
  ],
  'infra.k8s.helm.listReleases': (namespace) => [{ namespace }, { namespace, status: 'deployed' }],
  'infra.k8s.helm.getRelease': (namespace) => [{ namespace, name: 'till', manifest: true }],
  'infra.k8s.helm.getReleaseHistory': (namespace) => [{ namespace, name: 'till' }],
  'infra.k8s.diagnose.diagnose': (namespace) => [{ namespace }, { namespace, kind: 'ingress', name: 'lost' }],
  'infra.k8s.apply.diffManifest': (namespace) => [{ yamlContent: manifest(undefined), namespace }],
}

/** The same for changes. They change nothing: nobody approves them. */
const CHANGES: Readonly<Record<string, (namespace: string) => Input[]>> = {
  'infra.k8s.pods.createPod': (namespace) => [{ namespace, name: 'more', image: 'shop/more:1' }],
  'infra.k8s.pods.deletePod': (namespace) => [{ namespace, name: 'web' }],
  'infra.k8s.pods.execInPod': (namespace) => [{ namespace, name: 'web', command: ['env'] }],
  'infra.k8s.deployments.scaleDeployment': (namespace) => [{ namespace, name: 'api', replicas: 3 }],
  'infra.k8s.deployments.restartDeployment': (namespace) => [{ namespace, name: 'api' }],
  'infra.k8s.resources.deleteResource': (namespace) => [
    { kind: 'cm', namespace, name: 'settings' },
    { kind: 'deploy', namespace, name: 'api' },
  ],
  'infra.k8s.resources.patchResource': (namespace) => [
    { kind: 'cm', namespace, name: 'settings', patch: { data: { other: 'x' } } },
  ],
  'infra.k8s.apply.applyManifest': (namespace) => [{ yamlContent: manifest(undefined), namespace }],
  ...RELEASE_CHANGES,
}

/** Changes whose plan has no object in the furnished namespaces. */
const NOT_PLANNED = ['infra.k8s.deployments.undoRollout']

/** Requests for more than one namespace, or for what is in none. */
const BEYOND: readonly (readonly [operation: string, input: Input])[] = [
  ['infra.k8s.cluster.listNamespaces', {}],
  ['infra.k8s.cluster.listNamespaces', { format: 'objects' }],
  ['infra.k8s.cluster.listEvents', { allNamespaces: true }],
  ['infra.k8s.pods.listPods', { allNamespaces: true }],
  ['infra.k8s.pods.listPods', { allNamespaces: true, fieldSelector: 'metadata.name=web' }],
  ['infra.k8s.deployments.listDeployments', { allNamespaces: true, format: 'objects' }],
  ['infra.k8s.services.listServices', { allNamespaces: true }],
  ['infra.k8s.pods.topPods', { allNamespaces: true }],
  ['infra.k8s.helm.listReleases', { allNamespaces: true }],
  ['infra.k8s.diagnose.diagnose', { allNamespaces: true }],
  ['infra.k8s.nodes.listNodes', {}],
  ['infra.k8s.nodes.topNodes', {}],
  ['infra.k8s.nodes.cordonNode', { name: 'node-0', cordon: true }],
  ['infra.k8s.nodes.drainNode', { name: 'node-0' }],
  ['infra.k8s.resources.listResources', { kind: 'cm', allNamespaces: true, format: 'objects' }],
  ['infra.k8s.resources.listResources', { kind: 'clusterroles' }],
  ['infra.k8s.resources.listResources', { kind: 'namespaces', format: 'objects' }],
  ['infra.k8s.resources.getResource', { kind: 'clusterrole', name: ROLE }],
  ['infra.k8s.resources.describeResource', { kind: 'clusterrole', name: ROLE }],
  ['infra.k8s.resources.describeResource', { kind: 'node', name: 'node-0' }],
  ['infra.k8s.resources.deleteResource', { kind: 'clusterrole', name: ROLE }],
]

const ABOUT_SERVER = /^\/(?:api|apis|version|readyz|openapi)(?:$|\/v[23])/
const REVIEW = /\/selfsubject(?:access)?reviews$/

suite('a credential that is limited to one namespace', { skip: skipWithoutCluster() }, () => {
  let cluster: TestCluster
  let server: TestServer
  let proxy: Recorder
  let [own, other] = ['', '']
  let tokens: { limited: string; unlimited: string }
  let clients: { limited: Client; unlimited: Client }
  const work: (() => unknown)[] = []
  const ends: Ends = { after: (each) => work.push(each) }

  before(async () => {
    cluster = await testCluster()
    ;[own, other] = [await withNamespace(cluster), await withNamespace(cluster)]
    await Promise.all([furnish(cluster, own, `own${random()}`), furnish(cluster, other, MARK)])
    await cluster.api.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name: ROLE, annotations: { note: MARK } },
      rules: [],
    })
    await cluster.api.merge(`/api/v1/namespaces/${other}`, { metadata: { annotations: { note: MARK } } })
    proxy = await startRecorder(ends, cluster, { namespace: own })
    server = await startServer(ends, { KUBECONFIG: proxy.kubeconfig, TOOLSETS: 'all', ...helmOf(cluster) })
    const { application } = server
    const [limited, unlimited] = [
      await makeToken(application, { subject: 'limited', namespaces: [own] }),
      await makeToken(application, { subject: 'unlimited' }),
    ].map(({ token }) => token)
    tokens = { limited: limited ?? '', unlimited: unlimited ?? '' }
    clients = {
      limited: await server.mcp(bearer(tokens.limited)),
      unlimited: await server.mcp(bearer(tokens.unlimited)),
    }
  })
  after(async () => {
    for (const each of work.toReversed()) await each()
  })

  interface Answered {
    code: string
    text: string
  }

  async function byRest(token: string, operation: string, input: Input, accept: string): Promise<Answered> {
    const { body, ...request } = restRequest(operation, input)
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const headers = { ...type, accept, ...bearer(token) }
    const answer = await sendRaw(server.url, { ...request, body, headers })
    if (answer.status < 300) return { code: 'ok', text: answer.text }
    return { code: textAt(JSON.parse(answer.text), 'code'), text: answer.text }
  }

  async function byMcp(client: Client, operation: string, input: Input): Promise<Answered> {
    const answer = await client.callTool({ name: wireName(operation), arguments: { ...input } })
    return { code: answer.isError === true ? textAt(answer, '_meta', 'code') : 'ok', text: JSON.stringify(answer) }
  }

  /** Asks by both doors and in both forms. */
  const ask = async (who: 'limited' | 'unlimited', operation: string, input: Input): Promise<Answered[]> => [
    await byRest(tokens[who], operation, input, 'application/json'),
    await byRest(tokens[who], operation, input, '*/*'),
    await byMcp(clients[who], operation, input),
  ]

  /** What left for the API server, but for what says nothing of what is in it. */
  const reached = (arrived: readonly Arrived[]) =>
    arrived.filter(({ method, path }) => !ABOUT_SERVER.test(path) && !(method === 'POST' && REVIEW.test(path)))

  const isOwn = ({ path }: Arrived) => new RegExp(`^/(?:api/v1|apis/[^/]+/[^/]+)/namespaces/${own}(?:$|/)`).test(path)

  function assertNothingOfOthers(answers: readonly Answered[], arrived: readonly Arrived[], what: string): void {
    for (const { text } of answers)
      assert.ok(!text.includes(MARK), `${what} shows what it must not: ${text.slice(0, 500)}`)
    const beyond = reached(arrived).filter((each) => !isOwn(each) && !each.path.endsWith('/namespaces/kube-system'))
    assert.deepEqual(beyond, [], `${what} asked the API server for more`)
  }

  test('every operation that is about a namespace is asked here', () => {
    const takes = (name: string) => operations.filter(({ input }) => name in input.properties).map((each) => each.name)
    const asked = new Set([
      ...Object.keys(WITHIN),
      ...Object.keys(CHANGES),
      ...BEYOND.map(([name]) => name),
      ...NOT_PLANNED,
    ])
    const missing = [...takes('namespace'), ...takes('allNamespaces'), ...takes('kind')].filter(
      (name) => !asked.has(name),
    )
    assert.deepEqual(
      [...new Set(missing)].filter((name) => !name.includes('.approvals.') && !name.includes('.docs.')),
      [],
    )
  })

  for (const [operation, inputs] of Object.entries(WITHIN))
    test(`${operation} answers for its namespace, and forbids the other`, async () => {
      for (const input of inputs(own)) {
        proxy.take()
        const answers = await ask('limited', operation, input)
        assert.deepEqual(
          answers.map(({ code }) => code),
          ['ok', 'ok', 'ok'],
          `${JSON.stringify(input)} ${answers.map(({ text }) => text).join('\n')}`,
        )
        assertNothingOfOthers(answers, proxy.take(), JSON.stringify(input))
      }
      for (const input of inputs(other)) {
        const shown = await ask('unlimited', operation, input)
        assert.ok(
          shown.every(({ text }) => text.includes(MARK) || operation.endsWith('diffManifest')),
          `${JSON.stringify(input)} ${shown[0]?.text}`,
        )
        proxy.take()
        const answers = await ask('limited', operation, input)
        assertNothingOfOthers(answers, proxy.take(), JSON.stringify(input))
        for (const { code, text } of answers) {
          if (operation.endsWith('diffManifest')) assert.match(text, /goes beyond them/)
          else assert.deepEqual([code, /reaches the namespaces/.test(text)], ['forbidden', true], text)
        }
      }
    })

  for (const [operation, inputs] of Object.entries(CHANGES))
    test(`${operation} is asked for in its namespace, and forbidden in the other`, async () => {
      for (const input of inputs(own)) {
        const answer = await byMcp(clients.limited, operation, input)
        assert.equal(answer.code, 'ok', answer.text)
      }
      for (const input of inputs(other)) {
        proxy.take()
        const answers = await ask('limited', operation, input)
        assertNothingOfOthers(answers, proxy.take(), JSON.stringify(input))
        for (const { code, text } of answers)
          if (operation.endsWith('applyManifest')) assert.notEqual(code, 'ok', text)
          else assert.equal(code, 'forbidden', text)
      }
    })

  for (const [operation, input] of BEYOND)
    test(`${operation} ${JSON.stringify(input).replace(ROLE, 'x')} is forbidden`, async () => {
      proxy.take()
      const answers = await ask('limited', operation, input)
      assertNothingOfOthers(answers, proxy.take(), operation)
      for (const { code, text } of answers)
        assert.deepEqual([code, /reaches the namespaces/.test(text)], ['forbidden', true], text)
    })

  test('a manifest whose objects are elsewhere is not compared, whatever namespace the request names', async () => {
    for (const input of [
      { yamlContent: manifest(other) },
      { yamlContent: `${manifest(own)}\n---\n${manifest(other)}` },
      { yamlContent: manifest(other), namespace: own },
      {
        yamlContent: JSON.stringify({
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name: ROLE },
          rules: [],
        }),
      },
    ]) {
      proxy.take()
      const answers = await ask('limited', 'infra.k8s.apply.diffManifest', input)
      assertNothingOfOthers(answers, proxy.take(), JSON.stringify(input))
      for (const { text } of answers) assert.match(text, /goes beyond them|make them the same/)
    }
  })

  test('a continue token of a list over everything leads nowhere else', async () => {
    const [{ text } = { text: '' }] = await ask('unlimited', 'infra.k8s.resources.listResources', {
      kind: 'cm',
      allNamespaces: true,
      limit: 1,
    })
    const token = textAt(JSON.parse(text), 'continue')
    assert.notEqual(token, '')
    for (const input of [
      { kind: 'cm', allNamespaces: true, limit: 1, continue: token },
      { kind: 'cm', namespace: own, limit: 1, continue: token },
      { kind: 'cm', namespace: other, limit: 1, continue: token },
    ]) {
      proxy.take()
      const answers = await ask('limited', 'infra.k8s.resources.listResources', input)
      assertNothingOfOthers(answers, proxy.take(), JSON.stringify(input))
      for (const { code } of answers) assert.notEqual(code, 'ok')
    }
  })

  test('what MCP offers beside tools shows no more', async () => {
    const uris = [
      `k8s-mcp://cluster/admin/namespaces/${other}/cm/settings`,
      `k8s-mcp://cluster/admin/namespaces/${other}/pods/web`,
      `k8s-mcp://cluster/admin/clusterroles/${ROLE}`,
      `k8s-mcp://cluster/admin/namespaces/${other}`,
    ]
    for (const uri of uris) {
      const reason = await clients.limited.readResource({ uri }).then(JSON.stringify, String)
      assert.match(reason, /reaches the namespaces/, uri)
    }
    const ref = {
      type: 'ref/resource',
      uri: 'k8s-mcp://cluster/{context}/namespaces/{namespace}/{kind}/{name}',
    } as const
    for (const [name, known] of [
      ['namespace', { context: 'admin' }],
      ['name', { context: 'admin', namespace: other, kind: 'cm' }],
    ] satisfies [string, Record<string, string>][]) {
      const asked = { ref, argument: { name, value: '' }, context: { arguments: known } }
      const { completion } = await clients.limited.complete(asked)
      assert.deepEqual(completion.values, [], name)
      const { completion: all } = await clients.unlimited.complete(asked)
      assert.ok(all.values.length > 0, 'who is not limited is offered some')
    }
  })

  test('a log that is followed is of its namespace', async () => {
    const path = `/cluster/pod/${other}/web/logs?follow=true`
    const answer = await sendRaw(server.url, { path, headers: bearer(tokens.limited) })
    assert.equal(answer.status, 403, answer.text)
    const selected = `/cluster/logs?namespace=${other}&labelSelector=app%3Dweb&follow=true`
    const gathered = await sendRaw(server.url, { path: selected, headers: bearer(tokens.limited) })
    assert.ok(gathered.status === 403 && !gathered.text.includes(MARK), gathered.text)
  })

  test('what says nothing of any namespace is answered', async () => {
    for (const [operation, input] of [
      ['infra.k8s.getStatus', {}],
      ['infra.k8s.getMetrics', {}],
      ['infra.k8s.cluster.getCluster', {}],
      ['infra.k8s.cluster.getContexts', {}],
      ['infra.k8s.cluster.listApiResources', {}],
      ['infra.k8s.cluster.canI', { verb: 'get', resource: 'pods' }],
    ] satisfies [string, Input][]) {
      proxy.take()
      const answers = await ask('limited', operation, input)
      assertNothingOfOthers(answers, proxy.take(), operation)
      for (const { code, text } of answers) {
        assert.equal(code, 'ok', text)
        assert.ok(!text.includes(other), `${operation} names the other namespace`)
      }
    }
  })

  test('patterns reach what they match, and nothing that only begins so', async () => {
    const { token } = await makeToken(server.application, { namespaces: [`${own.slice(0, -3)}*`, 'nosuch'] })
    const { token: less } = await makeToken(server.application, { namespaces: [own.slice(0, -1)] })
    const pods = (each: string) => byRest(each, 'infra.k8s.pods.listPods', { namespace: own }, 'application/json')
    assert.deepEqual([(await pods(token)).code, (await pods(less)).code], ['ok', 'forbidden'])
  })
})
