import assert from 'node:assert/strict'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { gate, runPod, serve, texts, until } from './support.ts'

clusterTest(
  'a tool call gathers new lines, tells them as progress, and gives a cursor to go on from',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    await runPod(cluster, namespace, 'web')
    const log = cluster.podLogs(namespace, 'web', 'app')
    log.append('old')
    const door = await gate(t, cluster)
    const { tool } = await serve(t, door.kubeconfig)
    const told: unknown[] = []
    const input = { namespace, name: 'web', follow: true, followSeconds: 2 }
    const running = tool(input, { onprogress: ({ message }) => told.push(message) })
    await until('the stream to the API server', () => door.open === 1)
    log.append('new 1', 'new 2')
    const { answer, text } = await running
    assert.deepEqual(texts(answer), ['old', 'new 1', 'new 2'])
    assert.ok(told.includes('new 1\nnew 2'), JSON.stringify(told))
    assert.match(text, /old\nnew 1\nnew 2\nLines after these: cursor="/)
    await until('the end of the stream', () => door.open === 0, 1)
    log.append('new 3')
    const next = await tool({ ...input, followSeconds: 1, cursor: answer.cursor })
    assert.deepEqual(texts(next.answer), ['new 3'])
  },
)

clusterTest('gathering ends at once where the container does', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  log.append('old')
  const door = await gate(t, cluster)
  const { tool } = await serve(t, door.kubeconfig)
  const started = Date.now()
  const told: unknown[] = []
  const input = { namespace, name: 'web', follow: true, followSeconds: 30 }
  const running = tool(input, { onprogress: ({ message }) => told.push(message) })
  await until('the stream to the API server', () => door.open === 1)
  log.append('last')
  await until('the line', () => told.includes('last'))
  door.endStreams()
  assert.deepEqual(texts((await running).answer), ['old', 'last'])
  assert.ok(Date.now() - started < 15_000)
})

clusterTest(
  'gathering ends when the answer is full; the cursor goes on with the first line that is missing',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    await runPod(cluster, namespace, 'web')
    const log = cluster.podLogs(namespace, 'web', 'app')
    log.append('old')
    const door = await gate(t, cluster)
    const { tool } = await serve(t, door.kubeconfig)
    const input = { namespace, name: 'web', follow: true, followSeconds: 20, maxBytes: 1024 }
    const running = tool(input)
    await until('the stream to the API server', () => door.open === 1)
    const expected = Array.from({ length: 100 }, (_, index) => `line ${index} ${'x'.repeat(30)}`)
    log.append(...expected)
    let { answer } = await running
    const read = texts(answer)
    assert.match(answer.truncated ?? '', /^More lines follow/)
    while (answer.truncated !== undefined) {
      answer = (await tool({ ...input, follow: false, cursor: answer.cursor })).answer
      read.push(...texts(answer))
    }
    assert.deepEqual(read, ['old', ...expected])
  },
)

clusterTest('the streams of a call end with it, also where its caller stays', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web', { containers: ['app', 'quiet'] })
  const log = cluster.podLogs(namespace, 'web', 'app')
  log.append('old')
  cluster.podLogs(namespace, 'web', 'quiet').append()
  const door = await gate(t, cluster)
  const { run } = await serve(t, door.kubeconfig)
  const input = { namespace, name: 'web', allContainers: true, follow: true, followSeconds: 20, maxBytes: 1024 }
  const running = run(input)
  await until('the streams to the API server', () => door.open === 2)
  log.append('x'.repeat(600), 'x'.repeat(600))
  await running
  await until('the end of the streams', () => door.open === 0, 1)
})

clusterTest('a connection that breaks while gathering does not lose what came before', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  log.append('old')
  const door = await gate(t, cluster)
  const { tool } = await serve(t, door.kubeconfig)
  const told: unknown[] = []
  const input = { namespace, name: 'web', follow: true, followSeconds: 20 }
  const running = tool(input, { onprogress: ({ message }) => told.push(message) })
  await until('the stream to the API server', () => door.open === 1)
  log.append('new')
  await until('the line', () => told.includes('new'))
  door.resetStreams()
  const { answer } = await running
  assert.deepEqual(texts(answer), ['old', 'new'])
  assert.match(answer.notes.join(), /^Following ended early: /)
  log.append('later')
  assert.deepEqual(texts((await tool({ namespace, name: 'web', cursor: answer.cursor })).answer), ['later'])
})

clusterTest('a call that is cancelled ends its stream to the API server', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  cluster.podLogs(namespace, 'web', 'app').append('old')
  const door = await gate(t, cluster)
  const { tool } = await serve(t, door.kubeconfig)
  const cancel = new AbortController()
  const running = tool({ namespace, name: 'web', follow: true, followSeconds: 30 }, { signal: cancel.signal })
  const refused = assert.rejects(running)
  await until('the stream to the API server', () => door.open === 1)
  cancel.abort()
  await refused
  await until('the end of the stream', () => door.open === 0, 2)
})

clusterTest('both doors give the same answer to the same question', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  cluster.podLogs(namespace, 'web', 'app').append('a', 'b', 'c')
  const { logs, tool } = await serve(t, cluster.kubeconfig)
  const byRest = await logs(`/cluster/pod/${namespace}/web/logs?tail=2&timestamps=true&contains=b&contains=C`)
  const byTool = await tool({ namespace, name: 'web', tail: 2, timestamps: true, contains: ['b', 'C'] })
  // The cursor also says when it was made, for containers that come later.
  assert.deepEqual({ ...byTool.answer, cursor: '' }, { ...byRest, cursor: '' })
})
