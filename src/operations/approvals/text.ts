import { nextStep, type Standing } from '../../services/approvals/next-step.ts'
import type { ApprovalView } from '../../services/approvals/view.ts'
import { unifiedLines } from '../../services/manifests/rows.ts'
import { bounded } from '../text.ts'

/** What is ours to say about an approval: where it stands, and what to do next. No object, no reason, no message: others wrote those. */
export function approvalLead(view: ApprovalView): string {
  const said = nextStep(standingOf(view), { person: false, url: view.url })
  return `${view.id}: ${view.state}. ${said}${howToUndo(view)}`
}

function standingOf({ id, state, votes, policy, endedBy, progress }: ApprovalView): Standing {
  const voters = votes.map(({ by }) => who(by)).join(' and ')
  const rule = policy === undefined ? undefined : `rule "${policy.rule}" of the policy`
  return {
    id,
    state,
    votes: votes.length,
    approvers: policy?.approvers ?? 1,
    groups: policy?.groups ?? [],
    decider: voters === '' ? rule : voters,
    endedBy: endedBy === undefined ? undefined : who(endedBy),
    progress: progress === undefined ? undefined : { done: progress.done, total: progress.total },
  }
}

const who = ({ kind, subject }: ApprovalView['requester']) => `${kind} ${subject}`

const HAPPENED: ReadonlySet<ApprovalView['state']> = new Set(['succeeded', 'partially_applied', 'outcome_unknown'])
const WAITS: ReadonlySet<ApprovalView['state']> = new Set(['preparing', 'pending', 'approved', 'executing'])

const howToUndo = ({ id, state, plan }: ApprovalView): string =>
  plan?.undo === undefined || !HAPPENED.has(state) ? '' : ` To put it back: undoChange with id ${id}.`

/** The rest for a model: what was asked for, why it ended so and what came back; then the plan, unless nothing came of it. */
export function approvalText(view: ApprovalView): string {
  const { state, operation, context, summary, risk, plan } = view
  const what = `${operation} on context ${context}${risk === undefined ? '' : `, risk ${risk}`}: ${summary ?? 'not planned yet'}`
  const shown = plan !== undefined && (HAPPENED.has(state) || WAITS.has(state)) ? planLines(plan, state) : []
  return bounded([what, ...endLines(view), ...shown].join('\n'))
}

type Plan = NonNullable<ApprovalView['plan']>

function planLines({ warnings, diff, blast, notes, undo }: Plan, state: ApprovalView['state']): string[] {
  return [
    HAPPENED.has(state) ? 'The plan that was approved:' : 'What would happen:',
    ...warnings.map(({ risk, text }) => `warning (${risk}): ${text}`),
    ...diff.flatMap(diffLines),
    ...blastLines(blast),
    ...notes.map((note) => `note: ${note}`),
    undo === undefined ? 'undo: none' : `undo: ${undo.operation}${partsOf(undo)}${losses(undo.loses)}`,
  ]
}

const partsOf = ({ parts }: NonNullable<Plan['undo']>) =>
  parts === 1 ? '' : ` (${parts} requests, part 1 to ${parts})`

const losses = (loses: readonly string[]) => (loses.length === 0 ? '' : `; it cannot bring back: ${loses.join(', ')}`)

function diffLines({ action, target, changes, cut, dryRun }: Plan['diff'][number]): string[] {
  return [
    `${action} ${target}${dryRun ? '' : ' (not dry-run)'}`,
    ...unifiedLines(changes.filter(({ filled }) => filled !== true)),
    ...filledLine(changes.filter(({ filled }) => filled === true).length),
    ...(cut === undefined ? [] : [`  ... ${cut} more changes`]),
  ]
}

const filledLine = (count: number) =>
  count === 0 ? [] : [`  and ${count} ${count === 1 ? 'field' : 'fields'} that the API server fills in by itself`]

function blastLines({ podsGone, podsBack, budgets, servicesWithoutEndpoints, cascade }: Plan['blast']): string[] {
  const pods = podsGone === 0 ? [] : [`${podsGone} pods go, ${podsBack} come back`]
  const deleted = Object.entries(cascade).map(([kind, count]) => `${count} ${kind} deleted with it`)
  const left = budgets.map(({ name, disruptionsAllowed }) => `budget ${name} allows ${disruptionsAllowed} more`)
  const empty = servicesWithoutEndpoints.map((name) => `Service ${name} is left without endpoints`)
  const all = [...pods, ...deleted, ...left, ...empty]
  return all.length === 0 ? [] : [`effect: ${all.join('; ')}`]
}

function endLines({ reason, progress, differs = [], result }: ApprovalView): string[] {
  return [
    ...(reason === undefined ? [] : [`reason: ${reason}`]),
    ...(progress === undefined ? [] : [`progress: ${progress.done} of ${progress.total}: ${progress.message}`]),
    ...differs.map((each) => `differs: ${each}`),
    ...(result === undefined ? [] : ['result:', ...resultLines(result)]),
  ]
}

// What a change answers is small and flat: a line for each field, a text of several lines (the output of a command) as it is.
function resultLines(result: unknown): string[] {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return [`  ${JSON.stringify(result)}`]
  return Object.entries(result).flatMap(([name, value]) => fieldLines(name, value))
}

function fieldLines(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return [`  ${name}:`, ...value.map((item) => `    ${JSON.stringify(item)}`)]
  if (typeof value !== 'string') return [`  ${name}: ${JSON.stringify(value)}`]
  if (!value.includes('\n')) return [`  ${name}: ${value}`]
  return [`  ${name}:`, ...value.split('\n').map((line) => `    ${line}`)]
}

/** How many approvals a list has: the part of it that is ours. */
export const approvalsLead = (approvals: readonly ApprovalView[]): string => `${approvals.length} approvals`

/** Approvals as a list for a model: one line each. */
export function approvalsText(approvals: readonly ApprovalView[], more: string | undefined): string {
  const lines = approvals.map(
    ({ id, state, risk, createdAt, requester, summary, operation }) =>
      `${id}  ${state}  ${risk ?? '-'}  ${createdAt}  ${requester.kind}:${requester.subject}  ${summary ?? operation}`,
  )
  const tail = more === undefined ? '' : `\nMore: pass continue="${more}"`
  return bounded(lines.join('\n'), tail)
}
