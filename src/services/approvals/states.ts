/** Every state an approval can be in. */
export const STATES = [
  'preparing',
  'pending',
  'approved',
  'executing',
  'outcome_unknown',
  'succeeded',
  'partially_applied',
  'failed',
  'cancelled',
  'denied',
  'expired',
  'stale',
  'invalid',
] as const
export type State = (typeof STATES)[number]

/** Everything that can happen to an approval. */
export const EVENTS = [
  'ready',
  'auto',
  'refuse',
  'vote',
  'approve',
  'deny',
  'cancel',
  'expire',
  'drift',
  'claim',
  'take_over',
  'send',
  'step',
  'ask_stop',
  'stop',
  'succeed',
  'apply_partly',
  'fail',
  'lose',
] as const
export type Event = (typeof EVENTS)[number]

/**
 * The whole machine. What is not in this table cannot happen: the store writes no state that {@link next} did not give.
 * No event of time leads to `approved`, and `executing` has one way in.
 */
export const MACHINE: Readonly<Record<State, Readonly<Partial<Record<Event, State>>>>> = {
  preparing: {
    ready: 'pending',
    auto: 'approved', // a rule of the policy says so; the audit names it
    refuse: 'invalid', // dry run, validation or policy: nobody is asked
    expire: 'expired',
  },
  pending: {
    vote: 'pending', // one of several votes that the policy asks for
    approve: 'approved',
    deny: 'denied',
    cancel: 'cancelled', // by the requester, or by a voter who takes the vote back
    expire: 'expired',
    drift: 'stale',
  },
  approved: {
    claim: 'executing', // with its only execution row, durable before the first byte
    cancel: 'cancelled',
    expire: 'expired',
    drift: 'stale',
  },
  executing: {
    take_over: 'executing', // by the server that starts after the one that died
    send: 'executing', // the first byte may leave from now on
    step: 'executing',
    ask_stop: 'executing',
    drift: 'stale', // the world is not what was approved, and nothing was written
    stop: 'cancelled', // between two steps
    succeed: 'succeeded',
    apply_partly: 'partially_applied',
    fail: 'failed', // proved that nothing changed and nothing can still arrive
    lose: 'outcome_unknown', // sent, and no proof; never sent again
  },
  outcome_unknown: {
    succeed: 'succeeded', // by evidence read from the cluster, or by a person
    apply_partly: 'partially_applied',
    fail: 'failed',
  },
  succeeded: {},
  partially_applied: {},
  failed: {},
  cancelled: {},
  denied: {},
  expired: {},
  stale: {},
  invalid: {},
}

/** The state after an event, or undefined where that event cannot happen in this state. */
export const next = (state: State, event: Event): State | undefined => MACHINE[state][event]

/** Nothing can happen any more. */
export const isFinal = (state: State): boolean => Object.keys(MACHINE[state]).length === 0

/** States that count as open: the same question gets the same approval back, and their number is limited. */
export const OPEN: readonly State[] = ['preparing', 'pending', 'approved', 'executing']

/** States that wait for something: what is open, and what a person must say the outcome of. */
export const WAITING: readonly State[] = [...OPEN, 'outcome_unknown']

/** States that end by themselves when their time is over. */
export const EXPIRING: readonly State[] = STATES.filter((state) => next(state, 'expire') !== undefined)
