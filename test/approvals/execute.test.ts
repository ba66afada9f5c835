import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problems } from '../../src/errors.ts'
import { entry } from '../../src/services/approvals/core.ts'
import type { Failpoint } from '../../src/services/approvals/failpoints.ts'
import { closeRequest } from '../../src/services/approvals/payload.ts'
import { openSqliteStore } from '../../src/services/approvals/sqlite-store.ts'
import { Cancelled, Refused, Stale, Unproven } from '../../src/services/changes/outcomes.ts'
import type { Evidence, Plan } from '../../src/services/changes/plan.ts'
import {
  acting,
  actor,
  AGENT,
  ALICE,
  approveAndRun,
  change,
  plan,
  planned,
  policyOf,
  read,
  type Scene,
  scene,
  seal,
  TestClock,
} from './support.ts'

const ask = ({ approvals }: Scene) => approvals.gate.request(change())
const endingOf = async ({ approvals }: Scene, id: string) => (await approvals.get(id, actor(AGENT))).ending

test('what the change answers is kept, sealed, with the approval', async (t) => {
  const here = await scene(t)
  const { id } = await approveAndRun(here, await ask(here))
  assert.deepEqual((await endingOf(here, id))?.output, { replicas: 3 })
})

test('an approval is used once, however often it is started', async (t) => {
  const here = await scene(t)
  const { id } = await approveAndRun(here, await ask(here))
  for (let round = 0; round < 3; round += 1) here.approvals.executor.start(id)
  await here.approvals.executor.idle()
  await here.approvals.executor.recover({ start: true })
  await here.approvals.executor.idle()
  assert.equal(here.cluster.sent.length, 1)
})

const [target] = plan().targets
assert.ok(target !== undefined)
const { blast } = plan()
const budget = (disruptionsAllowed: number) => ({ ...blast, budgets: [{ name: 'web', disruptionsAllowed }] })
const DRIFTS: readonly (readonly [string, Partial<Plan<unknown>>, RegExp, Partial<Plan<unknown>>?])[] = [
  ['edited', { targets: [{ ...target, hash: 'h2' }] }, /was edited/],
  ['deleted and made anew', { targets: [{ ...target, uid: 'u2' }] }, /another object/],
  ['gone', { targets: [] }, /no longer there/],
  ['joined by another', { targets: [target, { ...target, name: 'api' }] }, /shop\/api would be changed too/],
  ['planned with other steps', { steps: { name: 'web', replicas: 4 } }, /steps/],
  ['changed in what it would come to', { diff: [] }, /differences/],
  ['given a new warning', { warnings: [{ code: 'x', risk: 'low', text: 'owned by Helm' }] }, /owned by Helm/],
  ['riskier', { risk: 'medium' }, /risk is medium/],
  ['noted otherwise', { notes: ['not dry-run'] }, /not dry-run/],
  ['taking more pods', { blast: { ...blast, podsGone: 2, podsBack: 2 } }, /2 pods would go/],
  [
    'bringing fewer pods back',
    { blast: { ...blast, podsGone: 2, podsBack: 1 } },
    /come back/,
    { blast: { ...blast, podsGone: 2, podsBack: 2 } },
  ],
  ['short of budget', { blast: budget(0) }, /allows 0/, { blast: budget(1) }],
  ['leaving a Service empty', { blast: { ...blast, servicesWithoutEndpoints: ['web'] } }, /Service web/],
  [
    'cascading further',
    { blast: { ...blast, cascade: { Pod: 3 } } },
    /3 Pod/,
    { blast: { ...blast, cascade: { Pod: 2 } } },
  ],
]
for (const [name, fresh, says, before = {}] of DRIFTS) {
  test(`a target that was ${name} between plan and run makes it stale, says what differs, and nothing is sent`, async (t) => {
    const here = await scene(t)
    const approval = await here.approvals.gate.request(change({ plan: async () => planned(before) }))
    here.cluster.fresh = async () => planned({ ...before, ...fresh })
    const ended = await approveAndRun(here, approval)
    assert.equal(ended.state, 'stale')
    assert.match((await endingOf(here, ended.id))?.differs?.join() ?? '', says)
    assert.equal(here.cluster.sent.length, 0)
  })
}

