import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fairShare, newestWithin } from '../../src/services/logs/budget.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { at, gate, numbered, runPod, serve, texts } from './support.ts'

const bytes = (lines: readonly string[]) => lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
const cursorIn = (sentence = '') => /cursor=([\w-]+)/.exec(sentence)?.[1] ?? ''

test('small shares are given whole, and what they leave is divided among the others', () => {
  assert.equal(fairShare([10, 20, 30], 100), Number.POSITIVE_INFINITY)
  assert.equal(fairShare([10, 500, 500], 100), 45)
  assert.equal(fairShare([500, 500], 100), 50)
  assert.equal(fairShare([], 100), Number.POSITIVE_INFINITY)
})

test('the newest lines are those that are kept', () => {
  const lines = ['a', 'bb', 'ccc'].map((text) => ({ text, time: '', after: undefined }))
  assert.deepEqual(
    newestWithin(lines, 2, 100).map(({ text }) => text),
    ['bb', 'ccc'],
  )
  assert.deepEqual(
    newestWithin(lines, 9, 7).map(({ text }) => text),
    ['bb', 'ccc'],
  )
  assert.deepEqual(newestWithin(lines, 9, 3), [])
  assert.deepEqual(newestWithin(lines, 0, 100), [])
})

clusterTest(
  'tail=-1 stops at maxBytes with the newest lines, and its cursor reads all from the first line on',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    await runPod(cluster, namespace, 'web')
    numbered(cluster.podLogs(namespace, 'web', 'app'), 2_000, (index) => `line ${index} ${'x'.repeat(40)}`)
    const site = await serve(t, cluster.kubeconfig)
    const path = `/cluster/pod/${namespace}/web/logs?maxBytes=20000`
    const answer = await site.logs(`${path}&tail=-1`)
    assert.ok(bytes(texts(answer)) <= 20_000 && bytes(texts(answer)) > 19_900)
    assert.match(texts(answer).at(-1) ?? '', /^line 2000 /)
    assert.match(answer.truncated ?? '', /^Older lines were left out: .*20000 bytes/)
    assert.equal(answer.sources[0]?.cut, true)
    assert.match(await site.text(`${path}&tail=-1`), /^k8s-mcp: Older lines were left out/)
    const read: string[] = []
    for (let cursor = cursorIn(answer.truncated), more = true; more; ) {
      const page = await site.logs(`${path}&cursor=${cursor}`)
      assert.ok(bytes(texts(page)) <= 20_000)
      read.push(...texts(page))
      more = page.truncated !== undefined
      cursor = page.cursor
    }
    assert.deepEqual(
      read.map((line) => Number(line.split(' ')[1])),
      Array.from({ length: 2_000 }, (_, index) => index + 1),
    )
  },
)

clusterTest('an answer has at most 5,000 lines', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  numbered(cluster.podLogs(namespace, 'web', 'app'), 6_000, String)
  const site = await serve(t, cluster.kubeconfig)
  const answer = await site.logs(`/cluster/pod/${namespace}/web/logs?tail=-1&maxBytes=1000000`)
  assert.equal(answer.lines.length, 5_000)
  assert.equal(answer.lines[0]?.text, '1001')
  assert.match(answer.truncated ?? '', /5000 lines/)
  const first = await site.logs(
    `/cluster/pod/${namespace}/web/logs?maxBytes=1000000&cursor=${cursorIn(answer.truncated)}`,
  )
  assert.deepEqual([first.lines.length, first.lines.at(-1)?.text], [5_000, '5000'])
})

clusterTest('of a huge log little is pulled, and the newest lines still come', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  numbered(cluster.podLogs(namespace, 'web', 'app'), 3_000, (index) => `line ${index} ${'x'.repeat(4_000)}`)
  const { kubeconfig, seen } = await gate(t, cluster)
  const site = await serve(t, kubeconfig)
  const { lines, truncated } = await site.logs(`/cluster/pod/${namespace}/web/logs?tail=-1`)
  assert.equal(lines.length, 16)
  assert.match(lines.at(-1)?.text ?? '', /^line 3000 /)
  assert.match(truncated ?? '', /Older lines were left out/)
  const limits = seen.map((each) => Number(/limitBytes=(\d+)/.exec(each)?.[1]))
  assert.ok(limits.length <= 4 && limits.every((limit) => limit < 1_000_000), seen.join('\n'))
})

clusterTest('a talkative container does not drive a quiet one out of the answer', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web', { containers: ['loud', 'quiet'] })
  const base = Date.now() - 3_600_000
  cluster
    .podLogs(namespace, 'web', 'quiet')
    .append(...Array.from({ length: 5 }, (_, index) => at(index, `quiet ${index}`, base)))
  numbered(cluster.podLogs(namespace, 'web', 'loud'), 500, (index) => `loud ${index} ${'x'.repeat(100)}`)
  const site = await serve(t, cluster.kubeconfig)
  const { sources } = await site.logs(`/cluster/pod/${namespace}/web/logs?allContainers=true&maxBytes=4096`)
  assert.deepEqual(
    sources.map(({ container, cut }) => [container, cut]),
    [
      ['loud', true],
      ['quiet', undefined],
    ],
  )
  assert.equal(sources[1]?.lines, 5)
  assert.ok((sources[0]?.lines ?? 0) > 30)
})

clusterTest('of a line that is too long the beginning is shown, and it is said', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  log.append(
    { text: 'y'.repeat(16_000), partial: true },
    { text: 'y'.repeat(16_000), partial: true },
    'y'.repeat(8_000),
    'next',
    'é'.repeat(17_000),
  )
  const site = await serve(t, cluster.kubeconfig)
  const lines = texts(await site.logs(`/cluster/pod/${namespace}/web/logs`))
  const shown = lines.map((line) => line.replaceAll(/(y|é)\1{99,}/g, (run, letter) => `${run.length} ${letter}`))
  assert.equal(shown[0], '16384 y ... (line cut: it has about 40000 characters)')
  assert.equal(shown[1], 'next')
  assert.match(shown[2] ?? '', /^163\d\d é.? \.\.\. \(line cut/)
})

clusterTest('contains says how far it looked where it did not look everywhere', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  numbered(cluster.podLogs(namespace, 'web', 'app'), 50_100, (index) => (index === 50 ? 'needle' : 'hay'))
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs?contains=needle`
  const answer = await site.logs(path)
  assert.deepEqual(texts(answer), [])
  assert.match(answer.truncated ?? '', /^Only the newest lines were searched/)
  assert.deepEqual(texts(await site.logs(`${path}&cursor=${cursorIn(answer.truncated)}`)), ['needle'])
})
