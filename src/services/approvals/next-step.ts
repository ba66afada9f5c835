import { deciderOf } from './decide.ts'
import type { State } from './states.ts'
import type { Approval } from './types.ts'

/** What a reader of an approval is told beside its facts. */
export interface Reader {
  /** Whether the reader is a person's client: agents are told how to wait, people how to decide. */
  person: boolean
  /** Where a person looks at it. */
  url: string
}

/** Where an approval stands, as far as the sentence about it needs it. */
export interface Standing {
  id: string
  state: State
  /** People who have approved, and how many must, of which groups. */
  votes: number
  approvers: number
  groups: readonly (readonly string[])[]
  /** Who decided. */
  decider?: string | undefined
  /** Who ended it. */
  endedBy?: string | undefined
  /** How far it is; `message` is about objects, which others have named. */
  progress?: { done: number; total: number; message?: string } | undefined
}

type Say = (standing: Standing, why: string, reader: Reader) => string

const SAY: Readonly<Record<State, Say>> = {
  preparing: (standing) => `Nothing has happened yet: the plan is being made. ${howToWait(standing)}`,
  pending: (standing, _why, reader) =>
    `Nothing has happened yet. ${whoDecides(standing, reader)} ${howToWait(standing)}`,
  approved: (standing) =>
    `Approved by ${standing.decider ?? 'the policy'}; it has not run yet and will in a moment. ${howToWait(standing)}`,
  executing: (standing) => `It is running.${progress(standing)} ${howToWait(standing)}`,
  outcome_unknown: (_standing, why) =>
    `It was sent, and nobody knows whether it took effect; it will not be sent again.${why} Read the objects, or let a person resolve it.`,
  succeeded: (_standing, why) => `It happened, as it was approved.${why}`,
  partially_applied: (_standing, why) =>
    `Only a part of it happened.${why} Look at the objects before you ask for the rest.`,
  failed: (_standing, why) => `It did not happen, and nothing was changed.${why}`,
  cancelled: (standing, why) => `It was cancelled${by(standing)}.${why}`,
  denied: (standing, why) =>
    `Nothing happened: it was denied${by(standing)}.${why} Do not ask for the same again without a new reason.`,
  expired: (_standing, why) => `Nothing happened: its time was over.${why} Ask again if it is still wanted.`,
  stale: (_standing, why) =>
    `It was not run, since things are not as they were approved.${why} Asking again makes a new plan.`,
  invalid: (_standing, why) => `Nothing happened, and nobody was asked.${why}`,
}

/**
 * The truth about where an approval stands: what has happened (nothing, most of the time), who can do what, and how to wait for it.
 * `reason`: why it ended so, in the words of whoever ended it.
 */
export const nextStep = (standing: Standing, reader: Reader, reason?: string): string =>
  SAY[standing.state](standing, reason === undefined ? '' : ` ${sentence(reason)}`, reader)

/** Where a stored approval stands. */
export function standingOf(approval: Approval): Standing {
  const { id, state, votes, verdict, run } = approval
  return {
    id,
    state,
    votes: votes.length,
    approvers: verdict?.approvers ?? 1,
    groups: verdict?.groups ?? [],
    decider: deciderOf(approval),
    endedBy: deciderOf({ ...approval, votes: [] }),
    progress: progressOf(run),
  }
}

function progressOf(run: Approval['run']): Standing['progress'] {
  if (run?.done === undefined || run.total === undefined) return undefined
  const { done, total, message } = run
  return { done, total, ...(message === undefined ? {} : { message }) }
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`

const by = ({ endedBy }: Standing): string => (endedBy === undefined ? '' : ` by ${endedBy}`)

function whoDecides({ votes, approvers, groups }: Standing, { person, url }: Reader): string {
  const wanted = Math.max(1, approvers)
  const people = wanted === 1 ? 'A person with the role approver' : `${wanted} people with the role approver`
  const named = groups.map((any) => any.join(' or ')).join(', and ')
  const who = `${people}${named === '' ? '' : ` (of ${named})`} must approve it`
  const had = votes === 0 ? '' : ` (${votes} of ${wanted} so far)`
  return `${who}${had}: ${url}, or "k8s-mcp approvals" in a terminal.${person ? '' : ' You cannot approve it yourself.'}`
}

const howToWait = ({ id }: Standing) => `To wait for the end: getApproval with id ${id} and wait 50 (seconds).`

function progress({ progress: steps }: Standing): string {
  if (steps === undefined) return ''
  const { done, total, message } = steps
  return ` ${done} of ${total} steps are done${message === undefined ? '' : `: ${message}`}.`
}
