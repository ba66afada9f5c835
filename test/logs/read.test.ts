import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { at, gate, numbered, runPod, serve, texts } from './support.ts'

clusterTest('the last 100 lines are given by default, the oldest first', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  numbered(cluster.podLogs(namespace, 'web', 'app'), 150)
  const site = await serve(t, cluster.kubeconfig)
  const answer = await site.logs(`/cluster/pod/${namespace}/web/logs`)
  assert.deepEqual(
    texts(answer),
    Array.from({ length: 100 }, (_, index) => `line ${index + 51}`),
  )
  assert.deepEqual(answer.sources, [{ pod: 'web', lines: 100 }])
  assert.equal(answer.context, 'admin')
  assert.equal(answer.namespace, namespace)
  assert.equal(answer.truncated, undefined)
})

clusterTest('one pod with one container costs one request to the API server', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  cluster.podLogs(namespace, 'web', 'app').append('hello')
  const { kubeconfig, seen } = await gate(t, cluster)
  const site = await serve(t, kubeconfig)
  await site.logs(`/cluster/pod/${namespace}/web/logs?container=app`)
  await site.logs(`/cluster/pod/${namespace}/web/logs`)
  assert.equal(seen.length, 2, seen.join('\n'))
  for (const each of seen) assert.match(each, new RegExp(`^GET /api/v1/namespaces/${namespace}/pods/web/log\\?`))
})

clusterTest('both routes give the same, as plain text unless JSON is asked for', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  cluster.podLogs(namespace, 'web', 'app').append('one', '', ' two ')
  const site = await serve(t, cluster.kubeconfig)
  assert.equal(await site.text(`/cluster/pod/${namespace}/web/logs`), 'one\n\n two \n')
  assert.equal(await site.text(`/cluster/logs?namespace=${namespace}&name=web`), 'one\n\n two \n')
  assert.deepEqual(texts(await site.logs(`/cluster/logs?namespace=${namespace}&name=web`)), ['one', '', ' two '])
})

clusterTest('timestamps come where they are asked for, and only there', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const line = at(0, 'hello')
  cluster.podLogs(namespace, 'web', 'app').append(line)
  const site = await serve(t, cluster.kubeconfig)
  const time = line.time.toISOString().replace('Z', '000000Z')
  const { lines } = await site.logs(`/cluster/pod/${namespace}/web/logs?timestamps=true`)
  assert.deepEqual(lines, [{ time, text: 'hello' }])
  assert.equal(await site.text(`/cluster/pod/${namespace}/web/logs?timestamps=true`), `${time} hello\n`)
  assert.equal(await site.text(`/cluster/pod/${namespace}/web/logs`), 'hello\n')
})

clusterTest('tail=0 gives no line, tail=2 two, tail=-1 all', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  numbered(cluster.podLogs(namespace, 'web', 'app'), 300)
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs`
  assert.deepEqual(texts(await site.logs(`${path}?tail=0`)), [])
  assert.deepEqual(texts(await site.logs(`${path}?tail=2`)), ['line 299', 'line 300'])
  assert.equal((await site.logs(`${path}?tail=-1`)).lines.length, 300)
})

clusterTest('since and sinceTime leave out older lines, to the nanosecond', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const base = Math.floor(Date.now() / 1000) * 1000 - 3_600_000
  cluster
    .podLogs(namespace, 'web', 'app')
    .append(at(-3600, 'old', base), at(0, 'a', base), at(0.5, 'b', base), at(1, 'c', base))
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs`
  assert.deepEqual(texts(await site.logs(`${path}?since=1h30m`)), ['a', 'b', 'c'])
  assert.deepEqual(texts(await site.logs(`${path}?since=1d`)), ['old', 'a', 'b', 'c'])
  const middle = encodeURIComponent(new Date(base + 500).toISOString())
  assert.deepEqual(texts(await site.logs(`${path}?sinceTime=${middle}`)), ['b', 'c'])
})

