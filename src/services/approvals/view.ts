import Type, { type Static } from 'typebox'
import { Closed, OneOf } from '../../schema.ts'
import type { Change, ObjectDiff, Plan } from '../changes/plan.ts'
import { scrubValue } from '../safety/scrub-text.ts'
import type { AuditHead } from './audit.ts'
import { nextStep, type Reader, standingOf } from './next-step.ts'
import { STATES } from './states.ts'
import type { Approval, Ending, Request } from './types.ts'

const text = (description: string) => Type.String({ description })
const texts = (description: string) => Type.Array(Type.String(), { description })
const time = (description: string) => Type.String({ format: 'date-time', description })
const RISKS = ['low', 'medium', 'high', 'critical'] as const
const Who = Closed({
  kind: OneOf(['agent', 'person', 'service'], 'Kind of the credential.'),
  subject: text('Whose it is.'),
})

const TargetView = Closed({
  context: text('Context.'),
  apiVersion: text('apiVersion.'),
  kind: text('kind.'),
  namespace: Type.Optional(text('Namespace; absent: its kind has none.')),
  name: text('Name.'),
  uid: Type.Optional(text('uid; absent: it would be created.')),
})

const ChangeView = Closed({
  path: text('Field.'),
  op: OneOf(['add', 'remove', 'change', 'order', 'set'], 'What would be done with it. set: a secret value is given.'),
  from: Type.Optional(text('Value now.')),
  to: Type.Optional(text('Value after. Of a secret value: set, to approvers changed or unchanged.')),
  filled: Type.Optional(Type.Boolean({ description: 'Nobody asked for it: the API server fills it in.' })),
})

const DiffView = Closed({
  target: text('Object.'),
  action: OneOf(['create', 'change', 'delete', 'run'], 'What would be done with it.'),
  changes: Type.Array(ChangeView),
  cut: Type.Optional(Type.Integer({ description: 'How many more changes there are.' })),
  dryRun: Type.Boolean({ description: 'Whether the API server has tried it.' }),
})

const PlanView = {
  targets: Type.Array(TargetView, { description: 'Objects it is about.' }),
  diff: Type.Array(DiffView, { description: 'What would change, object by object.' }),
  warnings: Type.Array(
    Closed({ code: text('Stable name.'), risk: OneOf(RISKS, 'How bad.'), text: text('What it is.') }),
    { description: 'What a careful operator would check.' },
  ),
  blast: Closed({
    podsGone: Type.Integer({ description: 'Pods that go.' }),
    podsBack: Type.Integer({ description: 'Pods that come back.' }),
    budgets: Type.Array(
      Closed({ name: text('Name.'), disruptionsAllowed: Type.Integer({ description: 'Pods that may go now.' }) }),
    ),
    servicesWithoutEndpoints: texts('Services that would have no endpoints.'),
    cascade: Type.Record(Type.String(), Type.Integer(), { description: 'Objects deleted with it, by kind.' }),
  }),
  riskReasons: texts('Why the risk is what it is.'),
  undo: Type.Optional(
    Closed({
      operation: text('Change that would put it back.'),
      parts: Type.Integer({ description: 'How many requests that takes.' }),
      loses: texts('What it cannot bring back.'),
    }),
  ),
  notes: texts('What else to know.'),
}

/** An approval as callers see it. The plan is there once it was made and until it was wiped, 7 days after the end. */
export const ApprovalView = Closed({
  id: text('Id of the approval.'),
  state: OneOf(STATES, 'Where it stands.'),
  version: Type.Integer({ description: 'Grows with each event; what `since` compares.' }),
  next: text('What has happened, who can do what, how to wait.'),
  url: text('Where a person looks at it.'),
  operation: text('Operation that is asked for.'),
  summary: Type.Optional(text('What would happen, in one sentence.')),
  digest: Type.Optional(text('What an approver confirms to have seen.')),
  context: text('Context it goes to.'),
  requester: Who,
  risk: Type.Optional(OneOf(RISKS, 'Risk of the plan.')),
  policy: Type.Optional(
    Closed({
      rule: text('Rule that decided.'),
      text: Type.Optional(text('What it says.')),
      approvers: Type.Integer({ description: 'People who must approve.' }),
      groups: Type.Array(Type.Array(Type.String()), { description: 'Of each list, one group must be the approver’s.' }),
      self: Type.Boolean({ description: 'Whether the person who asked may confirm.' }),
      version: text('Hash of the policy.'),
    }),
  ),
  votes: Type.Array(Closed({ by: Who, at: time('When.'), reason: Type.Optional(text('Why.')) })),
  createdAt: time('When it was asked for.'),
  expiresAt: time('Until when it can be decided.'),
  approvedAt: Type.Optional(time('When it was approved.')),
  endedAt: Type.Optional(time('When it came to its end.')),
  endedBy: Type.Optional(Who),
  reason: Type.Optional(text('Why it ended as it did.')),
  execution: Type.Optional(text('Id of its run: Audit-ID in the audit log of the API server.')),
  progress: Type.Optional(
    Closed({
      done: Type.Integer({ description: 'Steps done.' }),
      total: Type.Integer({ description: 'Steps in all.' }),
      message: text('The last one.'),
    }),
  ),
  plan: Type.Optional(Closed(PlanView)),
  result: Type.Optional(Type.Unknown({ description: 'What the change answered.' })),
  differs: Type.Optional(texts('Where it is stale: what is not as it was approved.')),
  audit: Type.Optional(
    Closed({
      seq: Type.Integer({ description: 'Row of the audit.' }),
      head: text('Hash of that row: keep it to check the audit with.'),
    }),
  ),
})
export type ApprovalView = Static<typeof ApprovalView>

