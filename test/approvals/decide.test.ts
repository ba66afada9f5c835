import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problems } from '../../src/errors.ts'
import type { Principal } from '../../src/call.ts'
import { reconsider } from '../../src/services/approvals/reconsider.ts'
import { noFail } from '../../src/services/approvals/failpoints.ts'
import {
  acting,
  actor,
  AGENT,
  ALICE,
  approveAndRun,
  BOB,
  change,
  plan,
  planned,
  policyOf,
  read,
  scene,
  seal,
} from './support.ts'

test('a change that is asked for waits, and nothing has been sent', async (t) => {
  const { approvals, cluster } = await scene(t)
  const approval = await approvals.gate.request(change())
  assert.equal(approval.state, 'pending')
  assert.deepEqual(approval.namespaces, ['shop'])
  assert.equal(approval.expiresAt - approval.createdAt, 3_600_000)
  assert.equal(cluster.sent.length, 0)
})

test('asked twice, also at once, the same open approval comes back and is planned once', async (t) => {
  const { approvals } = await scene(t)
  let plans = 0
  const counted = change({ plan: async () => ((plans += 1), planned()) })
  const both = await Promise.all([approvals.gate.request(counted), approvals.gate.request(counted)])
  const again = await approvals.gate.request(counted)
  assert.equal(new Set([...both, again].map(({ id }) => id)).size, 1)
  assert.equal(plans, 1)
})

test('what planning refuses reaches no person: the error comes back and the request is invalid', async (t) => {
  const { approvals, store } = await scene(t)
  const refused = change({ plan: () => Promise.reject(problems.kubernetes(422, 'invalid', 'replicas: Invalid value')) })
  await assert.rejects(approvals.gate.request(refused), { code: 'invalid' })
  const [approval] = await store.list({ limit: 1 })
  assert.equal(approval?.state, 'invalid')
  assert.deepEqual(await store.sealed(approval?.id ?? ''), {})
})

test('what the policy denies is invalid, and says which rule', async (t) => {
  const policy = policyOf('rules: [{name: frozen, deny: no changes on Fridays}]')
  const { approvals, store } = await scene(t, { policy })
  await assert.rejects(approvals.gate.request(change()), { code: 'policy_denied', message: /"frozen".*Fridays/ })
  assert.equal((await store.list({ limit: 1 }))[0]?.state, 'invalid')
})

test('what a rule lets through runs at once, and the audit names the rule', async (t) => {
  const { approvals, cluster, store } = await scene(t, { policy: policyOf('rules: [{name: quick, auto: true}]') })
  const { id } = await approvals.gate.request(change())
  await approvals.executor.idle()
  assert.equal((await read(store, id)).state, 'succeeded')
  assert.equal(cluster.sent.length, 1)
  const row = (await store.auditRows(0, 100)).find(({ event }) => event === 'auto')
  assert.equal(row?.detail?.['rule'], 'quick')
})

test('a request waits as long as it says and no longer than the policy and a day allow', async (t) => {
  const { approvals } = await scene(t, {
    policy: policyOf('rules: [{name: r, match: {context: prod}, require: {ttl: 60}}]'),
  })
  const ttl = async (context: string, seconds: number) => {
    const { createdAt, expiresAt } = await approvals.gate.request(change({ context, ttl: seconds, input: { seconds } }))
    return (expiresAt - createdAt) / 1000
  }
  assert.equal(await ttl('dev', 7200), 7200)
  assert.equal(await ttl('prod', 7200), 60)
  for (const wrong of [0, 86_401, 1.5, -1]) await assert.rejects(ttl('dev', wrong), { code: 'bad_input' })
  await assert.rejects(approvals.gate.request(change({ idempotencyKey: 'a b' })), { code: 'bad_input' })
})

test('a person approves the digest that is stored, and it runs once, as it was stored', async (t) => {
  const { approvals, cluster, store, ...rest } = await scene(t)
  const approval = await approvals.gate.request(change())
  const ended = await approveAndRun({ approvals, cluster, store, ...rest }, approval)
  assert.equal(ended.state, 'succeeded')
  assert.deepEqual(
    cluster.sent.map(({ steps }) => steps),
    [plan().steps],
  )
  assert.equal(cluster.sent[0]?.id, ended.run?.id)
})

