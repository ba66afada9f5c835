import assert from 'node:assert/strict'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { at, numbered, runPod, serve, texts } from './support.ts'

clusterTest('of a pod with several containers the first is taken, and the others are named', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web', { containers: ['app', 'proxy'], initContainers: ['migrate'] })
  cluster.podLogs(namespace, 'web', 'app').append('from app')
  const site = await serve(t, cluster.kubeconfig)
  const answer = await site.logs(`/cluster/pod/${namespace}/web/logs`)
  assert.deepEqual(texts(answer), ['from app'])
  assert.deepEqual(answer.sources, [{ pod: 'web', container: 'app', lines: 1 }])
  assert.deepEqual(answer.notes, [
    'The log is of container app; the pod also has migrate (init), proxy (container, or allContainers=true).',
  ])
})

clusterTest('the container that the pod names as default is taken', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const annotations = { 'kubectl.kubernetes.io/default-container': 'proxy' }
  await runPod(cluster, namespace, 'web', { containers: ['app', 'proxy'], annotations, labels: { app: 'web' } })
  cluster.podLogs(namespace, 'web', 'proxy').append('from proxy')
  const site = await serve(t, cluster.kubeconfig)
  for (const path of [
    `/cluster/pod/${namespace}/web/logs`,
    `/cluster/logs?namespace=${namespace}&labelSelector=app=web`,
  ]) {
    const answer = await site.logs(path)
    assert.deepEqual(texts(answer), ['from proxy'])
    assert.deepEqual(answer.sources, [{ pod: 'web', container: 'proxy', lines: 1 }])
  }
})

