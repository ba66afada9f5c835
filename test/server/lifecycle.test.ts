import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipWithoutCluster } from '../cluster/shared.ts'
import { startCluster } from '../cluster/start.ts'
import { addressOf, getJson, startProcess, until } from '../support/process.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'

const settings = (kubeconfig: string) => ({ WEBCONTROL_PORT: '0', KUBECONFIG: kubeconfig })

test('an API server that goes down, comes back, and changes its certificate is noticed, and never takes the server down', {
  skip: skipWithoutCluster(),
}, async (t) => {
  const cluster = await startCluster({ apiOnly: true })
  t.after(() => cluster.stop())
  const server = startProcess(t, [], settings(cluster.kubeconfig))
  const url = await addressOf(server)
  const namespaces = () => getJson(`${url}/cluster/namespaces`)
  assert.ok(Array.isArray((await namespaces())['items']))

  await cluster.stopApiServer()
  const down = await namespaces()
  assert.equal(down['code'], 'cluster_unavailable')
  assert.match(String(down['detail']), /connection refused|reset|closed/)

  await cluster.startApiServer()
  await until('it answers again', async () => ('items' in (await namespaces()) ? true : undefined))

  const authority = await cluster.rotateServerCertificate()
  const other = await until('the certificate is noticed', async () => {
    const answer = await namespaces()
    return String(answer['detail']).includes('x509') ? answer : undefined
  })
  assert.equal(other['code'], 'cluster_unavailable')

  await cluster.trust(authority)
  await until('the new authority is trusted', async () => ('items' in (await namespaces()) ? true : undefined))
  assert.equal(server.child.exitCode, null)
})

clusterTest('an unreachable context costs its own callers 5 s and nobody else anything', async (cluster, t) => {
  const url = await addressOf(startProcess(t, [], settings(cluster.kubeconfig)))
  const start = performance.now()
  const slow = getJson(`${url}/cluster/namespaces?context=blackhole`)
  for (let round = 0; round < 20; round++)
    assert.ok('items' in (await getJson(`${url}/cluster/namespaces?context=admin`)))
  assert.ok(performance.now() - start < 4_000, 'the others waited')
  const answer = await slow
  assert.equal(answer['code'], 'cluster_timeout')
  const seconds = (performance.now() - start) / 1000
  assert.ok(seconds > 4 && seconds < 7, `it took ${seconds} s`)
})

clusterTest('contexts used at once do not disturb each other, and the answer names its context', async (cluster, t) => {
  const url = await addressOf(startProcess(t, [], settings(cluster.kubeconfig)))
  const ask = async (context: string) => ({
    context,
    answer: await getJson(`${url}/cluster/can-i?verb=delete&resource=nodes&context=${context}`),
  })
  const rounds = Array.from({ length: 10 }, () => ['admin', 'viewer', 'nobody']).flat()
  for (const { context, answer } of await Promise.all(rounds.map(ask))) {
    assert.equal(answer['context'], context)
    assert.equal(answer['allowed'], context === 'admin')
  }
})

clusterTest(
  'SIGTERM ends followed logs with a reason, lets running calls finish, and exits with 0',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    await cluster.kubectl(['run', 'web', '--image=example.test/web:1', '-n', namespace])
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/web', '-n', namespace, '--timeout=30s'])
    cluster.podLogs(namespace, 'web', 'web').append('hello')
    const server = startProcess(t, [], settings(cluster.kubeconfig))
    const url = await addressOf(server)
    const followed = await fetch(`${url}/cluster/pod/${namespace}/web/logs?follow=true`, {
      headers: { accept: 'text/event-stream' },
    })
    const running = fetch(`${url}/cluster/namespaces?context=blackhole`).then((response) => response.status)
    await until('the call runs', async () =>
      (await getJson(`${url}/status`))['version'] === undefined ? undefined : true,
    )
    server.child.kill('SIGTERM')
    const text = await followed.text()
    assert.match(text, /hello/)
    assert.match(text, /shutting down/i)
    assert.ok([504, 503].includes(await running))
    assert.equal(await server.exit, 0)
  },
)
