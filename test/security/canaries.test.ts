import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Client } from '@modelcontextprotocol/client'
import { wireName } from '../../src/mcp/tools.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { skipWithoutCluster, testCluster, withNamespace } from '../cluster/shared.ts'
import { canaries, tracesOf } from '../data/canaries.ts'
import { define } from '../operations/shop.ts'
import { type Input, restRequest } from '../support/doors.ts'
import type { Ends } from '../support/ends.ts'
import { sendRaw } from '../support/raw.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/process.ts'
import { quickKubeconfig } from '../support/quick-kubeconfig.ts'
import { found, manifestsOf, plant, type Planted } from './planting.ts'

const TRACES = new Map(canaries.map((canary) => [canary, tracesOf(canary)]))

/** Ways to ask for less, each of which must not turn into a way to ask for a secret. */
const FIELDS = [
  ['data', 'stringData', 'binaryData', 'metadata', 'metadata.annotations', 'metadata.managedFields', 'spec', 'status'],
  ['data.password', 'data.release', "data['tls.key']", "data['.dockerconfigjson']", 'data.number', 'data.greeting'],
  ["metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']", 'spec.containers[*].env[*].value'],
  ['spec.containers[0].env[0].value', 'spec.containers[*].args', 'spec.template.spec.containers[*].env[*]'],
  ['spec.template.spec.containers[*].args[1]', 'status.containerStatuses[*].lastState.terminated.message'],
].flat()