test('better is not drift: fewer pods, a warning that is gone, more budget, other resourceVersions', async (t) => {
  const here = await scene(t)
  const worse: Partial<Plan<unknown>> = {
    risk: 'medium',
    warnings: [{ code: 'x', risk: 'medium', text: 'x' }],
    blast: { ...budget(1), podsGone: 3, podsBack: 3 },
    versions: { a: '1' },
  }
  const approval = await here.approvals.gate.request(change({ plan: async () => planned(worse) }))
  here.cluster.fresh = async () => planned({ blast: budget(2), versions: { a: '2' } })
  assert.equal((await approveAndRun(here, approval)).state, 'succeeded')
})

test('another cluster behind the context, or another identity, makes it stale', async (t) => {
  for (const other of [
    { cluster: { server: 'https://dev.example', uid: 'cluster-2' } },
    { identity: { username: 'root' } },
  ]) {
    const here = await scene(t)
    here.cluster.fresh = async () => ({ ...planned(), ...other })
    assert.equal((await approveAndRun(here, await ask(here))).state, 'stale')
    assert.equal(here.cluster.sent.length, 0)
  }
})

test('a policy that has changed since makes it stale', async (t) => {
  const source = { ...policyOf(undefined) }
  const here = await scene(t, { policy: source })
  const approval = await ask(here)
  source.current = policyOf('rules: [{name: d, deny: true}]').current
  assert.equal((await approveAndRun(here, approval)).state, 'stale')
  assert.equal(here.cluster.sent.length, 0)
})

test('a stored request that is not the one that was approved does not run', async (t) => {
  const here = await scene(t)
  const approval = await ask(here)
  const altered = { input: {}, scope: {}, ...planned({ steps: { replicas: 0 } }) }
  here.store.sealed = async (id) => ({ request: closeRequest(seal, id, altered) })
  const ended = await approveAndRun(here, approval)
  assert.equal(ended.state, 'stale')
  assert.match(ended.reason ?? '', /digest/)
  assert.equal(here.cluster.sent.length, 0)
})

test('five minutes after its approval it is too late, also where they passed just before the first byte', async (t) => {
  const clock = new TestClock()
  const here = await scene(t, { clock })
  const approval = await ask(here)
  here.cluster.fresh = async () => {
    clock.forward(5 * 60_000 + 1)
    return planned()
  }
  const ended = await approveAndRun(here, approval)
  assert.equal(ended.state, 'stale')
  assert.match(ended.reason ?? '', /more than 5 minutes/)
  assert.equal(here.cluster.sent.length, 0)
})

// What the change throws once something was sent, what the cluster shows then, and the state after.
const unknown: Evidence = { outcome: 'unknown', text: 'x' }
const ENDS: readonly (readonly [string, Error, Evidence, string])[] = [
  ['refused by the API server', new Refused(problems.kubernetes(403, 'forbidden', 'no')), unknown, 'failed'],
  ['refused since the object is another one', new Stale('uid mismatch'), unknown, 'stale'],
  [
    'cut off, and the cluster shows that it took effect',
    new Unproven('reset'),
    { outcome: 'succeeded', text: 'x' },
    'succeeded',
  ],
  [
    'cut off, and the cluster shows that it cannot any more',
    new Unproven('reset'),
    { outcome: 'failed', text: 'x' },
    'failed',
  ],
  [
    'cut off, and the cluster shows a part of it',
    new Unproven('reset'),
    { outcome: 'partially_applied', text: 'x', done: 1, total: 2 },
    'partially_applied',
  ],
  ['cut off, and the cluster shows nothing', new Unproven('reset'), unknown, 'outcome_unknown'],
  ['ended by an error nobody knows', new TypeError('oops'), unknown, 'outcome_unknown'],
]
for (const [name, error, found, state] of ENDS) {
  test(`a write that was ${name} is ${state}`, async (t) => {
    const here = await scene(t)
    here.cluster.write = () => Promise.reject(error)
    here.cluster.found = async () => found
    assert.equal((await approveAndRun(here, await ask(here))).state, state)
    assert.equal(here.cluster.sent.length, 1)
  })
}

