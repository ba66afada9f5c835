import assert from 'node:assert/strict'
import type { Failpoint } from '../../src/services/approvals/failpoints.ts'
import { listAt, textAt } from '../support/json.ts'
import type { ChangeKind } from './changes.ts'
import { compileCache, crashTest } from './cluster.ts'
import { Lane } from './lane.ts'
import type { Order } from './proxy.ts'
import { faultsOf, findingsOf } from './verdict.ts'

const LATE = 400
const HELD = 150

interface Case {
  /** Where the server dies, or what becomes of the write. */
  at: Failpoint | Order
  /** State once the next server has looked; undefined: it knows of nothing. */
  state: string | undefined
  /** Writes that the API server has accepted. */
  writes: 0 | 1
}

const CASES: Readonly<Record<string, Case>> = {
  'before a request is stored': { at: 'before_request_commit', state: undefined, writes: 0 },
  'after a request is stored': { at: 'after_request_commit', state: 'expired', writes: 0 },
  'before its plan is stored': { at: 'before_ready_commit', state: 'expired', writes: 0 },
  'after its plan is stored': { at: 'after_ready_commit', state: 'pending', writes: 0 },
  'before a decision is stored': { at: 'before_decision_commit', state: 'pending', writes: 0 },
  'after a decision is stored': { at: 'after_decision_commit', state: 'succeeded', writes: 1 },
  'before its run is claimed': { at: 'before_claim_commit', state: 'succeeded', writes: 1 },
  'after its run is claimed': { at: 'after_claim_commit', state: 'failed', writes: 0 },
  'before it stores that it sends': { at: 'before_send_commit', state: 'failed', writes: 0 },
  'before the first byte leaves': { at: 'before_first_byte', state: 'outcome_unknown', writes: 0 },
  'after the run': { at: 'after_run', state: 'succeeded', writes: 1 },
  'before the end is stored': { at: 'before_settle_commit', state: 'succeeded', writes: 1 },
  'after the end is stored': { at: 'after_settle_commit', state: 'succeeded', writes: 1 },
  'while a write is on its way that never arrives': {
    at: { kill: 'first', fate: 'drop' },
    state: 'outcome_unknown',
    writes: 0,
  },
  'in the middle of a write': { at: { kill: 'first', fate: 'half' }, state: 'outcome_unknown', writes: 0 },
  'while a write is on its way that arrives after its death': {
    at: { kill: 'first', fate: 'hold', milliseconds: HELD },
    state: 'succeeded',
    writes: 1,
  },
  'after a write has arrived': { at: { kill: 'then', fate: 'lose' }, state: 'succeeded', writes: 1 },
}

const LOSSES: Readonly<Record<string, Case>> = {
  'is lost': { at: { fate: 'drop' }, state: 'outcome_unknown', writes: 0 },
  'is cut in the middle': { at: { fate: 'half' }, state: 'outcome_unknown', writes: 0 },
  'arrives late': { at: { fate: 'hold', milliseconds: HELD }, state: 'succeeded', writes: 1 },
  'arrives, and whose answer is lost': { at: { fate: 'lose' }, state: 'succeeded', writes: 1 },
  'arrives, and whose answer is late': { at: { fate: 'late', milliseconds: HELD }, state: 'succeeded', writes: 1 },
}

interface Found {
  id: string
  state: string
  reason: string
}

/** The newest approval, as the server of now knows it. */
async function newest(lane: Lane): Promise<Found> {
  const { body } = await lane.call({ path: '/approvals?state=all&limit=1' }, 'alice')
  const [one] = listAt(body, 'approvals')
  return { id: textAt(one, 'id'), state: textAt(one, 'state'), reason: textAt(one, 'reason') }
}

/** One change that meets its fate, and what the server says of it once nothing runs any more; where it has died: the next one. */
async function meet(lane: Lane, kind: ChangeKind, { at }: Case): Promise<Found | undefined> {
  const before = await newest(lane)
  if (typeof at === 'string') lane.arm({ point: at, nth: 1 })
  else lane.order = () => at
  const { answer } = await lane.ask(kind, 0)
  if (answer !== undefined) await lane.decide('approve', answer, 'alice')
  if (typeof at === 'string' || at.kill !== undefined) await died(lane)
  await lane.settled()
  lane.order = () => ({ fate: 'pass' })
  const after = await newest(lane)
  return after.id === before.id ? undefined : after
}

async function died(lane: Lane): Promise<void> {
  await lane.ended
  await lane.start().serving
}

const KINDS = ['scale', 'createPod', 'deletePod', 'patch'] as const

async function assertMet(lane: Lane, kind: ChangeKind, expected: Case): Promise<void> {
  const count = lane.proxy.accepted.length
  const found = await meet(lane, kind, expected)
  await lane.proxy.quiet()
  const writes = lane.proxy.accepted.length - count
  assert.deepEqual(
    { kind, state: found?.state, writes },
    { kind, state: expected.state, writes: expected.writes },
    `it says: ${found?.reason ?? 'nothing'}`,
  )
  if (found?.state === 'outcome_unknown') assert.match(found.reason, /does not show whether|not there|still there/)
}

const LANES = 2
crashTest(
  'a server that dies anywhere sends nothing twice, loses nothing and says what is true',
  async (cluster, t) => {
    const cache = compileCache()
    const open = (index: number) => Lane.open(t, cluster, { name: `matrix-${index}`, slots: 1, late: LATE, cache })
    const lanes = await Promise.all(Array.from({ length: LANES }, (_, index) => open(index)))
    await Promise.all(lanes.map((lane) => lane.start().serving))
    const everywhere = async (row: number, expected: Case) => {
      const each = lanes.map((lane, index) =>
        assertMet(lane, KINDS[(row + index * 2) % KINDS.length] ?? 'scale', expected),
      )
      await Promise.all(each)
    }
    for (const [row, [name, expected]] of Object.entries(CASES).entries())
      await t.test(
        `a server that dies ${name} leaves ${expected.state ?? 'nothing'}, written ${expected.writes} times`,
        () => everywhere(row, expected),
      )
    for (const [row, [name, expected]] of Object.entries(LOSSES).entries())
      await t.test(`a write that ${name} is ${expected.state}, written ${expected.writes} times`, () =>
        everywhere(row, expected),
      )
    await t.test('at the end all that was acknowledged is there, and each write was accepted once', async () => {
      for (const lane of lanes) {
        await lane.stop()
        const findings = await findingsOf(lane, cluster)
        assert.deepEqual(faultsOf(findings), [])
        assert.ok(findings.acknowledged.decisions.length >= 10)
      }
    })
  },
)
