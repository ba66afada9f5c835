import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { allRows, verifyAudit } from '../../src/services/approvals/audit.ts'
import { entry } from '../../src/services/approvals/core.ts'
import type { ApprovalStore, Happened, Move } from '../../src/services/approvals/store.ts'
import type { Approval } from '../../src/services/approvals/types.ts'
import type { StoredToken } from '../../src/services/principals/token.ts'
import { acting, AGENT, ALICE, BOB, newApproval, read, START_TIME } from './support.ts'

/** A store for one test, and the same one after its process has died. */
export interface Backend {
  name: string
  open(t: TestContext): Promise<ApprovalStore>
  reopen(t: TestContext, store: ApprovalStore): Promise<ApprovalStore>
}

const by = (event: string) => entry(event, acting(AGENT))
const MOST = 20

async function added(store: ApprovalStore, other: Parameters<typeof newApproval>[0] = {}): Promise<Approval> {
  const result = await store.add(newApproval(other), MOST, by('request'))
  assert.ok(result.added)
  return result.approval
}

const move = ({ id, version }: Approval, event: Move['event'], other: Partial<Move> = {}): Move => ({
  id,
  version,
  event,
  audit: by(event),
  ...other,
})

async function moved(
  store: ApprovalStore,
  approval: Approval,
  event: Move['event'],
  other: Partial<Move> = {},
): Promise<Approval> {
  const written = await store.move(move(approval, event, other))
  assert.ok(written !== undefined, `${event} was refused`)
  return written.approval
}

const run = (epoch: number) => ({ id: `run-${Math.random()}`, epoch, claimedAt: START_TIME })

const token = (id: string, number: number): StoredToken => ({
  id,
  kind: 'person',
  subject: 'alice',
  role: 'approver',
  groups: ['sre'],
  scope: { namespaces: ['shop-*'] },
  createdAt: START_TIME,
  hash: String(number).padStart(64, '0'),
})

