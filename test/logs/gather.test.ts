import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CallToolRequestOptions, Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Compile } from 'typebox/compile'
import { LogsAnswer } from '../../src/services/logs.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { type Ends, gate, runPod, serve, texts, until } from './support.ts'

const answers = Compile(LogsAnswer)

type OnProgress = NonNullable<CallToolRequestOptions['onprogress']>
type Progress = Parameters<OnProgress>[0]

/** The tool as an MCP client calls it. */
async function tool(ends: Ends, url: string) {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)))
  ends.after(() => client.close())
  return async (input: Record<string, unknown>, onprogress?: OnProgress) => {
    const result = await client.callTool(
      { name: 'k8s_pods_get_pod_logs', arguments: input },
      onprogress === undefined ? {} : { onprogress },
    )
    const { structuredContent, content } = result
    const [first] = content
    if (first?.type !== 'text' || !answers.Check(structuredContent)) throw new Error(JSON.stringify(result))
    return { answer: structuredContent, text: first.text }
  }
}

clusterTest(
  'a tool call gathers new lines, tells them as progress, and gives a cursor to go on from',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    await runPod(cluster, namespace, 'web')
    const log = cluster.podLogs(namespace, 'web', 'app')
    log.append('old')
    const door = await gate(t, cluster)
    const { url } = await serve(t, door.kubeconfig)
    const call = await tool(t, url)
    const told: Progress[] = []
    const running = call({ namespace, name: 'web', follow: true, followSeconds: 2 }, (each) => told.push(each))
    await until('the stream to the API server', () => door.open === 1)
    log.append('new 1', 'new 2')
    const { answer, text } = await running
    assert.deepEqual(texts(answer), ['old', 'new 1', 'new 2'])
    assert.ok(
      told.some(({ message }) => message === 'new 1\nnew 2'),
      JSON.stringify(told),
    )
    assert.match(text, /old\nnew 1\nnew 2\nLines after these: cursor="/)
    await until('the end of the stream', () => door.open === 0, 1)
    log.append('new 3')
    const next = await call({ namespace, name: 'web', follow: true, followSeconds: 1, cursor: answer.cursor })
    assert.deepEqual(texts(next.answer), ['new 3'])
  },
)

clusterTest('gathering ends at once where the container does', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  cluster.podLogs(namespace, 'web', 'app').append('old')
  const door = await gate(t, cluster)
  const { url } = await serve(t, door.kubeconfig)
  const call = await tool(t, url)
  const started = Date.now()
  const running = call({ namespace, name: 'web', follow: true, followSeconds: 30 })
  await until('the stream to the API server', () => door.open === 1)
  cluster.podLogs(namespace, 'web', 'app').append('last')
  await until('the line on its way', () => sleep(300, true))
  door.endStreams()
  assert.deepEqual(texts((await running).answer), ['old', 'last'])
  assert.ok(Date.now() - started < 10_000)
})

clusterTest(
  'gathering ends when the answer is full; the cursor goes on with the first line that is missing',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    await runPod(cluster, namespace, 'web', { containers: ['app', 'quiet'] })
    const log = cluster.podLogs(namespace, 'web', 'app')
    log.append('old')
    cluster.podLogs(namespace, 'web', 'quiet').append()
    const door = await gate(t, cluster)
    const { url } = await serve(t, door.kubeconfig)
    const call = await tool(t, url)
    const input = { namespace, name: 'web', allContainers: true, follow: true, followSeconds: 20, maxBytes: 1024 }
    const running = call(input)
    await until('the streams to the API server', () => door.open === 2)
    const expected = Array.from({ length: 100 }, (_, index) => `line ${index} ${'x'.repeat(30)}`)
    log.append(...expected)
    let { answer } = await running
    await until('the end of the streams', () => door.open === 0, 1)
    const read = texts(answer)
    assert.match(answer.truncated ?? '', /^More lines follow/)
    while (answer.truncated !== undefined) {
      answer = (await call({ ...input, follow: false, cursor: answer.cursor })).answer
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
  const running = run({ namespace, name: 'web', allContainers: true, follow: true, followSeconds: 20, maxBytes: 1024 })
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
  const { url } = await serve(t, door.kubeconfig)
  const call = await tool(t, url)
  const told: Progress[] = []
  const running = call({ namespace, name: 'web', follow: true, followSeconds: 20 }, (each) => told.push(each))
  await until('the stream to the API server', () => door.open === 1)
  log.append('new')
  await until('the line', () => told.some(({ message }) => message === 'new'))
  door.resetStreams()
  const { answer } = await running
  assert.deepEqual(texts(answer), ['old', 'new'])
  assert.match(answer.notes.join(), /^Following ended early: /)
  log.append('later')
  assert.deepEqual(texts((await call({ namespace, name: 'web', cursor: answer.cursor })).answer), ['later'])
})

clusterTest('a call that is cancelled ends its stream to the API server', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  cluster.podLogs(namespace, 'web', 'app').append('old')
  const door = await gate(t, cluster)
  const { url } = await serve(t, door.kubeconfig)
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)))
  t.after(() => client.close())
  const cancel = new AbortController()
  const input = { namespace, name: 'web', follow: true, followSeconds: 30 }
  const running = client.callTool({ name: 'k8s_pods_get_pod_logs', arguments: input }, { signal: cancel.signal })
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
  const site = await serve(t, cluster.kubeconfig)
  const call = await tool(t, site.url)
  const byRest = await site.logs(`/cluster/pod/${namespace}/web/logs?tail=2&timestamps=true&contains=b&contains=C`)
  const byTool = await call({ namespace, name: 'web', tail: 2, timestamps: true, contains: ['b', 'C'] })
  // The cursor also says when it was made, for containers that come later.
  assert.deepEqual({ ...byTool.answer, cursor: '' }, { ...byRest, cursor: '' })
})
