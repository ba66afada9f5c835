/** Instants at which the crash harness kills the server: before and after each commit that matters, and around the send. */
export const FAILPOINTS = [
  'before_request_commit',
  'after_request_commit',
  'before_ready_commit',
  'after_ready_commit',
  'before_decision_commit',
  'after_decision_commit',
  'before_claim_commit',
  'after_claim_commit',
  'before_send_commit',
  'before_first_byte',
  'after_run',
  'before_settle_commit',
  'after_settle_commit',
] as const
export type Failpoint = (typeof FAILPOINTS)[number]

/** Called, and awaited, at each failpoint. */
export type Fail = (point: Failpoint) => Promise<void> | void

/** Production: nothing happens. */
export const noFail: Fail = () => undefined
