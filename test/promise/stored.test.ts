import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite, test } from 'node:test'
import { pathOf } from '../changes/support.ts'
import { clusterTest, skipWithoutCluster, withNamespace } from '../cluster/shared.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { folder } from '../support/process.ts'
import { startRecorder } from '../support/recorder.ts'
import {
  approvalIn,
  approve,
  approvedAndEnded,
  ended,
  endedEarly,
  inReverse,
  isWrite,
  openSite,
  seen,
  siteOfSuite,
} from './site.ts'

const CREATE = 'infra.k8s.pods.createPod'
const job = (namespace: string, image: string) => ({ namespace, name: 'job', image, labels: { app: 'job' } })

suite('what the person approves is what runs', { skip: skipWithoutCluster() }, () => {
  const here = siteOfSuite()

  for (const door of ['REST', 'MCP', 'stdio'] as const)
    test(`the stored plan, never arguments sent again (asked for by ${door})`, async () => {
      const asker = here.askers.find((each) => each.door === door)
      assert.ok(asker)
      const namespace = await withNamespace(here.cluster)
      const first = approvalIn(await asker.call(CREATE, job(namespace, 'shop/good:v1')))
      const waiting = await seen(here.site.alice, first.id)
      // Asked again with other arguments: another request, which nobody approves.
      const other = approvalIn(await asker.call(CREATE, job(namespace, 'evil/bad:v1')))
      assert.notEqual(other.id, first.id)
      assert.notEqual(other.digest, first.digest)
      // Asked again with the same: the same request, as it was.
      assert.equal(approvalIn(await asker.call(CREATE, job(namespace, 'shop/good:v1'))).id, first.id)
      assert.deepEqual(at(await seen(here.site.alice, first.id), 'plan'), at(waiting, 'plan'))
      here.recorder.take()
      const end = await approvedAndEnded(here.site.alice, first.id)
      assert.equal(at(end, 'state'), 'succeeded', textAt(end, 'next'))
      const pods = await here.cluster.api.get(pathOf(namespace, 'pods'))
      const images = listAt(pods, 'items').map((each) => at(each, 'spec', 'containers', 0, 'image'))
      assert.deepEqual(images, ['shop/good:v1'])
      assert.deepEqual(
        here.recorder
          .take()
          .filter(isWrite)
          .map(({ method, path }) => `${method} ${path}`),
        [`POST ${pathOf(namespace, 'pods')}`],
      )
      assert.deepEqual([at(end, 'digest'), at(end, 'plan')], [at(waiting, 'digest'), at(waiting, 'plan')])
      assert.equal(at(await seen(here.site.alice, other.id), 'state'), 'pending')
    })

  test('a request sent again with the same Idempotency-Key is the same one, and with other arguments it is refused', async () => {
    const namespace = await withNamespace(here.cluster)
    const key = { 'idempotency-key': 'order-1' }
    const ask = (image: string) => here.site.bot.call(CREATE, job(namespace, image), key)
    const { id } = approvalIn((await ask('shop/good:v1')).body)
    assert.equal(approvalIn((await ask('shop/good:v1')).body).id, id)
    const altered = await ask('evil/bad:v1')
    assert.deepEqual([altered.status, at(altered.body, 'code')], [422, 'idempotency_mismatch'])
    const end = await approvedAndEnded(here.site.alice, id)
    assert.equal(at(end, 'state'), 'succeeded')
    // Also afterwards: what was done once is not asked for again by a client that tries again.
    assert.deepEqual(
      [approvalIn((await ask('shop/good:v1')).body).id, at((await ask('evil/bad:v1')).body, 'code')],
      [id, 'idempotency_mismatch'],
    )
  })

  test('there is no request that alters one that waits', async () => {
    const namespace = await withNamespace(here.cluster)
    const { id } = approvalIn((await here.site.bot.call(CREATE, job(namespace, 'shop/good:v1'))).body)
    const waiting = await seen(here.site.alice, id)
    for (const somebody of [here.site.bot, here.site.alice, here.site.nobody])
      for (const method of ['PUT', 'PATCH', 'POST', 'DELETE']) {
        const { status } = await somebody.send(method, `/approvals/${id}`, { input: job(namespace, 'evil/bad:v1') })
        assert.equal(status, 405, method)
      }
    const settled = (view: unknown) => ({ ...Object(view), audit: undefined })
    assert.deepEqual(settled(await seen(here.site.alice, id)), settled(waiting))
  })
})

