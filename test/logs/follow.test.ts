import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { at, follow, gate, numbered, runPod, serve, until } from './support.ts'

clusterTest('a followed log gives its last lines and then each new one as it is written', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  numbered(log, 5)
  const site = await serve(t, cluster.kubeconfig)
  const followed = await follow(t, `${site.url}/cluster/pod/${namespace}/web/logs?follow=true&tail=2`)
  await until('the last lines', () => followed.lines().length === 2)
  log.append('six')
  await until('a new line', () => followed.lines().length === 3)
  log.append('seven', 'eight')
  await until('more lines', () => followed.lines().length === 5)
  assert.deepEqual(followed.lines(), ['line 4', 'line 5', 'six', 'seven', 'eight'])
})

clusterTest('an empty log is followed without an error, until its first line comes', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  const door = await gate(t, cluster)
  const site = await serve(t, door.kubeconfig)
  const followed = await follow(t, `${site.url}/cluster/pod/${namespace}/web/logs?follow=true`)
  await until('the stream to the API server', () => door.open === 1)
  log.append('at last')
  await until('the line', () => followed.lines().length === 1)
  assert.deepEqual(followed.lines(), ['at last'])
})

clusterTest('lines that have the same time as the last one come once each', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  const base = Date.now()
  log.append(at(0, 'a', base), at(0, 'b', base))
  const site = await serve(t, cluster.kubeconfig)
  const followed = await follow(t, `${site.url}/cluster/pod/${namespace}/web/logs?follow=true`)
  await until('two lines', () => followed.lines().length === 2)
  log.append(at(0, 'c', base), at(1, 'd', base))
  await until('four lines', () => followed.lines().length === 4)
  assert.deepEqual(followed.lines(), ['a', 'b', 'c', 'd'])
})

clusterTest('Server-Sent Events carry each line with its time as id, and an end', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const line = at(0, 'hello')
  cluster.podLogs(namespace, 'web', 'app').append(line)
  const door = await gate(t, cluster)
  const site = await serve(t, door.kubeconfig)
  const followed = await follow(t, `${site.url}/cluster/pod/${namespace}/web/logs?follow=true`, 'text/event-stream')
  const id = line.time.toISOString().replace('Z', '000000Z')
  await until('the line', () => followed.text().includes(`id: ${id}\ndata: hello\n\n`))
  await until('the stream to the API server', () => door.open === 1)
  cluster.podLogs(namespace, 'web', 'app').append('bye')
  await until('the new line', () => followed.text().includes('data: bye'))
  door.endStreams()
  await followed.ended
  assert.match(followed.text(), /event: end\ndata: \{"code":"ended"\}/)
})

clusterTest('the stream to the API server ends within a second of the client leaving', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  cluster.podLogs(namespace, 'web', 'app').append('hello')
  const door = await gate(t, cluster)
  const site = await serve(t, door.kubeconfig)
  for (const quiet of [true, false]) {
    const followed = await follow(t, `${site.url}/cluster/pod/${namespace}/web/logs?follow=true`)
    await until('the stream to the API server', () => door.open === 1)
    if (!quiet) {
      cluster.podLogs(namespace, 'web', 'app').append('more')
      await until('a line through the stream', () => followed.lines().at(-1) === 'more')
    }
    const left = Date.now()
    followed.leave()
    await until('the end of the stream', () => door.open === 0)
    assert.ok(Date.now() - left < 1_000)
  }
})

clusterTest('a reset by the API server ends the stream with a reason, and nothing is thrown', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  log.append('hello')
  const thrown: unknown[] = []
  const caught = (error: unknown) => thrown.push(error)
  process.on('unhandledRejection', caught)
  t.after(() => process.off('unhandledRejection', caught))
  const door = await gate(t, cluster)
  const site = await serve(t, door.kubeconfig)
  const followed = await follow(t, `${site.url}/cluster/pod/${namespace}/web/logs?follow=true`)
  await until('the stream to the API server', () => door.open === 1)
  log.append('more')
  await until('a line through the stream', () => followed.lines().at(-1) === 'more')
  door.resetStreams()
  await followed.ended
  assert.match(
    followed.lines().at(-1) ?? '',
    /^k8s-mcp: stream ended, cluster_unavailable: Context admin cannot be used: /,
  )
  await sleep(50)
  assert.deepEqual(thrown, [])
})

clusterTest('an error before the first line has a status of its own', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const site = await serve(t, cluster.kubeconfig)
  const response = await fetch(`${site.url}/cluster/pod/${namespace}/nope/logs?follow=true`)
  assert.equal(response.status, 404)
  assert.match(await response.text(), /pods .*nope.* not found/)
})

clusterTest('following a selector picks up pods that come and containers that start again', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const labels = { app: 'web' }
  await runPod(cluster, namespace, 'web-1', { labels })
  cluster.podLogs(namespace, 'web-1', 'app').append('one')
  const site = await serve(t, cluster.kubeconfig)
  const followed = await follow(t, `${site.url}/cluster/logs?namespace=${namespace}&labelSelector=app=web&follow=true`)
  await until('the first pod', () => followed.lines().length === 1)
  await runPod(cluster, namespace, 'web-2', { labels })
  cluster.podLogs(namespace, 'web-2', 'app').append('two')
  await until('the second pod', () => followed.lines().length === 2)
  cluster.podLogs(namespace, 'web-1', 'app').append('three')
  await until('the first pod again', () => followed.lines().length === 3)
  assert.deepEqual(followed.lines(), ['[pod/web-1/app] one', '[pod/web-2/app] two', '[pod/web-1/app] three'])
})

clusterTest('one stream of a selector that breaks is taken up again where it was', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const labels = { app: 'web' }
  await runPod(cluster, namespace, 'web-1', { labels })
  const log = cluster.podLogs(namespace, 'web-1', 'app')
  log.append('one')
  const door = await gate(t, cluster)
  const site = await serve(t, door.kubeconfig)
  const followed = await follow(t, `${site.url}/cluster/logs?namespace=${namespace}&labelSelector=app=web&follow=true`)
  await until('the stream to the API server', () => door.open === 1)
  log.append('two')
  await until('a line through the stream', () => followed.lines().length === 2)
  door.resetStreams()
  await until('the note', () => followed.lines().length === 3)
  log.append('three')
  await until('the line after the break', () => followed.lines().length === 4)
  const [one, two, note, three] = followed.lines()
  assert.deepEqual([one, two, three], ['[pod/web-1/app] one', '[pod/web-1/app] two', '[pod/web-1/app] three'])
  assert.match(note ?? '', /^k8s-mcp: web-1\/app: Context admin cannot be used/)
})

clusterTest('following a selector ends when its pods have ended', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const labels = { app: 'job' }
  await runPod(cluster, namespace, 'job-1', { labels, node: 'node-2' })
  cluster.podLogs(namespace, 'job-1', 'app').append('result')
  const time = new Date().toISOString()
  const ended = { exitCode: 0, reason: 'Completed', startedAt: time, finishedAt: time, containerID: 'containerd://1' }
  const statuses = [
    { name: 'app', state: { terminated: ended }, ready: false, restartCount: 0, image: '', imageID: '' },
  ]
  await cluster.api.merge(`/api/v1/namespaces/${namespace}/pods/job-1/status`, {
    status: { phase: 'Succeeded', containerStatuses: statuses },
  })
  const site = await serve(t, cluster.kubeconfig)
  const followed = await follow(t, `${site.url}/cluster/logs?namespace=${namespace}&labelSelector=app=job&follow=true`)
  await followed.ended
  assert.deepEqual(followed.lines(), ['[pod/job-1/app] result'])
})
