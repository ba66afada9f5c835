import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathOf } from '../changes/support.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import type { Ends } from '../support/ends.ts'
import { at, textAt } from '../support/json.ts'
import { addressOf, folder, startProcess } from '../support/process.ts'
import { type Arrived, startRecorder, statusOf } from '../support/recorder.ts'
import { startServer } from '../support/server.ts'
import { bearer, makeToken } from '../support/tokens.ts'
import {
  type Answer,
  approvalIn,
  approve,
  approvedAndEnded,
  ended,
  endedEarly,
  inReverse,
  isWrite,
  mcpAskerAt,
  openSite,
  seen,
  somebodyAt,
} from './site.ts'

const CREATE = 'infra.k8s.pods.createPod'
const codeOf = ({ status, body }: Answer) => `${status} ${textAt(body, 'code')}`
const job = async (cluster: TestCluster) => ({
  namespace: await withNamespace(cluster),
  name: 'job',
  image: 'shop/job:v1',
})
const HOUR = 3_600_000

/** A data folder that cannot be used, and what is said of it. */
const BROKEN: Readonly<Record<string, { spoil: (folder: string) => string; code: string }>> = {
  'its file is no database': {
    spoil: (place: string) => {
      writeFileSync(join(place, 'approvals.sqlite'), 'not a database, and longer than its header would be'.repeat(40))
      return place
    },
    code: 'store_damaged',
  },
  'its folder is a file': {
    spoil: (place: string) => {
      writeFileSync(join(place, 'data'), '')
      return join(place, 'data')
    },
    code: 'store_unavailable',
  },
  'its key is not the one it was sealed with': {
    spoil: (place: string) => {
      mkdirSync(join(place, 'key'))
      return place
    },
    code: 'store_unavailable',
  },
}

for (const [what, { spoil, code }] of Object.entries(BROKEN))
  clusterTest(
    `whatever fails, fails closed: where ${what}, reads go on and no change is taken by any door`,
    async (cluster, t) => {
      const ends = inReverse(t)
      const recorder = await startRecorder(ends, cluster)
      const server = await startServer(ends, { KUBECONFIG: recorder.kubeconfig, DATA_DIR: spoil(folder(ends)) })
      const agent = somebodyAt(server.url, {})
      const input = await job(cluster)
      assert.equal(codeOf(await agent.call(CREATE, input)), `503 ${code}`)
      const client = await mcpAskerAt(ends, server.url)
      assert.equal(at(await client.call(CREATE, input), 'code'), code)
      assert.equal(codeOf(await agent.send('GET', '/approvals')), `503 ${code}`)
      // Tokens are in the store: whoever sends one is refused, and nobody falls back to being somebody else.
      const person = somebodyAt(server.url, bearer(`k8smcp_person_${'A'.repeat(43)}`))
      assert.match(
        codeOf(await person.send('POST', `/approvals/apr_${'0'.repeat(24)}/approve`, { digest: 'x' })),
        /^503 store_unavailable/,
      )
      assert.equal((await agent.send('GET', `/cluster/pods?namespace=${input.namespace}`)).status, 200)
      assert.deepEqual(recorder.arrived.filter(isWrite), [])
    },
  )

clusterTest(
  'whatever fails, fails closed: an API server that is away takes no request, and what was approved before is not sent later',
  async (cluster, t) => {
    const ends = inReverse(t)
    let away = false
    const instead = () => (away ? statusOf(503, 'ServiceUnavailable', 'away') : undefined)
    const recorder = await startRecorder(ends, cluster, { instead })
    const site = await openSite(ends, recorder.kubeconfig)
    const input = await job(cluster)
    const { id } = approvalIn((await site.bot.call(CREATE, input)).body)
    away = true
    const refused = await site.bot.call(CREATE, { ...input, name: 'other' })
    assert.ok(refused.status >= 500, codeOf(refused))
    const end = await approvedAndEnded(site.alice, id)
    assert.equal(at(end, 'state'), 'failed', textAt(end, 'next'))
    assert.match(textAt(end, 'next'), /^It did not happen, and nothing was changed\. Nothing was sent: /)
    away = false
    assert.equal(codeOf(await approve(site.bob, id)), '409 already_decided')
    assert.deepEqual(recorder.arrived.filter(isWrite), [])
  },
)

/** Answers of the API server to the write that prove something, and what the approval becomes. */
const ANSWERS: readonly [status: number, reason: string, state: string][] = [
  [403, 'Forbidden', 'failed'],
  [404, 'NotFound', 'stale'],
  [422, 'Invalid', 'failed'],
]
for (const [status, reason, state] of ANSWERS)
  clusterTest(
    `whatever fails, fails closed: a write that is answered ${status} is ${state}, and is not sent again`,
    async (cluster, t) => {
      const ends = inReverse(t)
      const instead = (each: Arrived) => (isWrite(each) ? statusOf(status, reason, 'refused by a webhook') : undefined)
      const recorder = await startRecorder(ends, cluster, { instead })
      const site = await openSite(ends, recorder.kubeconfig)
      const namespace = await withNamespace(cluster)
      await cluster.api.create(pathOf(namespace, 'configmaps'), { metadata: { name: 'settings' } })
      const { body } = await site.bot.call('infra.k8s.resources.deleteResource', {
        kind: 'cm',
        namespace,
        name: 'settings',
      })
      const end = await approvedAndEnded(site.alice, approvalIn(body).id)
      assert.equal(at(end, 'state'), state, textAt(end, 'next'))
      assert.equal(recorder.arrived.filter(isWrite).length, 1)
    },
  )

