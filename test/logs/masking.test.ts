import assert from 'node:assert/strict'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { at, follow, numbered, runPod, serve, texts, until } from './support.ts'

// Put together here, so that a scanner of this repository finds nothing.
const password = ['hunter', 'two', '42x'].join('-')
const dashes = '-'.repeat(5)
const body = Array.from({ length: 30 }, (_, index) => Buffer.alloc(48, `${index}k`).toString('base64'))
const key = [`${dashes}BEGIN RSA PRIVATE KEY${dashes}`, ...body, `${dashes}END RSA PRIVATE KEY${dashes}`]

function assertNoKey(text: string): void {
  for (const line of body) assert.ok(!text.includes(line), line)
}

clusterTest('secrets in lines are masked in every form of the answer', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  cluster.podLogs(namespace, 'web', 'app').append(`login with password=${password} ok`, ...key, 'done')
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs`
  const followed = await follow(t, `${site.url}${path}?follow=true`)
  await until('the last line', () => followed.lines().includes('done'))
  const forms = [JSON.stringify(await site.logs(path)), await site.text(path), followed.text()]
  for (const form of forms) {
    assert.ok(!form.includes(password))
    assertNoKey(form)
    assert.match(form, /login with password=<masked> ok/)
    assert.match(form, /done/)
  }
})

clusterTest('a key is masked also where reading begins in the middle of it', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const log = cluster.podLogs(namespace, 'web', 'app')
  log.append('start')
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs`
  const half = key.slice(0, 12)
  log.append(...half)
  const first = await site.logs(path)
  assertNoKey(JSON.stringify(await site.logs(`${path}?tail=5`)))
  log.append(...key.slice(12), 'end')
  const next = await site.logs(`${path}?cursor=${first.cursor}`)
  assertNoKey(JSON.stringify(next))
  assert.equal(texts(next).at(-1), 'end')
  for (const tail of [2, 10, 20]) assertNoKey(JSON.stringify(await site.logs(`${path}?tail=${tail}`)))
})

clusterTest(
  'a key is masked also where the time asked for, or the cursor, is in the middle of it',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    await runPod(cluster, namespace, 'web')
    const log = cluster.podLogs(namespace, 'web', 'app')
    const base = Math.floor(Date.now() / 1000) * 1000 - 60_000
    const written = key.map((text, index) => at(index < 10 ? 0.9 : 1.5, text, base))
    log.append(...written.slice(0, 20))
    const site = await serve(t, cluster.kubeconfig)
    const path = `/cluster/pod/${namespace}/web/logs`
    const { cursor } = await site.logs(`${path}?tail=1`)
    log.append(...written.slice(20), at(1.6, 'end', base))
    const next = await site.logs(`${path}?cursor=${cursor}`)
    const since = await site.logs(`${path}?sinceTime=${new Date(base + 1_000).toISOString()}`)
    for (const answer of [next, since]) {
      assertNoKey(JSON.stringify(answer))
      assert.equal(texts(answer).at(-1), 'end')
    }
    assert.equal(next.lines.length, key.length - 20 + 1)
  },
)

clusterTest('contains cannot be used to guess a secret', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  cluster.podLogs(namespace, 'web', 'app').append(`password=${password}`)
  const site = await serve(t, cluster.kubeconfig)
  const found = async (word: string) =>
    texts(await site.logs(`/cluster/pod/${namespace}/web/logs?contains=${word}`)).length
  assert.equal(await found('password='), 1)
  for (let length = 1; length <= password.length; length++)
    assert.equal(await found(`=${password.slice(0, length)}`), 0)
})

clusterTest('colours do not hide a secret, and nothing that steers a terminal gets out', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const colour = (text: string) => `\u001b[36m${text}\u001b[0m`
  const log = cluster.podLogs(namespace, 'web', 'app')
  log.append(
    `${colour('password=')}${password}`,
    `${colour('INFO')} up`,
    '\u001b]0;title\u0007x',
    'a\u202eb',
    'bell\u0007',
  )
  const site = await serve(t, cluster.kubeconfig)
  const path = `/cluster/pod/${namespace}/web/logs`
  const plain = await site.text(path)
  assert.deepEqual(plain.split('\n').slice(0, 4), ['password=<masked>', 'INFO up', 'x', 'a\\u202eb'])
  for (const form of [plain, texts(await site.logs(path)).join('')]) {
    assert.ok(!form.includes(password))
    for (const character of ['\u001b', '\u0007', '\u202e']) assert.ok(!form.includes(character))
  }
  assert.equal(texts(await site.logs(`${path}?contains=info%20up`)).length, 1)
})

clusterTest('a token at the place where a long line is cut is masked', async (cluster, t) => {
  const namespace = await withNamespace(cluster)
  await runPod(cluster, namespace, 'web')
  const line = `${'x '.repeat(8_180)} password=${password.repeat(40)} end`
  numbered(cluster.podLogs(namespace, 'web', 'app'), 1, () => line)
  const site = await serve(t, cluster.kubeconfig)
  const [text = ''] = texts(await site.logs(`/cluster/pod/${namespace}/web/logs`))
  assert.ok(!text.includes(password.slice(0, 8)), text.slice(-120))
})