test('an error before anything was sent has changed nothing: failed', async (t) => {
  const here = await scene(t)
  here.cluster.fresh = () => Promise.reject(problems.clusterUnavailable('Context dev', 'no route'))
  const ended = await approveAndRun(here, await ask(here))
  assert.deepEqual([ended.state, ended.run?.sentAt], ['failed', undefined])
})

test('a target that is not found any more makes it stale', async (t) => {
  const here = await scene(t)
  here.cluster.fresh = () => Promise.reject(problems.kubernetes(404, 'not_found', 'deployments "web" not found'))
  assert.equal((await approveAndRun(here, await ask(here))).state, 'stale')
})

test('a change of several steps is stopped between two of them by who asked for it, and says what was done', async (t) => {
  const here = await scene(t)
  const approval = await ask(here)
  here.cluster.write = async (_steps, execution) => {
    await execution.step(1, 3, 'evicted a')
    await here.approvals.decisions.cancel(approval.id, {}, actor(AGENT))
    try {
      await execution.step(2, 3, 'evicted b')
    } catch (error) {
      assert.ok(error instanceof Cancelled)
      return { outcome: 'cancelled', output: { left: ['c'] }, done: 2, total: 3 }
    }
    return { outcome: 'succeeded', output: {} }
  }
  const ended = await approveAndRun(here, approval)
  assert.equal(ended.state, 'cancelled')
  assert.match(ended.reason ?? '', /2 of 3/)
  assert.equal(ended.run?.done, 2)
})

test('a person says what became of a change whose outcome is unknown; nobody else, and nothing else', async (t) => {
  const here = await scene(t)
  here.cluster.write = () => Promise.reject(new Unproven('reset'))
  const { decisions } = here.approvals
  const say = (...args: Parameters<typeof decisions.resolve>) => decisions.resolve(...args)
  const { id } = await approveAndRun(here, await ask(here))
  const answer = { outcome: 'succeeded', reason: 'I looked' } as const
  await assert.rejects(say(id, answer, actor(AGENT)), { code: 'person_needed' })
  await assert.rejects(say(id, { ...answer, reason: '' }, actor(ALICE)), { code: 'bad_input' })
  assert.equal((await say(id, answer, actor(ALICE))).state, 'succeeded')
  await assert.rejects(say(id, answer, actor(ALICE)), { code: 'decision_not_possible' })
})

class Died extends Error {}

/** The state that a server leaves which dies at a failpoint, found by the next one. */
async function diesAt(point: Failpoint, t: Parameters<typeof scene>[0], found: Evidence) {
  let armed = true
  const fail = (here: Failpoint) => {
    if (armed && here === point) throw new Died(point)
  }
  const first = await scene(t, { fail })
  const approval = await first.approvals.gate.request(change()).catch((error: unknown) => error)
  const id = (await first.store.list({ limit: 1 }))[0]?.id
  if (!(approval instanceof Died) && id !== undefined) {
    const { digest = '' } = await read(first.store, id)
    await first.approvals.decisions.approve(id, { digest }, actor(ALICE)).catch(() => undefined)
    await first.approvals.executor.idle()
  }
  armed = false
  const before = id === undefined ? undefined : (await read(first.store, id)).state
  await first.approvals.close()
  const store = await openSqliteStore({ path: first.path, keyId: seal.keyId, clock: first.clock.now })
  const second = await scene(t, { store, cluster: first.cluster, clock: first.clock })
  second.cluster.found = async () => found
  await second.approvals.begin()
  await second.approvals.executor.idle()
  const after = id === undefined ? undefined : (await read(store, id)).state
  return { before, after, sent: first.cluster.sent.length }
}

