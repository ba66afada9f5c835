import type { ApprovalView } from '../../services/approvals/view.ts'
import { type Line, line, type Style } from './lines.ts'

type Plan = NonNullable<ApprovalView['plan']>

/** Everything there is to see of one approval, in the order in which a careful person reads it: warnings first. */
export function approvalLines(view: ApprovalView, now: number): Line[] {
  return [
    ...warningLines(view),
    ...riskLines(view),
    line(view.summary ?? `${view.operation}: not planned yet.`, 'head'),
    line(`State: ${stateOf(view, now)}`),
    ...endLines(view),
    line(`Asked by ${view.requester.kind} ${view.requester.subject} at ${view.createdAt}`, 'plain', 2),
    line(`${view.operation} on context ${view.context}`, 'plain', 2),
    ...blastLines(view.plan?.blast),
    ...(view.plan?.diff ?? []).flatMap(diffLines),
    ...(view.plan?.notes ?? []).map((note) => line(`Note: ${note}`, 'plain', 2)),
    ...undoLines(view),
    ...policyLines(view),
    line(`Approval ${view.id}`, 'dim'),
    ...(view.digest === undefined ? [] : [line(`Digest ${view.digest}`, 'dim', 2)]),
  ]
}

function warningLines({ plan }: ApprovalView): Line[] {
  if (plan === undefined) return []
  if (plan.warnings.length === 0) return [line('No warnings.', 'low')]
  return plan.warnings.map(({ risk, text }) => line(`! WARNING (${risk}): ${text}`, risk, 2))
}

function riskLines({ risk, plan }: ApprovalView): Line[] {
  if (risk === undefined) return []
  return [
    line(`Risk: ${risk.toUpperCase()}`, risk),
    ...(plan?.riskReasons ?? []).map((reason) => line(`  because ${reason}`, risk, 4)),
  ]
}

/** Where it stands, with the time that is left. */
export function stateOf({ state, expiresAt, progress }: ApprovalView, now: number): string {
  if (state === 'pending' || state === 'approved') return `${state}, ${leftOf(expiresAt, now)}`
  if (progress === undefined || state !== 'executing') return state
  return `${state}, ${progress.done} of ${progress.total} steps${progress.message === '' ? '' : `: ${progress.message}`}`
}

/** Time until an instant: `expires in 59m 10s`. */
export function leftOf(until: string, now: number): string {
  const seconds = Math.floor((Date.parse(until) - now) / 1000)
  if (seconds <= 0) return 'its time is over'
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (hours > 0) return `expires in ${hours}h ${minutes}m`
  return minutes > 0 ? `expires in ${minutes}m ${seconds % 60}s` : `expires in ${seconds}s`
}

function endLines({ reason, endedBy, differs, result, execution }: ApprovalView): Line[] {
  const by = endedBy === undefined ? '' : ` (${endedBy.kind} ${endedBy.subject})`
  return [
    ...(reason === undefined ? [] : [line(`Reason: ${reason}${by}`, 'plain', 2)]),
    ...(differs ?? []).map((each) => line(`~ differs: ${each}`, 'changed', 2)),
    ...(result === undefined ? [] : resultLines(result)),
    ...(execution === undefined ? [] : [line(`Execution ${execution}`, 'dim', 2)]),
  ]
}

const resultLines = (result: unknown): Line[] =>
  `Result: ${JSON.stringify(result, undefined, 2)}`.split('\n').map((each) => line(each, 'plain', 4))

function blastLines(blast: Plan['blast'] | undefined): Line[] {
  if (blast === undefined) return []
  const { podsGone, podsBack, budgets, servicesWithoutEndpoints, cascade } = blast
  const effects = [
    ...(podsGone === 0 && podsBack === 0 ? [] : [`${podsGone} pods go, ${podsBack} come back`]),
    ...Object.entries(cascade).map(([kind, count]) => `${count} ${kind} deleted with it`),
    ...budgets.map(({ name, disruptionsAllowed }) => `budget ${name} allows ${disruptionsAllowed} more disruptions`),
    ...servicesWithoutEndpoints.map((name) => `Service ${name} is left without endpoints`),
  ]
  return effects.length === 0
    ? [line('Blast radius: no pod goes, nothing is deleted with it.')]
    : effects.map((effect) => line(`Blast radius: ${effect}`, 'head', 2))
}

function diffLines({ action, target, changes, cut, dryRun }: Plan['diff'][number]): Line[] {
  return [
    line(`${action} ${target}${dryRun ? '' : ' (not dry-run)'}`, 'head', 2),
    ...changes.filter(({ filled }) => filled !== true).flatMap(changeLines),
    ...filledLines(changes.filter(({ filled }) => filled === true)),
    ...(cut === undefined || cut === 0
      ? []
      : [line(`  ... ${cut} more changes are not shown: the server cut them`, 'changed', 4)]),
  ]
}

function filledLines(changes: Plan['diff'][number]['changes']): Line[] {
  if (changes.length === 0) return []
  return [line('  Nobody asked for these: the API server fills them in.', 'dim', 4), ...changes.flatMap(changeLines)]
}

function changeLines({ path, op, from, to }: Plan['diff'][number]['changes'][number]): Line[] {
  if (op === 'set') return [line(`  ~ ${path}: ${to ?? 'set'} (a secret value)`, 'changed', 4)]
  if (op === 'order') return [line(`  ~ ${path}: order ${from ?? ''} → ${to ?? ''}`, 'changed', 4)]
  return [...side('-', path, from, 'removed'), ...side('+', path, to, 'added')]
}

function side(sign: string, path: string, value: string | undefined, style: Style): Line[] {
  if (value === undefined) return []
  if (!value.includes('\n')) return [line(`  ${sign} ${path}: ${value}`, style, 4)]
  const lines = value.split('\n').map((each) => line(`  ${sign}   ${each}`, style, 6))
  return [line(`  ${sign} ${path}: |`, style, 4), ...lines]
}

function undoLines({ plan }: ApprovalView): Line[] {
  if (plan === undefined) return []
  if (plan.undo === undefined) return [line('Undo: there is none.', 'changed')]
  const { operation, parts, loses } = plan.undo
  const requests = parts === 1 ? 'a request' : `${parts} requests`
  return [
    line(`Undo: ${operation}, ${requests} of its own`, 'plain', 2),
    ...loses.map((each) => line(`  cannot bring back: ${each}`, 'changed', 4)),
  ]
}

function policyLines({ policy, votes }: ApprovalView): Line[] {
  if (policy === undefined) return []
  const { rule, text, approvers, groups, self } = policy
  const of = groups.map((any) => `, one of ${any.join(' or ')}`).join('')
  return [
    line(`Policy: rule ${rule}${text === undefined ? '' : ` (${text})`}`, 'plain', 2),
    line(`Votes: ${votes.length} of ${approvers}${of}${self ? '; who asked may confirm' : ''}`, 'plain', 2),
    ...votes.map(({ by, at, reason }) =>
      line(`  approved by ${by.kind} ${by.subject} at ${at}${reason === undefined ? '' : `: ${reason}`}`, 'plain', 4),
    ),
  ]
}