test('another digest than the stored one is refused', async (t) => {
  const { approvals, store } = await scene(t)
  const { id, digest = '' } = await approvals.gate.request(change())
  for (const wrong of ['', 'sha256:', `${digest}0`, digest.toUpperCase()])
    await assert.rejects(approvals.decisions.approve(id, { digest: wrong }, actor(ALICE)), { code: 'digest_mismatch' })
  assert.equal((await read(store, id)).state, 'pending')
})

const NOBODY: readonly (readonly [string, Principal])[] = [
  ['the agent that asked', AGENT],
  ['another agent', { kind: 'agent', subject: 'other' }],
  ['an agent with the name of a person', { kind: 'agent', subject: 'alice' }],
  ['a service', { kind: 'service', subject: 'ci' }],
]
for (const [name, principal] of NOBODY) {
  test(`${name} cannot approve, deny or resolve, whatever roles it has`, async (t) => {
    const { approvals, store } = await scene(t, { policy: policyOf('rules: [{name: s, require: {self: true}}]') })
    const { id, digest = '' } = await approvals.gate.request(change())
    const who = actor(principal, { maySee: () => true })
    await assert.rejects(approvals.decisions.approve(id, { digest, confirm: true }, who), { code: 'person_needed' })
    await assert.rejects(approvals.decisions.deny(id, { reason: 'no' }, who), { code: 'person_needed' })
    const row = (await store.auditRows(0, 100)).find(({ event }) => event === 'decision_refused')
    assert.equal(row?.detail?.['code'], 'person_needed')
    assert.equal((await read(store, id)).state, 'pending')
  })
}

test('a person without the role there cannot decide, and learns why', async (t) => {
  const { approvals } = await scene(t)
  const { id, digest = '' } = await approvals.gate.request(change())
  const viewer = actor(ALICE, { whyNotDecide: ({ namespaces }) => `you have no role approver in ${namespaces.join()}` })
  await assert.rejects(approvals.decisions.approve(id, { digest }, viewer), {
    code: 'not_an_approver',
    message: /shop/,
  })
  await assert.rejects(approvals.decisions.deny(id, { reason: 'no' }, viewer), { code: 'not_an_approver' })
})

test('nobody approves what they asked for themselves; where the policy allows it a person confirms by a second act', async (t) => {
  const own = { call: acting(ALICE) }
  const strict = await scene(t)
  const first = await strict.approvals.gate.request(change(own))
  const approve = (where: typeof strict, { id, digest = '' }: typeof first, confirm?: boolean) =>
    where.approvals.decisions.approve(id, { digest, ...(confirm === undefined ? {} : { confirm }) }, actor(ALICE))
  await assert.rejects(approve(strict, first, true), { code: 'own_request' })
  const alone = await scene(t, { policy: policyOf(undefined, { self: true }) })
  const second = await alone.approvals.gate.request(change(own))
  await assert.rejects(approve(alone, second), { code: 'confirmation_needed' })
  assert.equal((await approve(alone, second, true)).state, 'approved')
})

test('where the policy asks for two people, one person twice is one', async (t) => {
  const { approvals } = await scene(t, {
    policy: policyOf('rules: [{name: r, require: {approvers: 2, groups: [sre]}}]'),
  })
  const { id, digest = '' } = await approvals.gate.request(change())
  const sre = { groups: ['sre', 'all'] }
  await assert.rejects(approvals.decisions.approve(id, { digest }, actor(ALICE)), {
    code: 'not_an_approver',
    message: /sre/,
  })
  assert.equal((await approvals.decisions.approve(id, { digest }, actor(ALICE, sre))).state, 'pending')
  await assert.rejects(approvals.decisions.approve(id, { digest }, actor(ALICE, sre)), { code: 'already_voted' })
  assert.equal((await approvals.decisions.approve(id, { digest }, actor(BOB, sre))).state, 'approved')
})

