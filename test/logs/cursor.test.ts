import assert from 'node:assert/strict'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { at, numbered, runPod, serve, type Site, texts } from './support.ts'

/** All answers from one on, each with the cursor of the one before, until one has nothing left out. */
async function readOn(site: Site, path: string, from: string): Promise<string[]> {
  const lines: string[] = []
  let cursor = from
  for (let page = 0; page < 200; page++) {
    const answer = await site.logs(`${path}&cursor=${cursor}`)
    lines.push(...texts(answer))
    cursor = answer.cursor
    if (answer.truncated === undefined) return lines
  }
  throw new Error('no end')
}

clusterTest('a cursor gives what was written since, nothing lost and nothing twice', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  const base = Date.now() - 3_600_000
  log.append(at(0, 'a', base), at(0, 'b', base))
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs`
  const first = await site.logs(path)
  const again = await site.logs(`${path}?cursor=${first.cursor}`)
  assert.deepEqual(texts(again), [])
  log.append(at(0, 'c at the same time', base), at(0.001, 'd', base))
  const next = await site.logs(`${path}?cursor=${again.cursor}`)
  assert.deepEqual(texts(next), ['c at the same time', 'd'])
  assert.deepEqual(texts(await site.logs(`${path}?cursor=${next.cursor}`)), [])
})

clusterTest('a cursor goes on where nothing had been written, or nothing was asked for', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs?tail=0`
  const empty = await site.logs(path)
  log.append('first')
  const first = await site.logs(`${path}&cursor=${empty.cursor}`)
  assert.deepEqual(texts(first), ['first'])
  const nothing = await site.logs(path)
  assert.deepEqual(texts(nothing), [])
  log.append('second')
  assert.deepEqual(texts(await site.logs(`${path}&cursor=${nothing.cursor}`)), ['second'])
})

clusterTest(
  'a container that starts again, and a pod that comes later, go on from the same cursor',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    const labels = { app: 'web' }
    await runPod(cluster, namespace, 'web-1', { labels })
    const log = cluster.podLogs(namespace, 'web-1', 'app')
    log.append('run 1')
    const site = await serve(t, cluster.kubeconfig)
    const path = `/cluster/logs?namespace=${namespace}&labelSelector=app=web`
    const { cursor } = await site.logs(path)
    log.rotate()
    log.append('run 2')
    await runPod(cluster, namespace, 'web-2', { labels })
    cluster.podLogs(namespace, 'web-2', 'app').append('new pod')
    assert.deepEqual(texts(await site.logs(`${path}&cursor=${cursor}`)), ['run 2', 'new pod'])
  },
)

clusterTest('what does not fit in one answer is read page by page, from several containers too', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web', { containers: ['app', 'proxy'] })
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs?allContainers=true&maxBytes=2000`
  const { cursor } = await site.logs(path)
  // All within two seconds, so that many pages begin in the middle of one.
  const base = Date.now()
  const write = (container: string, offset: number) =>
    cluster
      .podLogs(namespace, 'web', container)
      .append(...Array.from({ length: 400 }, (_, i) => at(i / 200 + offset, `${container} ${i}`, base)))
  write('app', 0)
  write('proxy', 0.001)
  const expected = Array.from({ length: 400 }, (_, i) => [`app ${i}`, `proxy ${i}`]).flat()
  assert.deepEqual(await readOn(site, path, cursor), expected)
})

clusterTest('with contains, a cursor goes past the lines that had none of the words', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  log.append('error 1', 'fine')
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs?contains=error`
  const first = await site.logs(path)
  assert.deepEqual(texts(first), ['error 1'])
  log.append('fine', 'error 2', 'fine')
  const next = await site.logs(`${path}&cursor=${first.cursor}`)
  assert.deepEqual(texts(next), ['error 2'])
  assert.deepEqual(texts(await site.logs(`${path}&cursor=${next.cursor}`)), [])
})

clusterTest('a cursor of other logs is refused, and so is one that was changed', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await Promise.all([runPod(cluster, namespace, 'web'), runPod(cluster, namespace, 'db')])
  numbered(cluster.podLogs(namespace, 'web', 'app'), 1)
  const site = await serve(t, cluster.kubeconfig)
  const { cursor } = await site.logs(`/cluster/pod/${namespace}/web/logs`)
  const decoded = Buffer.from(cursor, 'base64url').toString()
  const encoded = (text: string) => Buffer.from(text).toString('base64url')
  const attempts = [
    [`/cluster/pod/${namespace}/db/logs?cursor=${cursor}`, /other parameters/],
    [`/cluster/pod/${namespace}/web/logs?previous=true&cursor=${cursor}`, /other parameters/],
    [`/cluster/pod/${namespace}/web/logs?contains=x&cursor=${cursor}`, /other parameters/],
    [`/cluster/pod/${namespace}/web/logs?cursor=${encoded('[1,2,3]')}`, /not a cursor/],
    [`/cluster/pod/${namespace}/web/logs?cursor=${encoded(decoded.replaceAll('Z"', '"'))}`, /not a cursor/],
  ] as const
  for (const [path, words] of attempts) {
    const { status, body } = await site.get(path)
    assert.equal(status, 400, path)
    assert.match(JSON.stringify(body), words)
  }
})
