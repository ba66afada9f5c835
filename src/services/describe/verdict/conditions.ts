import { type Condition, conditionsAt, listAt, textAt } from '../read.ts'
import type { Snapshot } from '../snapshot.ts'
import { clip, joined } from '../words.ts'

// Kinds we know nothing of follow the API conventions, more or less. What a condition of theirs means is in its name.
const SHOULD_BE_TRUE =
  /(?:Ready|Available|Healthy|Synced|Established|Accepted|Programmed|Succeeded|ResolvedRefs|Reconciled|Valid|Issued|Installed|Deployed|Bound)$/
const SHOULD_BE_FALSE =
  /(?:Failed|Failure|Failing|Degraded|Stalled|Error|Errored|Pressure|Unavailable|Invalid|Conflict|Conflicted|Dangling|Denied|Unhealthy)$/
// Under way, or at rest on purpose.
const INTENDED =
  /^(?:Progressing|Reconciling|InProgress|Pending|Creating|Provisioning|Suspended|Paused|Completed|ScaledToZero)/i
const BAD_PHASES = /^(?:Failed|Failure|Error|Errored|Lost|Degraded|Unhealthy|Missing)$/i

// Where conditions stand: in the status itself, or for each parent, listener or ancestor (Gateway API).
const PLACES = ['status.parents', 'status.listeners', 'status.ancestors']

const MOST_MESSAGE = 500

/** The verdict on an object of any other kind: a condition that says so, a phase, an error in its status. */
export function conditionVerdict({ object }: Pick<Snapshot, 'object'>): string | undefined {
  const conditions = [
    ...conditionsAt(object, 'status.conditions'),
    ...PLACES.flatMap((place) => listAt(object, place)).flatMap((each) => conditionsAt(each, 'conditions')),
  ]
  const bad =
    conditions.find((each) => isBad(each, SHOULD_BE_TRUE, 'False')) ??
    conditions.find((each) => isBad(each, SHOULD_BE_FALSE, 'True'))
  if (bad !== undefined)
    return `${bad.type} is ${bad.status}: ${clip(joined([bad.reason, bad.message], ': '), MOST_MESSAGE)}`
  return phase(object) ?? error(object)
}

const isBad = ({ type, status, reason = '' }: Condition, names: RegExp, value: string): boolean =>
  status === value && names.test(type) && !INTENDED.test(reason)

const PHASES = ['status.phase', 'status.state', 'status.health.status', 'status.health']

function phase(object: unknown): string | undefined {
  const path = PHASES.find((each) => BAD_PHASES.test(textAt(object, each) ?? ''))
  if (path === undefined) return undefined
  const message =
    textAt(object, 'status.message') ?? textAt(object, 'status.reason') ?? textAt(object, 'status.health.message')
  return joined([textAt(object, path), clip(message ?? '', MOST_MESSAGE)], ': ')
}

function error(object: unknown): string | undefined {
  const message = textAt(object, 'status.error.message') ?? textAt(object, 'status.error')
  return message === undefined ? undefined : `error: ${clip(message, MOST_MESSAGE)}`
}