/** What somebody with the file in hand does to the stored halves of two approvals, without the key. */
const FORGERIES: Readonly<Record<string, (database: DatabaseSync, one: string, two: string) => void>> = {
  'one byte of it is flipped': (database, one) => {
    const { request } = database.prepare('SELECT request FROM sealed WHERE id = ?').get(one) ?? {}
    assert.ok(request instanceof Uint8Array)
    const middle = request.length >> 1
    request[middle] = (request[middle] ?? 0) ^ 1
    database.prepare('UPDATE sealed SET request = ? WHERE id = ?').run(request, one)
  },
  'it is another approval’s': (database, one, two) => {
    database.prepare('UPDATE sealed SET request = (SELECT request FROM sealed WHERE id = ?) WHERE id = ?').run(two, one)
  },
  'another digest stands beside it': (database, one) => {
    const digest = `sha256:${'0'.repeat(64)}`
    database.prepare("UPDATE approvals SET record = json_set(record, '$.digest', ?) WHERE id = ?").run(digest, one)
  },
  'another policy stands beside it': (database, one) => {
    const version = `sha256:${'0'.repeat(64)}`
    database
      .prepare("UPDATE approvals SET record = json_set(record, '$.policyVersion', ?) WHERE id = ?")
      .run(version, one)
  },
  'another operation stands beside it': (database, one) => {
    const name = 'infra.k8s.pods.deletePod'
    database.prepare("UPDATE approvals SET record = json_set(record, '$.operation', ?) WHERE id = ?").run(name, one)
  },
  'another context stands beside it': (database, one) => {
    database.prepare("UPDATE approvals SET record = json_set(record, '$.context', 'other') WHERE id = ?").run(one)
  },
}

for (const [what, forge] of Object.entries(FORGERIES))
  clusterTest(
    `what the person approves is what runs: it does not run where ${what} in the file`,
    async (cluster, t) => {
      const ends = inReverse(t)
      const [namespace, recorder] = [await withNamespace(cluster), await startRecorder(ends, cluster)]
      const DATA_DIR = folder(ends)
      const first = endedEarly(ends)
      const site = await openSite(first, recorder.kubeconfig, { DATA_DIR })
      const ask = async (image: string) => approvalIn((await site.bot.call(CREATE, job(namespace, image))).body).id
      const [one, two] = [await ask('shop/good:v1'), await ask('evil/bad:v1')]
      const digest = textAt(await seen(site.alice, one), 'digest')
      await first.end()
      const database = new DatabaseSync(join(DATA_DIR, 'approvals.sqlite'))
      forge(database, one, two)
      database.close()
      const { alice } = await openSite(ends, recorder.kubeconfig, { DATA_DIR })
      recorder.take()
      const { status } = await alice.send('POST', `/approvals/${one}/approve`, { digest })
      if (status === 200) await ended(alice, one).catch(() => undefined)
      assert.deepEqual(recorder.take().filter(isWrite), [])
      const pods = await cluster.api.get(pathOf(namespace, 'pods'))
      assert.deepEqual(listAt(pods, 'items'), [])
      const now = await alice.send('GET', '/approvals?state=all')
      const states = listAt(now.body, 'approvals').map((each) => [at(each, 'id'), at(each, 'state')])
      assert.ok(
        ['pending', 'stale', 'failed'].includes(String(Object.fromEntries(states)[one])),
        JSON.stringify(states),
      )
      assert.equal((await approve(alice, two)).status, 200, 'the other one is as it was')
      await ended(alice, two)
    },
  )