/** What every backend of {@link ApprovalStore} must do. */
export function storeConformance(backend: Backend): void {
  const reopen = (t: TestContext, store: ApprovalStore) => backend.reopen(t, store)
  const check = (what: string, body: (store: ApprovalStore, t: TestContext) => Promise<void>): void => {
    test(`${backend.name}: ${what}`, async (t) => body(await backend.open(t), t))
  }

  check('what was acknowledged is there after the store was opened anew', async (store, t) => {
    const approval = await added(store)
    const request = new Uint8Array([1, 2, 3])
    const pending = await moved(store, approval, 'ready', { patch: { summary: 'x', digest: 'd' }, request })
    await store.setContext(AGENT, 'prod', by('context_switched'))
    const again = await reopen(t, store)
    assert.deepEqual(await again.get(approval.id), pending)
    assert.deepEqual((await again.sealed(approval.id)).request, request)
    assert.deepEqual(await again.contexts(), new Map([['agent:local', 'prod']]))
  })

  check('each opening has an epoch of its own, higher than all before', async (store, t) => {
    const first = store.epoch
    assert.ok((await reopen(t, store)).epoch > first)
  })

  check('the same requester asking for the same gets the same open approval', async (store) => {
    const first = await added(store, { sameness: 's' })
    const again = await store.add(newApproval({ sameness: 's' }), MOST, by('request'))
    assert.deepEqual(again, { added: false, approval: first })
    const other = await store.add(newApproval({ sameness: 's', requester: ALICE }), MOST, by('request'))
    assert.ok(other.added)
  })

  check('once it has ended, the same question makes a new approval', async (store) => {
    const first = await added(store, { sameness: 's' })
    await moved(store, first, 'refuse')
    assert.ok((await store.add(newApproval({ sameness: 's' }), MOST, by('request'))).added)
  })

  check(
    'an idempotency key gives the same approval even after its end, and is refused for another question',
    async (store) => {
      const first = await added(store, { sameness: 's', idempotencyKey: 'k' })
      const ended = await moved(store, first, 'refuse')
      const again = await store.add(newApproval({ sameness: 's', idempotencyKey: 'k' }), MOST, by('request'))
      assert.deepEqual(again, { added: false, approval: ended })
      const other = store.add(newApproval({ sameness: 't', idempotencyKey: 'k' }), MOST, by('request'))
      await assert.rejects(other, { code: 'idempotency_mismatch' })
    },
  )

  check('one principal has at most so many open, whatever others have', async (store) => {
    const asks = Array.from({ length: MOST + 5 }, () => store.add(newApproval(), MOST, by('request')))
    const results = await Promise.allSettled(asks)
    const refused = results.filter(({ status }) => status === 'rejected')
    assert.equal(refused.length, 5)
    await assert.rejects(store.add(newApproval(), MOST, by('request')), { code: 'too_many_open_approvals' })
    await added(store, { requester: ALICE })
    assert.equal(await store.count(['preparing']), MOST + 1)
  })

  check('of many moves that have read the same version exactly one wins', async (store) => {
    const approval = await moved(store, await added(store), 'ready')
    const moves = Array.from({ length: 50 }, (_, index) =>
      store.move(move(approval, index % 2 === 0 ? 'approve' : 'deny')),
    )
    const won = (await Promise.all(moves)).filter((written) => written !== undefined)
    assert.equal(won.length, 1)
    assert.equal((await read(store, approval.id)).version, approval.version + 1)
  })

  check('of many votes that have read the same version one counts, and the audit has one', async (store) => {
    const approval = await moved(store, await added(store), 'ready')
    const before = await store.head()
    const votes = await Promise.all(Array.from({ length: 50 }, () => store.move(move(approval, 'vote'))))
    assert.equal(votes.filter((written) => written !== undefined).length, 1)
    assert.equal((await store.head()).seq, before.seq + 1)
  })

  check('a move that the machine does not allow changes nothing', async (store) => {
    const approval = await added(store)
    const before = await store.head()
    assert.equal(await store.move(move(approval, 'claim', { patch: { run: run(store.epoch) } })), undefined)
    assert.deepEqual(await read(store, approval.id), approval)
    assert.deepEqual(await store.head(), before)
  })

  check('a run belongs to the server that claimed it', async (store) => {
    const approved = await moved(store, await added(store), 'auto')
    const claimed = await moved(store, approved, 'claim', { patch: { run: run(store.epoch) } })
    assert.equal(await store.move(move(claimed, 'succeed', { epoch: store.epoch - 1 })), undefined)
    const done = await moved(store, claimed, 'succeed', { epoch: store.epoch })
    assert.ok(done.finalAt !== undefined)
  })

  check(
    'two approvals can never have the same run, and a failed write leaves the others of its group alone',
    async (store) => {
      const [one, two] = [
        await moved(store, await added(store), 'auto'),
        await moved(store, await added(store), 'auto'),
      ]
      const same = run(store.epoch)
      const claims = [one, two].map((each) => store.move(move(each, 'claim', { patch: { run: same } })))
      const bystander = added(store)
      const results = await Promise.allSettled(claims)
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected'],
      )
      assert.equal((await read(store, two.id)).state, 'approved')
      assert.equal((await read(store, (await bystander).id)).state, 'preparing')
    },
  )

  check('lists are newest first, by state and requester, page by page', async (store) => {
    const mine = [await added(store), await added(store), await added(store)]
    await added(store, { requester: BOB })
    await moved(store, await added(store), 'refuse')
    const filter = { states: ['preparing'], requester: AGENT, limit: 2 } as const
    const first = await store.list(filter)
    const second = await store.list({ ...filter, before: first.at(-1)?.id ?? '' })
    assert.deepEqual(
      [...first, ...second].map(({ id }) => id),
      mine.map(({ id }) => id).toReversed(),
    )
  })

  check('what is due is what is over, and what comes from a time that has not come', async (store) => {
    const over = await added(store, { expiresAt: START_TIME + 10 })
    const future = await added(store, { createdAt: START_TIME + 86_400_000, expiresAt: START_TIME + 90_000_000 })
    await added(store)
    const due = await store.due(START_TIME + 10, 10)
    assert.deepEqual(due.map(({ id }) => id).toSorted(), [over.id, future.id].toSorted())
  })

  check('what may hold secrets is wiped only after the end, and once', async (store) => {
    const open = await moved(store, await added(store), 'ready', { request: new Uint8Array([1]) })
    assert.equal(await store.wipe(open.id, by('wipe')), undefined)
    const ended = await moved(store, open, 'deny', { ending: new Uint8Array([2]) })
    const later = (ended.finalAt ?? 0) + 1
    assert.deepEqual(
      (await store.wipeable(later, 10)).map(({ id }) => id),
      [open.id],
    )
    assert.ok((await store.wipe(open.id, by('wipe'))) !== undefined)
    assert.deepEqual(await store.sealed(open.id), {})
    assert.deepEqual(await store.wipeable(later, 10), [])
  })

  check('listeners hear each durable event once and in order, the same that is read later', async (store) => {
    const heard: Happened[] = []
    const stop = store.onHappened((happened) => heard.push(happened))
    const approvals = await Promise.all(Array.from({ length: 10 }, () => added(store)))
    await Promise.all(approvals.map((approval) => moved(store, approval, 'ready')))
    stop()
    await added(store)
    assert.equal(heard.length, 20)
    assert.deepEqual(heard, (await store.happened(0, 100)).slice(0, 20))
    assert.deepEqual(await store.happened(heard[9]?.seq ?? 0, 10), heard.slice(10))
  })

  check('tokens are there after the store was opened anew, in their order, and are revoked once', async (store, t) => {
    const tokens = ['one', 'two'].map((id, index) => token(id, index))
    for (const each of tokens) await store.addToken(each, by('token_created'))
    const first = await store.revokeToken('one', START_TIME + 1, by('token_revoked'))
    assert.ok(first !== undefined)
    assert.equal(await store.revokeToken('one', START_TIME + 2, by('token_revoked')), undefined)
    assert.equal(await store.revokeToken('none', START_TIME + 2, by('token_revoked')), undefined)
    assert.equal((await store.head()).seq, first.seq, 'what changed nothing is not in the audit')
    const again = await reopen(t, store)
    assert.deepEqual(await again.tokens(), [{ ...tokens[0], revokedAt: START_TIME + 1 }, tokens[1]])
  })

  check('no two tokens have the same id or hash, and what is refused is not in the audit', async (store) => {
    await store.addToken(token('one', 1), by('token_created'))
    const before = await store.head()
    await assert.rejects(store.addToken(token('one', 2), by('token_created')))
    await assert.rejects(store.addToken(token('two', 1), by('token_created')))
    assert.deepEqual(await store.head(), before)
    assert.equal((await store.tokens()).length, 1)
  })

  check('every write has its row in the audit, and the chain is whole', async (store, t) => {
    const approval = await moved(store, await added(store), 'ready')
    const written = await store.move(
      move(approval, 'deny', { audit: entry('deny', acting(ALICE), { reason: 'password=hunter2hunter2' }) }),
    )
    await store.audit(by('decision_refused'))
    await store.setContext(AGENT, 'prod', by('context_switched'))
    const again = await reopen(t, store)
    const rows = await Array.fromAsync(allRows((after, limit) => again.auditRows(after, limit), 2))
    assert.deepEqual(
      rows.map(({ event }) => event),
      ['store_opened', 'request', 'ready', 'deny', 'decision_refused', 'context_switched', 'store_opened'],
    )
    const deny = rows[3]
    assert.equal(deny?.principal, 'person:alice')
    assert.deepEqual([deny?.approval, deny?.state], [approval.id, 'denied'])
    assert.ok(!JSON.stringify(deny).includes('hunter2hunter2'), 'a secret is in the audit')
    assert.equal((await verifyAudit(rows, written?.head)).fault, undefined)
    assert.equal((await verifyAudit(rows, await again.head())).rows, rows.length)
  })
}
