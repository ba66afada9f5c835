import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowAfter, START } from '../../src/services/approvals/audit.ts'
import { newApproval } from '../approvals/support.ts'
import type { Approval } from '../../src/services/approvals/types.ts'
import type { Asked } from './changes.ts'
import { chainFaults, faultsOf, type Findings } from './verdict.ts'

const asked: Asked = { kind: 'scale', method: 'POST', path: '/', writes: 1 }
const write = { execution: 'run-1', method: 'PATCH', object: '/web', status: 200 }
const alice = { kind: 'person', subject: 'alice' } as const
const service = { kind: 'service', subject: 'k8s-mcp' } as const
const claim = rowAfter(
  START,
  1,
  { event: 'claim', principal: service },
  { approval: 'apr', version: 1, state: 'executing' },
)

const approval: Approval = {
  ...newApproval({ id: 'apr', idempotencyKey: 'key', votes: [{ by: alice, at: 1 }] }),
  version: 5,
  state: 'succeeded',
  run: { id: 'run-1', epoch: 1, claimedAt: 1, sentAt: 2 },
}

/** One change that was asked for, approved, written once and reported. */
const sound: Findings = {
  acknowledged: {
    asks: [{ key: 'key', asked, id: 'apr' }],
    decisions: [{ id: 'apr', act: 'approve', by: 'alice' }],
    heads: [],
    faults: [],
  },
  approvals: [approval],
  audit: [claim],
  accepted: [write],
  logged: new Map([['run-1', 1]]),
  chain: [],
}

test('a change that was approved, written once and reported as it was has no fault', () =>
  assert.deepEqual(faultsOf(sound), []))

const withState = (state: Approval['state'], more: Partial<Approval> = {}): Partial<Findings> => ({
  approvals: [{ ...approval, state, ...more }],
})
const unwritten = { accepted: [], logged: new Map<string, number>() }
const decided = (act: 'approve' | 'deny' | 'cancel'): Findings['acknowledged'] => ({
  ...sound.acknowledged,
  decisions: [{ id: 'apr', act, by: 'bob' }],
})

const FAULTS: Readonly<Record<string, readonly [Partial<Findings>, RegExp]>> = {
  'a lost approval': [{ approvals: [] }, /approval apr was acknowledged and is lost/],
  'two approvals for one key': [{ approvals: [approval, { ...approval, id: 'other' }] }, /two approvals for the key/],
  'a lost vote': [{ acknowledged: decided('approve') }, /approve of apr by bob was acknowledged and is lost/],
  'a lost denial': [{ acknowledged: decided('deny') }, /deny of apr by bob .* lost/],
  'a lost cancellation': [{ acknowledged: decided('cancel') }, /cancel of apr by bob .* lost/],
  'a write that was accepted twice': [
    { accepted: [write, write], logged: new Map([['run-1', 2]]) },
    /accepted 2 times: run-1 PATCH/,
  ],
  'a write that only the API server knows of': [{ logged: new Map([['run-1', 2]]) }, /the API server logged 2/],
  'a write of nobody': [{ accepted: [write, { ...write, execution: '' }] }, /which nothing is known of/],
  'a second run': [{ audit: [claim, claim] }, /apr was claimed 2 times/],
  'a failure that took effect': [withState('failed'), /apr is failed, and 1 of its writes took effect/],
  'a success that did not happen': [{ ...unwritten }, /apr is succeeded, and 0 of 1 writes took effect/],
  'a half that is whole': [withState('partially_applied'), /apr is partially_applied, and 1 of 1/],
  'a run that nobody settled': [withState('executing'), /nobody has settled it/],
  'an unknown outcome of which nothing is said': [withState('outcome_unknown'), /nothing is said of what is known/],
}
for (const [name, [findings, fault]] of Object.entries(FAULTS))
  test(`${name} is a fault`, () => assert.match(faultsOf({ ...sound, ...findings }).join('\n'), fault))

test('a row of the audit that was altered, or lost after a client was told of it, is a fault', async () => {
  assert.deepEqual(await chainFaults([claim], [{ seq: 1, head: claim.hash }]), [])
  assert.match((await chainFaults([{ ...claim, event: 'send' }], [])).join(), /broken at row 1: it was altered/)
  assert.match((await chainFaults([claim], [{ seq: 2, head: 'x' }])).join(), /has lost row 2/)
})