test('of fifty racing decisions one wins, and the others learn that it is decided and by whom', async (t) => {
  const { approvals, store } = await scene(t)
  const { id, digest = '' } = await approvals.gate.request(change())
  const decisions = Array.from({ length: 50 }, (_, index) => {
    const who = actor({ kind: 'person', subject: `p${index}` })
    return index % 2 === 0
      ? approvals.decisions.approve(id, { digest }, who)
      : approvals.decisions.deny(id, { reason: 'no' }, who)
  })
  const results = await Promise.allSettled(decisions)
  const won = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []))
  assert.equal(won.length, 1)
  for (const result of results) {
    if (result.status === 'fulfilled') continue
    assert.equal(result.reason.code, 'already_decided')
    assert.match(result.reason.message, new RegExp(`by person p${won[0]}\\b`))
  }
  await approvals.executor.idle()
  const rows = await store.auditRows(0, 500)
  assert.equal(rows.filter(({ event }) => event === 'approve' || event === 'deny').length, 1)
})

test('a denial needs a reason', async (t) => {
  const { approvals } = await scene(t)
  const { id } = await approvals.gate.request(change())
  await assert.rejects(approvals.decisions.deny(id, { reason: ' ' }, actor(ALICE)), { code: 'bad_input' })
  const denied = await approvals.decisions.deny(id, { reason: 'too many' }, actor(ALICE))
  assert.deepEqual([denied.state, denied.reason, denied.endedBy], ['denied', 'too many', ALICE])
})

test('the requester cancels, a voter takes the vote back, nobody else does', async (t) => {
  const { approvals } = await scene(t, { policy: policyOf('rules: [{name: r, require: {approvers: 2}}]') })
  const first = await approvals.gate.request(change())
  await assert.rejects(approvals.decisions.cancel(first.id, {}, actor(BOB)), { code: 'not_yours' })
  assert.equal((await approvals.decisions.cancel(first.id, {}, actor(AGENT))).state, 'cancelled')
  const second = await approvals.gate.request(change())
  await approvals.decisions.approve(second.id, { digest: second.digest ?? '' }, actor(ALICE))
  assert.equal((await approvals.decisions.cancel(second.id, {}, actor(ALICE))).state, 'cancelled')
  await assert.rejects(approvals.decisions.cancel(second.id, {}, actor(AGENT)), { code: 'already_decided' })
})

test("somebody else's approval, and one that does not exist, are the same to an agent", async (t) => {
  const { approvals } = await scene(t)
  const { id } = await approvals.gate.request(change())
  const other = actor({ kind: 'agent', subject: 'other' })
  for (const which of [id, 'apr_none']) {
    await assert.rejects(approvals.get(which, other), { code: 'approval_not_found' })
    await assert.rejects(approvals.decisions.cancel(which, {}, other), { code: 'approval_not_found' })
  }
  assert.deepEqual((await approvals.list({ limit: 10 }, other)).approvals, [])
  assert.equal((await approvals.list({ limit: 10 }, actor(AGENT))).approvals.length, 1)
})

test('what nobody decides in time expires, and no decision counts any more', async (t) => {
  const { approvals, clock } = await scene(t)
  const { id, digest = '' } = await approvals.gate.request(change({ ttl: 60 }))
  clock.forward(60_000)
  await assert.rejects(approvals.decisions.approve(id, { digest }, actor(ALICE)), { code: 'approval_expired' })
  assert.equal((await approvals.get(id, actor(AGENT))).approval.state, 'expired')
})

test('a policy that would judge it otherwise makes an open request stale, one that would not leaves it', async (t) => {
  const { approvals, store } = await scene(t)
  const { id } = await approvals.gate.request(change())
  const core = (yaml: string) => ({ store, seal, fail: noFail, policy: policyOf(yaml) })
  assert.equal(await reconsider(core('rules: [{name: r, require: {approvers: 1}}]')), 0)
  assert.equal((await read(store, id)).state, 'pending')
  assert.equal(await reconsider(core('rules: [{name: r, require: {approvers: 2}}]')), 1)
  assert.equal((await read(store, id)).state, 'stale')
})

test('a policy that has become auto approves nothing that waits already', async (t) => {
  const { approvals, store, cluster } = await scene(t)
  const { id } = await approvals.gate.request(change())
  await reconsider({ store, seal, fail: noFail, policy: policyOf('rules: [{name: r, auto: true}]') })
  assert.equal((await read(store, id)).state, 'stale')
  assert.equal(cluster.sent.length, 0)
})