/** What is stored of an approval, as far as it is wanted and still there. */
export interface Whole {
  approval: Approval
  request?: Request | undefined
  ending?: Ending | undefined
  head?: AuditHead | undefined
}

/**
 * An approval for a reader. `approver`: the reader may decide about it; everybody else, agents above all, sees of a secret value only
 * that it is set: they could otherwise try guesses until one is right.
 */
export function viewOf(
  { approval, request, ending, head }: Whole,
  reader: Reader & { approver: boolean },
): ApprovalView {
  const { id, state, version, operation, context, requester } = approval
  const view: ApprovalView = {
    id,
    state,
    version,
    next: nextStep(standingOf(approval), reader, approval.reason),
    url: reader.url,
    operation,
    context,
    requester: { kind: requester.kind, subject: requester.subject },
    votes: approval.votes.map(({ by, at, reason }) => ({ by: who(by), at: iso(at), ...given({ reason }) })),
    createdAt: iso(approval.createdAt),
    expiresAt: iso(approval.expiresAt),
    ...decisionOf(approval),
    ...runOf(approval),
    ...(request === undefined ? {} : { plan: planView(request.plan, reader.approver) }),
    ...given({ result: ending?.output, differs: ending?.differs?.slice(), audit: head }),
  }
  return scrubValue(view)
}

const iso = (at: number) => new Date(at).toISOString()
const isoOf = (at: number | undefined) => (at === undefined ? undefined : iso(at))
const who = ({ kind, subject }: Approval['requester']) => ({ kind, subject })

function decisionOf(approval: Approval): Partial<ApprovalView> {
  const { summary, digest, risk, reason, verdict, policyVersion: version, approvedAt, finalAt, endedBy } = approval
  const policy =
    verdict === undefined || version === undefined
      ? undefined
      : {
          rule: verdict.rule,
          ...given({ text: verdict.text }),
          approvers: verdict.approvers,
          groups: verdict.groups.map((any) => [...any]),
          self: verdict.self,
          version,
        }
  const times = { approvedAt: isoOf(approvedAt), endedAt: isoOf(finalAt) }
  return given({
    summary,
    digest,
    risk,
    reason,
    policy,
    endedBy: endedBy === undefined ? undefined : who(endedBy),
    ...times,
  })
}

function runOf({ run }: Approval) {
  if (run === undefined) return {}
  const { id: execution, done, total, message = '' } = run
  return { execution, ...(done === undefined || total === undefined ? {} : { progress: { done, total, message } }) }
}

function planView(plan: Plan<unknown>, approver: boolean): Static<ReturnType<typeof Closed<typeof PlanView>>> {
  const { warnings, blast, riskReasons, undo, notes } = plan
  return {
    targets: plan.targets.map(({ context, apiVersion, kind, namespace, name, uid }) => ({
      context,
      apiVersion,
      kind,
      name,
      ...given({ namespace, uid }),
    })),
    diff: plan.diff.map((diff) => diffView(diff, approver)),
    warnings: warnings.map(({ code, risk, text: said }) => ({ code, risk, text: said })),
    blast: structuredClone(blast),
    riskReasons: [...riskReasons],
    notes: [...notes],
    ...(undo === undefined
      ? {}
      : { undo: { operation: undo.operation, parts: 1 + (undo.next ?? []).length, loses: [...undo.loses] } }),
  }
}

function diffView({ target, action, changes, cut, dryRun }: ObjectDiff, approver: boolean) {
  return { target, action, changes: changes.map((change) => changeView(change, approver)), dryRun, ...given({ cut }) }
}

// Whether a secret is the one that is there already would answer a guess.
function changeView({ path, op, from, to, filled }: Change, approver: boolean): Static<typeof ChangeView> {
  return op === 'set'
    ? { path, op, to: approver ? (to ?? 'set') : 'set' }
    : { path, op, ...given({ from, to, filled }) }
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
const isGiven = (entry: [string, unknown]) => entry[1] !== undefined
const isComplete = <T extends object>(kept: object, _of: T): kept is Given<T> =>
  !Object.values(kept).includes(undefined)

/** The fields that have a value: an absent one is left out, for a closed schema knows no undefined. */
function given<T extends object>(fields: T): Given<T> {
  const kept = Object.fromEntries(Object.entries(fields).filter(isGiven))
  if (!isComplete(kept, fields)) throw new TypeError('A field without a value was kept.')
  return kept
}
