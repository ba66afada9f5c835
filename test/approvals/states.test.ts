import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENTS, isFinal, next, STATES } from '../../src/services/approvals/states.ts'

// The states of approvals.md, written a second time and by hand: state, event, state after.
const ALLOWED = `
preparing ready pending
preparing auto approved
preparing refuse invalid
preparing expire expired
pending vote pending
pending approve approved
pending deny denied
pending cancel cancelled
pending expire expired
pending drift stale
approved claim executing
approved cancel cancelled
approved expire expired
approved drift stale
executing take_over executing
executing send executing
executing step executing
executing ask_stop executing
executing drift stale
executing stop cancelled
executing succeed succeeded
executing apply_partly partially_applied
executing fail failed
executing lose outcome_unknown
outcome_unknown succeed succeeded
outcome_unknown apply_partly partially_applied
outcome_unknown fail failed
`
const rows = ALLOWED.trim()
  .split('\n')
  .map((line) => line.split(' '))
const expected = (state: string, event: string) => rows.find(([from, by]) => from === state && by === event)?.[2]

for (const state of STATES) {
  for (const event of EVENTS) {
    const after = expected(state, event)
    test(`${event} of an approval that is ${state} ${after === undefined ? 'is impossible' : `makes it ${after}`}`, () =>
      assert.equal(next(state, event), after))
  }
}

test('every state but the five that are open is final', () => {
  const open = STATES.filter((state) => !isFinal(state))
  assert.deepEqual(open, ['preparing', 'pending', 'approved', 'executing', 'outcome_unknown'])
})

test('only a vote or a rule of the policy makes an approval approved, and only a claim makes it run', () => {
  const to = (state: string) =>
    rows.filter(([from, , after]) => after === state && from !== state).map(([, event]) => event)
  assert.deepEqual(to('approved'), ['auto', 'approve'])
  assert.deepEqual(to('executing'), ['claim'])
})