clusterTest('contains keeps lines with any of the words, case ignored, and tail counts those', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  numbered(cluster.podLogs(namespace, 'web', 'app'), 900, (index) =>
    index % 100 === 0 ? `ERROR number ${index}` : index === 7 ? 'a Warning' : 'fine',
  )
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs`
  assert.deepEqual(texts(await site.logs(`${path}?contains=error&tail=2`)), ['ERROR number 800', 'ERROR number 900'])
  const both = texts(await site.logs(`${path}?contains=error&contains=WARN`))
  assert.equal(both.length, 10)
  assert.equal(both[0], 'a Warning')
})

clusterTest('previous gives the run before the last restart, and says where there was none', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  log.append('now')
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs?previous=true`
  const { status, body } = await site.get(path)
  assert.equal(status, 400)
  assert.match(JSON.stringify(body), /previous terminated container .*app.* in pod .*web.* not found/)
  log.writePrevious('panic: out of luck')
  assert.deepEqual(texts(await site.logs(path)), ['panic: out of luck'])
})

clusterTest("Kubernetes' refusals keep their status and words", async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const site = await serve(t, cluster.kubeconfig)
  const missing = await site.get(`/cluster/pod/${namespace}/nope/logs`)
  assert.equal(missing.status, 404)
  assert.match(JSON.stringify(missing.body), /pods .*nope.* not found/)
  const wrong = await site.get(`/cluster/pod/${namespace}/web/logs?container=nope`)
  assert.equal(wrong.status, 400)
  assert.match(JSON.stringify(wrong.body), /container nope is not valid for pod web/)
  const forbidden = await site.get(`/cluster/pod/${namespace}/web/logs?context=nobody`)
  assert.equal(forbidden.status, 403)
  assert.match(JSON.stringify(forbidden.body), /cannot get resource .*pods\/log/)
})

clusterTest('a pod that is not on a node yet says so', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await cluster.api.create(`/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name: 'waiting', labels: { app: 'waiting' } },
    spec: { nodeSelector: { nowhere: randomUUID() }, containers: [{ name: 'app', image: 'shop/web:1' }] },
  })
  const site = await serve(t, cluster.kubeconfig)
  const one = await site.logs(`/cluster/pod/${namespace}/waiting/logs`)
  assert.deepEqual([one.lines, one.notes], [[], ['waiting/app has no log yet: not started.']])
  const all = await site.logs(`/cluster/logs?namespace=${namespace}&labelSelector=app=waiting`)
  assert.deepEqual(all.notes, ['waiting/app has no log yet: not started.'])
})

clusterTest(
  'parameters that contradict each other or mean nothing are refused before anything is asked',
  async (cluster, t) => {
    const { kubeconfig, seen } = await gate(t, cluster)
    const site = await serve(t, kubeconfig)
    const refused = [
      ['', /name of a pod, or a labelSelector/],
      ['name=web&labelSelector=app=web', /name and labelSelector/],
      ['name=web&container=app&allContainers=true', /container and allContainers/],
      ['name=web&since=10m&sinceTime=2026-01-01T00:00:00Z', /since and sinceTime/],
      ['name=web&sinceTime=2026-02-30T00:00:00Z', /not a time of the calendar/],
      ['name=web&sinceTime=yesterday', /sinceTime/],
      ['name=web&since=-5m', /since/],
      ['name=web&tail=abc', /tail/],
      ['name=web&tail=-2', /tail/],
      ['name=web&tail=1000000000', /tail/],
      ['name=web&maxBytes=1048577', /maxBytes/],
      ['name=web&contains=', /contains/],
      [`name=web&${Array.from({ length: 17 }, () => 'contains=x').join('&')}`, /contains/],
      [`name=web&contains=${'x'.repeat(201)}`, /contains/],
      ['name=web&cursor=nonsense', /not a cursor of this server/],
      ['name=..&container=app', /name/],
      ['name=web&container=../secrets', /container/],
      ['name=web&lines=5', /unknown parameter/],
    ] as const
    for (const [query, words] of refused) {
      const { status, body } = await site.get(`/cluster/logs?${query}`)
      assert.equal(status, 400, query)
      assert.match(JSON.stringify(body), words)
    }
    const followed = await site.text('/cluster/logs?name=web&previous=true&follow=true')
    assert.match(followed, /previous and follow/)
    assert.deepEqual(seen, [])
  },
)
