import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { pathOf } from '../changes/support.ts'
import { clusterTest, skipWithoutCluster, withNamespace } from '../cluster/shared.ts'
import { Life } from '../crash/life.ts'
import { at, textAt } from '../support/json.ts'
import { folder } from '../support/process.ts'
import { startRecorder } from '../support/recorder.ts'
import { bearer } from '../support/tokens.ts'
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
  somebodyAt,
  siteOfSuite,
} from './site.ts'

const CREATE = 'infra.k8s.pods.createPod'
const PATCH = 'infra.k8s.resources.patchResource'

suite('it runs at most once', { skip: skipWithoutCluster() }, () => {
  const here = siteOfSuite()
  const job = async () => ({ namespace: await withNamespace(here.cluster), name: 'job', image: 'shop/job:v1' })
  const writes = () => here.recorder.take().filter(isWrite).length

  for (const door of ['REST', 'MCP', 'stdio'] as const)
    test(`however often it is approved, by how many people at once: one decision counts, the others hear whose it was (asked for by ${door})`, async () => {
      const asker = here.askers.find((each) => each.door === door)
      assert.ok(asker)
      const { id, digest } = approvalIn(await asker.call(CREATE, await job()))
      const crowd = await Promise.all(
        Array.from({ length: 25 }, (_, index) =>
          here.site.somebody(`${door}-${index}`, { kind: 'person', role: 'approver' }),
        ),
      )
      writes()
      const send = (each: (typeof crowd)[number]) => each.send('POST', `/approvals/${id}/approve`, { digest })
      const answers = await Promise.all(crowd.flatMap((each) => [send(each), send(each)]))
      const won = answers.filter(({ status }) => status === 200)
      assert.equal(won.length, 1)
      const winner = textAt(won[0]?.body, 'votes', 0, 'by', 'subject')
      for (const { status, body } of answers.filter((each) => each.status !== 200)) {
        assert.deepEqual([status, at(body, 'code')], [409, 'already_decided'])
        assert.match(textAt(body, 'detail'), new RegExp(`by person ${winner}\\.`))
      }
      const end = await ended(here.site.alice, id)
      assert.deepEqual([at(end, 'state'), writes()], ['succeeded', 1])
      const rows = (await here.site.audit()).filter(({ approval }) => approval === id).map(({ event }) => event)
      assert.deepEqual(rows, ['request', 'ready', 'approve', 'claim', 'send', 'succeed'])
    })

  test('approve and deny at once: one of them counts, and what runs is what was decided', async () => {
    for (let round = 0; round < 5; round++) {
      const { id, digest } = approvalIn((await here.site.bot.call(CREATE, await job())).body)
      writes()
      const [yes, no] = await Promise.all([
        here.site.alice.send('POST', `/approvals/${id}/approve`, { digest }),
        here.site.bob.send('POST', `/approvals/${id}/deny`, { reason: 'no' }),
      ])
      assert.deepEqual(new Set([yes.status, no.status]), new Set([200, 409]))
      const end = await ended(here.site.alice, id)
      const expected = yes.status === 200 ? ['succeeded', 1] : ['denied', 0]
      assert.deepEqual([at(end, 'state'), writes()], expected)
    }
  })

  test('a decision that is sent again, and again after the end, does nothing more', async () => {
    const { id, digest } = approvalIn((await here.site.bot.call(CREATE, await job())).body)
    writes()
    assert.equal(at(await approvedAndEnded(here.site.alice, id), 'state'), 'succeeded')
    assert.equal(writes(), 1)
    for (const by of [here.site.alice, here.site.bob])
      assert.equal(at((await by.send('POST', `/approvals/${id}/approve`, { digest })).body, 'code'), 'already_decided')
    assert.equal(
      at((await here.site.bob.send('POST', `/approvals/${id}/deny`, { reason: 'late' })).body, 'code'),
      'already_decided',
    )
    assert.equal(at((await here.site.bot.send('POST', `/approvals/${id}/cancel`)).body, 'code'), 'already_decided')
    assert.equal(
      at(
        (await here.site.alice.send('POST', `/approvals/${id}/resolve`, { outcome: 'failed', reason: 'x' })).body,
        'code',
      ),
      'decision_not_possible',
    )
    assert.equal(writes(), 0)
  })
})

clusterTest('it runs at most once, also when the server is started again', async (cluster, t) => {
  const ends = inReverse(t)
  const recorder = await startRecorder(ends, cluster)
  const settings = { DATA_DIR: folder(ends) }
  const first = endedEarly(ends)
  const site = await openSite(first, recorder.kubeconfig, settings)
  const pod = { namespace: await withNamespace(cluster), name: 'job', image: 'shop/job:v1' }
  const { id } = approvalIn((await site.bot.call(CREATE, pod)).body)
  const end = await approvedAndEnded(site.alice, id)
  await first.end()
  await cluster.api.delete(pathOf(pod.namespace, 'pods', 'job'), { gracePeriodSeconds: 0 })
  recorder.take()
  const again = await openSite(ends, recorder.kubeconfig, settings)
  const now = await seen(again.alice, id)
  assert.deepEqual([at(now, 'state'), at(now, 'execution')], ['succeeded', at(end, 'execution')])
  assert.equal(at((await approve(again.bob, id)).body, 'code'), 'already_decided')
  assert.deepEqual(recorder.take().filter(isWrite), [])
})

// Where the first process dies: milliseconds after it has acknowledged the approval. test/crash has every instant.
for (const milliseconds of [0, 5, 20, 60])
  clusterTest(
    `it runs at most once, also when the server is killed ${milliseconds} ms after it was approved`,
    async (cluster, t) => {
      const ends = inReverse(t)
      const recorder = await startRecorder(ends, cluster)
      const namespace = await withNamespace(cluster)
      await cluster.api.create(pathOf(namespace, 'configmaps'), {
        metadata: { name: 'settings' },
        data: { colour: 'blue' },
      })
      const settings = { DATA_DIR: folder(ends), KUBECONFIG: recorder.kubeconfig }
      const start = async () => {
        const life = new Life({ settings, late: 300, people: ['alice'] })
        ends.after(() => life.kill())
        const { url, tokens } = await life.serving
        return { life, agent: somebodyAt(url, {}), alice: somebodyAt(url, bearer(tokens['alice'] ?? '')) }
      }
      const first = await start()
      const input = { kind: 'cm', namespace, name: 'settings', type: 'merge', patch: { data: { colour: 'red' } } }
      const { id } = approvalIn((await first.agent.call(PATCH, input)).body)
      assert.equal((await approve(first.alice, id)).status, 200)
      await pause(milliseconds)
      await first.life.kill()
      const second = await start()
      const end = await ended(second.alice, id)
      const writes = recorder.arrived.filter(isWrite).length
      const { data } = Object(await cluster.api.get(pathOf(namespace, 'configmaps', 'settings')))
      assert.ok(writes <= 1, `${writes} writes`)
      // Killed between "it may leave" and the first byte, nothing in the cluster proves that it did not: that is said then.
      const proved = { succeeded: [1, 'red'], failed: [0, 'blue'] }[textAt(end, 'state')]
      if (proved === undefined) assert.equal(at(end, 'state'), 'outcome_unknown', textAt(end, 'next'))
      else assert.deepEqual([writes, at(data, 'colour')], proved)
    },
  )