// Where the server dies; what is on disk then, what the next server makes of it, how often it was sent in all.
const DEATHS: readonly (readonly [Failpoint, string | undefined, string | undefined, number])[] = [
  ['before_request_commit', undefined, undefined, 0],
  ['after_request_commit', 'preparing', 'expired', 0],
  ['before_ready_commit', 'preparing', 'expired', 0],
  ['after_ready_commit', 'pending', 'pending', 0],
  ['before_decision_commit', 'pending', 'pending', 0],
  ['after_decision_commit', 'approved', 'succeeded', 1],
  ['before_claim_commit', 'approved', 'succeeded', 1],
  ['after_claim_commit', 'executing', 'failed', 0],
]
for (const [point, before, after, sent] of DEATHS) {
  test(`a server that dies at ${point} has ${before ?? 'nothing'} on disk; the next one makes it ${after ?? 'nothing'}, sent ${sent} times`, async (t) =>
    assert.deepEqual(await diesAt(point, t, unknown), { before, after, sent }))
}

test('a run that a dead server had sent is settled by evidence and never sent again', async (t) => {
  const clock = new TestClock()
  const first = await scene(t, { clock })
  const approval = await ask(first)
  const stuck = Promise.withResolvers<never>()
  const began = Promise.withResolvers<void>()
  first.cluster.write = () => {
    began.resolve()
    return stuck.promise
  }
  await first.approvals.decisions.approve(approval.id, { digest: approval.digest ?? '' }, actor(ALICE))
  await began.promise
  await first.store.close()
  const store = await openSqliteStore({ path: first.path, keyId: seal.keyId, clock: clock.now })
  const second = await scene(t, { store, clock })
  let asked = ''
  second.cluster.found = async (_steps, executionId) => {
    asked = executionId
    return { outcome: 'succeeded', text: 'replicas are 3' }
  }
  await second.approvals.begin()
  await second.approvals.executor.idle()
  const ended = await read(store, approval.id)
  assert.equal(ended.state, 'succeeded')
  assert.equal(asked, first.cluster.sent[0]?.id)
  assert.equal(second.cluster.sent.length, 0)
  stuck.reject(new Unproven('the old one'))
  await first.approvals.executor.idle()
  assert.deepEqual(await read(store, approval.id), ended)
})

test('an approval that nobody began within five minutes ends when the server comes back', async (t) => {
  const here = await scene(t, {
    fail: (point) => (point === 'before_claim_commit' ? Promise.reject(new Died()) : undefined),
  })
  const { id } = await approveAndRun(here, await ask(here))
  here.clock.forward(5 * 60_000 + 1)
  await here.approvals.executor.recover({ start: true })
  await here.approvals.executor.idle()
  assert.equal((await read(here.store, id)).state, 'expired')
})

test('where the store cannot write that the first byte leaves, it does not leave', async (t) => {
  const here = await scene(t)
  const move = here.store.move.bind(here.store)
  here.store.move = (one) =>
    one.event === 'send' ? Promise.reject(problems.storeUnavailable('the disk is full')) : move(one)
  const ended = await approveAndRun(here, await ask(here))
  assert.equal(ended.state, 'failed')
  assert.equal(here.cluster.sent.length, 0)
})

test('each run has its rows in the audit, with the execution id', async (t) => {
  const here = await scene(t)
  const { run } = await approveAndRun(here, await ask(here))
  await here.store.audit(entry('end', acting(AGENT)))
  const rows = await here.store.auditRows(0, 100)
  const events = rows.filter(({ detail }) => detail?.['execution'] === run?.id).map(({ event }) => event)
  assert.deepEqual(events, ['claim', 'send', 'succeed'])
})