clusterTest('all containers are merged by time, each line with its source', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web', { containers: ['app', 'proxy'], initContainers: ['migrate'] })
  const base = Date.now() - 3_600_000
  cluster.podLogs(namespace, 'web', 'migrate').append(at(0, 'migrated', base))
  cluster.podLogs(namespace, 'web', 'app').append(at(1, 'app up', base), at(3, 'app busy', base))
  cluster.podLogs(namespace, 'web', 'proxy').append(at(2, 'proxy up', base))
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs?allContainers=true`
  const { sources, lines } = await site.logs(path)
  assert.deepEqual(
    sources.map(({ container, lines: count }) => [container, count]),
    [
      ['migrate', 1],
      ['app', 2],
      ['proxy', 1],
    ],
  )
  assert.deepEqual(lines, [
    { source: 0, text: 'migrated' },
    { source: 1, text: 'app up' },
    { source: 2, text: 'proxy up' },
    { source: 1, text: 'app busy' },
  ])
  const plain = await site.text(path)
  assert.equal(
    plain,
    '[pod/web/migrate] migrated\n[pod/web/app] app up\n[pod/web/proxy] proxy up\n[pod/web/app] app busy\n',
  )
})

clusterTest('an ephemeral container is one of all, once it runs', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  cluster.podLogs(namespace, 'web', 'app').append('app')
  cluster.podLogs(namespace, 'web', 'debug').append('debugging')
  const pod = `/api/v1/namespaces/${namespace}/pods/web`
  await cluster.api.merge(`${pod}/ephemeralcontainers`, {
    spec: { ephemeralContainers: [{ name: 'debug', image: 'busybox:1' }] },
  })
  const site = await serve(t, cluster.kubeconfig)
  const before = await site.logs(`/cluster/pod/${namespace}/web/logs?allContainers=true`)
  assert.deepEqual(before.notes, ['web/debug has no log yet: not started.'])
  const status = {
    name: 'debug',
    state: { running: { startedAt: new Date().toISOString() } },
    image: 'busybox:1',
    imageID: '',
    ready: false,
    restartCount: 0,
  }
  await cluster.api.merge(`${pod}/status`, { status: { ephemeralContainerStatuses: [status] } })
  const answer = await site.logs(`/cluster/pod/${namespace}/web/logs?allContainers=true`)
  assert.deepEqual(texts(answer).toSorted(), ['app', 'debugging'])
})

clusterTest('a container that waits says why; one that crashed has the log of its last run', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web', { containers: ['app', 'proxy'], node: 'node-2' })
  cluster.podLogs(namespace, 'web', 'app').append('panic')
  const time = new Date().toISOString()
  const ended = { exitCode: 2, reason: 'Error', startedAt: time, finishedAt: time, containerID: 'containerd://1' }
  const statuses = [
    {
      name: 'app',
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: ended },
      ready: false,
      restartCount: 3,
      image: '',
      imageID: '',
    },
    {
      name: 'proxy',
      state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
      ready: false,
      restartCount: 0,
      image: '',
      imageID: '',
    },
  ]
  await cluster.api.merge(`/api/v1/namespaces/${namespace}/pods/web/status`, {
    status: { phase: 'Pending', containerStatuses: statuses },
  })
  const site = await serve(t, cluster.kubeconfig)
  const answer = await site.logs(`/cluster/pod/${namespace}/web/logs?allContainers=true`)
  assert.deepEqual(texts(answer), ['panic'])
  assert.deepEqual(answer.notes, ['web/proxy has no log yet: waiting, ImagePullBackOff (no such image).'])
})

clusterTest('all pods of a selector are read, and none of the others', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const labels = { app: 'web' }
  await Promise.all([
    runPod(cluster, namespace, 'web-1', { labels }),
    runPod(cluster, namespace, 'web-2', { labels }),
    runPod(cluster, namespace, 'db-1'),
  ])
  for (const pod of ['web-1', 'web-2', 'db-1']) cluster.podLogs(namespace, pod, 'app').append(`from ${pod}`)
  const site = await serve(t, cluster.kubeconfig)
  const answer = await site.logs(`/cluster/logs?namespace=${namespace}&labelSelector=app=web`)
  assert.deepEqual(texts(answer).toSorted(), ['from web-1', 'from web-2'])
  const none = await site.logs(`/cluster/logs?namespace=${namespace}&labelSelector=app=cache`)
  assert.deepEqual([none.lines, none.notes], [[], [`No pod in namespace ${namespace} matches app=cache.`]])
  const other = await site.logs(`/cluster/logs?namespace=${namespace}&labelSelector=app=web&container=proxy`)
  assert.deepEqual(other.notes, ['None of the 2 pods has a container proxy.'])
  const bad = await site.get(`/cluster/logs?namespace=${namespace}&labelSelector=${encodeURIComponent('app in (')}`)
  assert.equal(bad.status, 400)
})

clusterTest('one source that fails is said in its place; the others are read', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const labels = { app: 'web' }
  await Promise.all([runPod(cluster, namespace, 'web-1', { labels }), runPod(cluster, namespace, 'web-2', { labels })])
  cluster.podLogs(namespace, 'web-1', 'app').writePrevious('died')
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/logs?namespace=${namespace}&labelSelector=app=web&previous=true`
  const { sources, lines } = await site.logs(path)
  assert.deepEqual(lines, [{ source: 0, text: 'died' }])
  assert.match(sources[1]?.problem ?? '', /previous terminated container .*app.* in pod .*web-2.* not found/)
  assert.match(await site.text(path), /^k8s-mcp: web-2\/app: previous terminated container/)
  const both = await site.get(`/cluster/logs?namespace=${namespace}&labelSelector=app=web&context=nobody`)
  assert.equal(both.status, 403)
})

clusterTest('of more than 50 containers 50 are read, and it is said', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  const containers = Array.from({ length: 30 }, (_, index) => `c${index}`)
  const labels = { app: 'many' }
  await Promise.all(['many-1', 'many-2'].map((pod) => runPod(cluster, namespace, pod, { containers, labels })))
  for (const pod of ['many-1', 'many-2'])
    for (const container of containers) numbered(cluster.podLogs(namespace, pod, container), 3)
  const site = await serve(t, cluster.kubeconfig)
  const answer = await site.logs(`/cluster/logs?namespace=${namespace}&labelSelector=app=many&allContainers=true`)
  assert.equal(answer.sources.length, 50)
  assert.equal(answer.lines.length, 150)
  assert.match(answer.notes.join(), /^60 containers match; at most 50 are read/)
})