suite('canaries', { skip: skipWithoutCluster() }, () => {
  let cluster: TestCluster
  let server: TestServer
  let client: Client
  let planted: Planted
  const work: (() => unknown)[] = []
  const ends: Ends = { after: (each) => work.push(each) }
  before(async () => {
    cluster = await testCluster()
    planted = await plant(cluster, await withNamespace(cluster))
    server = await startServer(ends, { KUBECONFIG: await quickKubeconfig(ends, cluster), LOG_LEVEL: 'trace' })
    client = await server.mcp()
  })
  after(async () => {
    for (const each of work.toReversed()) await each()
  })

  function assertClean(text: string, where: string): void {
    assert.deepEqual(found(text, TRACES), [], `${where} shows a canary`)
  }

  /** Asks by every door and in every form; answers how many bytes were looked at. */
  async function look(operation: string, input: Input): Promise<number> {
    const { body, ...request } = restRequest(operation, input)
    const where = `${operation} ${JSON.stringify(input).slice(0, 200)}`
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const forms = await Promise.all(
      ['application/json', 'text/plain'].map((accept) =>
        sendRaw(server.url, { ...request, body, headers: { ...type, accept } }),
      ),
    )
    const tool = await client.callTool({ name: wireName(operation), arguments: { ...input } })
    const texts = [...forms.map(({ text }) => text), JSON.stringify(tool)]
    for (const text of texts) assertClean(text, where)
    return texts.join('').length
  }

  const objects = () => [
    ...planted.secrets.map((name) => ({ kind: 'secret', name })),
    ...planted.configMaps.map((name) => ({ kind: 'cm', name })),
    ...[planted.pod, 'crashed'].map((name) => ({ kind: 'pod', name })),
    { kind: 'deploy', name: planted.deployment },
  ]

  test('they are really there: kubectl shows every one of them', async () => {
    const { namespace, pod } = planted
    const shown = await Promise.all([
      cluster.kubectl(['-n', namespace, 'get', 'secrets,configmaps,pods,deployments,events', '-o', 'json']),
      cluster.kubectl(['-n', namespace, 'logs', pod, '-c', 'app']),
    ])
    const text = shown.map(({ stdout }) => stdout).join('')
    const all = canaries.filter(({ plant: { place } }) => place !== 'helm').map(({ shape }) => shape)
    const missing = all.filter((shape) => !found(text, TRACES).includes(shape))
    assert.deepEqual(missing, ['Helm release'], 'a release is compressed, everything else can be read')
  })

  for (const format of ['rows', 'objects'])
    test(`no list shows one, as ${format}`, async () => {
      const { namespace } = planted
      for (const each of [
        'pods.listPods',
        'deployments.listDeployments',
        'services.listServices',
        'cluster.listEvents',
      ])
        await look(`infra.k8s.${each}`, { namespace, format, limit: 500 })
      for (const kind of ['secrets', 'cm', 'po', 'deploy', 'rs', 'ev', 'events.v1.events.k8s.io'])
        assert.ok((await look('infra.k8s.resources.listResources', { kind, namespace, format, limit: 500 })) > 500)
    })

  test('no column of a custom resource shows one', async () => {
    const { namespace } = planted
    const group = 'canaries.example.test'
    const columns = ['password', 'url'].map((name) => ({ name, type: 'string', jsonPath: `.spec.${name}` }))
    await define(cluster, group, columns)
    const [url] = canaries.flatMap(({ plant: given }) =>
      given.place === 'env' && given.name === 'DATABASE_URL' ? [given.value] : [],
    )
    const spec = { url, password: canaries[0]?.secret }
    await cluster.api.create(`/apis/${group}/v1/namespaces/${namespace}/widgets`, {
      apiVersion: `${group}/v1`,
      kind: 'Widget',
      metadata: { name: 'vault' },
      spec,
    })
    const kind = `widgets.v1.${group}`
    for (const format of ['rows', 'objects'])
      await look('infra.k8s.resources.listResources', { kind, namespace, format })
    await look('infra.k8s.resources.getResource', { kind, namespace, name: 'vault' })
    await look('infra.k8s.resources.describeResource', { kind, namespace, name: 'vault' })
  })

  test('no Helm release shows one: values, defaults, notes, manifest, history', async () => {
    const { namespace } = planted
    const release = { namespace, name: 'shop' }
    assert.ok((await look('infra.k8s.helm.listReleases', { namespace })) > 500)
    assert.ok((await look('infra.k8s.helm.getRelease', { ...release, allValues: true, manifest: true })) > 2000)
    await look('infra.k8s.helm.getReleaseHistory', release)
  })

  test('no object shows one, whole or described', async () => {
    const { namespace, pod, deployment } = planted
    for (const object of objects()) {
      await look('infra.k8s.resources.getResource', { ...object, namespace })
      await look('infra.k8s.resources.describeResource', { ...object, namespace, maxBytes: 262_144 })
      await look('infra.k8s.resources.describeResource', { ...object, namespace, maxBytes: 1024 })
    }
    for (const name of [pod, 'crashed']) await look('infra.k8s.pods.getPod', { namespace, name, format: 'objects' })
    await look('infra.k8s.deployments.getRollout', { namespace, name: deployment })
  })

  test('no field of an object shows one, however it is picked', async () => {
    const fields = FIELDS.join(',')
    for (const object of objects())
      await look('infra.k8s.resources.getResource', { ...object, namespace: planted.namespace, fields })
  })

  test('no log line shows one, in any form, window or search', async () => {
    const { namespace, pod: name } = planted
    const one = { namespace, name, container: 'app' }
    const windows = [1, 2, 3, 5, 8, 13, 21].map((tail) => ({ ...one, tail }))
    const searches = [['password'], ['key'], ['bearer', 'basic'], ['a', 'e', 'i'], ['-----']].map((contains) => ({
      ...one,
      contains,
    }))
    const others = [
      { ...one, tail: -1, maxBytes: 1_048_576, timestamps: true },
      { ...one, previous: true },
      { ...one, maxBytes: 1024 },
    ]
    for (const input of [one, ...windows, ...searches, ...others]) await look('infra.k8s.pods.getPodLogs', input)
    await look('infra.k8s.pods.getPodLogs', { namespace, labelSelector: 'app=planted', allContainers: true })
    await look('infra.k8s.pods.getPodLogs', { namespace, name, container: 'app', tail: 1 })
  })

  test('no followed log shows one', async () => {
    const { namespace, pod } = planted
    for (const accept of ['text/plain', 'text/event-stream']) {
      const left = new AbortController()
      const path = `/cluster/pod/${namespace}/${pod}/logs?container=app&follow=true&tail=-1`
      const { body } = await fetch(server.url + path, { headers: { accept }, signal: left.signal })
      let text = ''
      for await (const chunk of body ?? []) {
        text += Buffer.from(chunk).toString()
        if (text.includes('ready')) break
      }
      left.abort()
      assertClean(text, `followed as ${accept}`)
    }
    const follow = { namespace, name: pod, container: 'app', follow: true, followSeconds: 1 }
    assertClean(JSON.stringify(await client.callTool({ name: 'k8s_pods_get_pod_logs', arguments: follow })), 'gathered')
  })

  test('no diff shows one, neither what is there nor what was given', async () => {
    const { namespace } = planted
    for (const yamlContent of await manifestsOf(cluster, planted))
      await look('infra.k8s.apply.diffManifest', { namespace, yamlContent })
  })

  test('no resource of MCP and no completion shows one', async () => {
    const { namespace } = planted
    for (const { kind, name } of objects()) {
      const { contents } = await client.readResource({
        uri: `k8s-mcp://cluster/admin/namespaces/${namespace}/${kind}/${name}`,
      })
      assertClean(JSON.stringify(contents), `${kind}/${name} as a resource`)
    }
    const ref = {
      type: 'ref/resource' as const,
      uri: 'k8s-mcp://cluster/{context}/namespaces/{namespace}/{kind}/{name}',
    }
    for (const kind of ['secrets', 'cm', 'po']) {
      const { completion } = await client.complete({
        ref,
        argument: { name: 'name', value: '' },
        context: { arguments: { context: 'admin', namespace, kind } },
      })
      assert.ok(completion.values.length > 0)
      assertClean(JSON.stringify(completion), `completion of ${kind}`)
    }
  })

  test('no error, log line or metric repeats one that a caller sent', async () => {
    const { namespace } = planted
    const said = canaries.flatMap(({ plant: given }) => (given.place === 'log' ? [given.lines.join('\n')] : []))
    const say = async (text: string) => {
      await look('infra.k8s.resources.getResource', { kind: 'cm', name: 'x', namespace, fields: text })
      await look('infra.k8s.pods.listPods', { namespace, labelSelector: text })
      await look('infra.k8s.pods.listPods', { namespace, fieldSelector: text })
      await look('infra.k8s.pods.listPods', { namespace, [text]: 'x' })
      const [, token = 'x'] = / using (\S+) for /.exec(text) ?? []
      await look('infra.k8s.resources.getResource', { kind: 'cm', namespace, name: token })
      await look('infra.k8s.pods.listPods', { namespace, context: token })
      await look('infra.k8s.apply.diffManifest', { namespace, yamlContent: text })
      const { text: unknown } = await sendRaw(server.url, { path: `/nosuch/${encodeURIComponent(text)}` })
      assertClean(unknown, 'an unknown path')
      const refused = (error: unknown) => JSON.stringify([error, error instanceof Error ? error.message : ''])
      assertClean(await client.callTool({ name: text }).then(() => '', refused), 'an unknown tool')
      const uri = `k8s-mcp://cluster/admin/cm/${encodeURIComponent(text)}`
      assertClean(await client.readResource({ uri }).then(() => '', refused), 'an unknown resource')
    }
    await Promise.all(said.map(say))
    for (const each of ['/', '/status', '/metrics', '/cluster', '/cluster/contexts'])
      assertClean((await server.rest(each)).text, each)
  })

  test('the log of all this has none', async () => {
    await until('the log is written', () => (server.logs.length > 300 ? true : undefined))
    assertClean(server.logText(), 'the log')
    assert.ok(server.logText().includes('<masked>'), 'parameters are logged, masked')
  })
})
