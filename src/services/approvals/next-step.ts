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

type Say = (approval: Approval, why: string, reader: Reader) => string

const SAY: Readonly<Record<State, Say>> = {
  preparing: (approval) => `Nothing has happened yet: the plan is being made. ${howToWait(approval)}`,
  pending: (approval, _why, reader) =>
    `Nothing has happened yet. ${whoDecides(approval, reader)} ${howToWait(approval)}`,
  approved: (approval) =>
    `Approved by ${deciderOf(approval) ?? 'the policy'}; it has not run yet and will in a moment. ${howToWait(approval)}`,
  executing: (approval) => `It is running.${progress(approval)} ${howToWait(approval)}`,
  outcome_unknown: (_approval, why) =>
    `It was sent, and nobody knows whether it took effect; it will not be sent again.${why} Read the objects, or let a person resolve it.`,
  succeeded: (_approval, why) => `It happened, as it was approved.${why}`,
  partially_applied: (_approval, why) =>
    `Only a part of it happened.${why} Look at the objects before you ask for the rest.`,
  failed: (_approval, why) => `It did not happen, and nothing was changed.${why}`,
  cancelled: (approval, why) => `It was cancelled${by(approval)}.${why}`,
  denied: (approval, why) =>
    `Nothing happened: it was denied${by(approval)}.${why} Do not ask for the same again without a new reason.`,
  expired: (_approval, why) => `Nothing happened: its time was over.${why} Ask again if it is still wanted.`,
  stale: (_approval, why) =>
    `It was not run, since things are not as they were approved.${why} Asking again makes a new plan.`,
  invalid: (_approval, why) => `Nothing happened, and nobody was asked.${why}`,
}

/** The truth about where an approval stands: what has happened (nothing, most of the time), who can do what, and how to wait for it. */
export function nextStep(approval: Approval, reader: Reader): string {
  const { reason } = approval
  return SAY[approval.state](approval, reason === undefined ? '' : ` ${sentence(reason)}`, reader)
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`

function by(approval: Approval): string {
  const who = deciderOf({ ...approval, votes: [] })
  return who === undefined ? '' : ` by ${who}`
}

function whoDecides({ verdict, votes }: Approval, { person, url }: Reader): string {
  const wanted = Math.max(1, verdict?.approvers ?? 1)
  const people = wanted === 1 ? 'A person with the role approver' : `${wanted} people with the role approver`
  const groups = (verdict?.groups ?? []).map((any) => any.join(' or ')).join(', and ')
  const who = `${people}${groups === '' ? '' : ` (of ${groups})`} must approve it`
  const had = votes.length === 0 ? '' : ` (${votes.length} of ${wanted} so far)`
  return `${who}${had}: ${url}, or "k8s-mcp approvals" in a terminal.${person ? '' : ' You cannot approve it yourself.'}`
}

const howToWait = ({ id, version }: Approval) =>
  `To wait: getApproval with id ${id}, since ${version} and wait (seconds, at most 50).`

function progress({ run }: Approval): string {
  if (run?.done === undefined || run.total === undefined) return ''
  return ` ${run.done} of ${run.total} steps are done${run.message === undefined ? '' : `: ${run.message}`}.`
}