/** Makes the wall clock of this process one that can be moved, for whatever is started after; it is put right with the test. */
function movableClock(ends: Ends): (milliseconds: number) => void {
  const real = Date.now
  let off = 0
  Date.now = () => real() + off
  ends.after(() => {
    Date.now = real
  })
  return (milliseconds) => {
    off = milliseconds
  }
}

clusterTest('no time-out ever approves: what nobody decides expires, and nothing is done', async (cluster, t) => {
  const ends = inReverse(t)
  const recorder = await startRecorder(ends, cluster)
  const setClock = movableClock(ends)
  const site = await openSite(ends, recorder.kubeconfig)
  const { id } = approvalIn((await site.bot.call(CREATE, await job(cluster))).body)
  setClock(HOUR - 5_000)
  assert.equal(at(await seen(site.bot, id), 'state'), 'pending')
  setClock(HOUR + 1)
  assert.equal(codeOf(await approve(site.alice, id)), '409 approval_expired')
  const end = await ended(site.bot, id)
  assert.deepEqual(
    [at(end, 'state'), textAt(end, 'next')],
    ['expired', 'Nothing happened: its time was over. Nobody decided in time. Ask again if it is still wanted.'],
  )
  assert.equal(codeOf(await site.alice.send('POST', `/approvals/${id}/deny`, { reason: 'x' })), '409 approval_expired')
  assert.deepEqual(recorder.arrived.filter(isWrite), [])
})

clusterTest(
  'whatever fails, fails closed: a clock that jumps back stops changes and decisions, and reads go on',
  async (cluster, t) => {
    const ends = inReverse(t)
    const recorder = await startRecorder(ends, cluster)
    const setClock = movableClock(ends)
    const site = await openSite(ends, recorder.kubeconfig)
    const input = await job(cluster)
    const { id, digest } = approvalIn((await site.bot.call(CREATE, input)).body)
    setClock(-2 * HOUR)
    assert.equal(codeOf(await site.bot.call(CREATE, { ...input, name: 'other' })), '503 clock_went_back')
    assert.equal(codeOf(await site.alice.send('POST', `/approvals/${id}/approve`, { digest })), '503 clock_went_back')
    assert.equal((await site.bot.send('GET', `/cluster/pods?namespace=${input.namespace}`)).status, 200)
    setClock(0)
    assert.equal(at(await seen(site.alice, id), 'state'), 'pending')
    assert.deepEqual(recorder.arrived.filter(isWrite), [])
  },
)

clusterTest(
  'whatever fails, fails closed: what was approved under READ_ONLY, or asked for before it, does not run',
  async (cluster, t) => {
    const ends = inReverse(t)
    const recorder = await startRecorder(ends, cluster)
    const DATA_DIR = folder(ends)
    const first = endedEarly(ends)
    const before = await openSite(first, recorder.kubeconfig, { DATA_DIR })
    const { id } = approvalIn((await before.bot.call(CREATE, await job(cluster))).body)
    await first.end()
    const site = await openSite(ends, recorder.kubeconfig, { DATA_DIR, READ_ONLY: 'true' })
    assert.equal(codeOf(await approve(site.alice, id)), '403 operation_disabled')
    assert.equal(codeOf(await site.bot.call(CREATE, await job(cluster))), '403 operation_disabled')
    assert.equal(at(await seen(site.alice, id), 'state'), 'pending')
    assert.deepEqual(recorder.arrived.filter(isWrite), [])
  },
)

clusterTest(
  'whatever fails, fails closed: a token that was revoked decides nothing any more, nor does one that has expired',
  async (cluster, t) => {
    const ends = inReverse(t)
    const setClock = movableClock(ends)
    const site = await openSite(ends, cluster.kubeconfig)
    const { id, digest } = approvalIn((await site.bot.call(CREATE, await job(cluster))).body)
    const { application, url } = site.server
    const spec = { kind: 'person', role: 'approver' } as const
    const gone = await makeToken(application, { ...spec, subject: 'gone' })
    const short = await makeToken(application, { ...spec, subject: 'short', expiresAt: Date.now() + 60_000 })
    const acting = { principal: { kind: 'person', subject: 'root' }, door: 'terminal', correlationId: 'test' } as const
    await application.core.principals?.revoke(gone.record.id, acting)
    setClock(61_000)
    for (const { token } of [gone, short]) {
      const answer = await somebodyAt(url, bearer(token)).send('POST', `/approvals/${id}/approve`, { digest })
      assert.equal(codeOf(answer), '401 unauthenticated')
    }
    assert.equal(at(await seen(site.alice, id), 'state'), 'pending')
  },
)

test('whatever fails, fails closed: a second server on the same folder does not start', async (t) => {
  const settings = { DATA_DIR: folder(t), KUBECONFIG: '/nonexistent', WEBCONTROL_PORT: '0' }
  await addressOf(startProcess(t, [], settings))
  const second = startProcess(t, [], settings)
  assert.notEqual(await second.exit, 0)
  assert.match(second.stderr(), /One server owns a store|Another process owns|already/)
})
