import type { KubeObject } from '../../../kubernetes/types.ts'
import { called } from '../../changes/targets.ts'
import { type Condition, conditionOf, conditionsAt, listAt, textAt } from '../../describe/read.ts'
import { clip, joined } from '../../describe/words.ts'
import type { Proof } from '../finding.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { fieldProof } from './support/proof.ts'
import { advice, describeStep, listStep } from './support/steps.ts'

const MOST_MESSAGE = 500

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
const PHASES = ['status.phase', 'status.state', 'status.health.status', 'status.health']

/** What an object says against itself: where, and in which words. */
interface Complaint {
  path: string
  text: string
  since?: string | undefined
}

function byCondition(object: KubeObject): Complaint | undefined {
  const conditions = ['status', ...PLACES].flatMap((place) => conditionsIn(object, place))
  const bad =
    conditions.find(({ condition }) => isBad(condition, SHOULD_BE_TRUE, 'False')) ??
    conditions.find(({ condition }) => isBad(condition, SHOULD_BE_FALSE, 'True'))
  return bad && { path: bad.path, text: stateText(bad.condition), since: bad.condition.since }
}

function conditionsIn(object: KubeObject, place: string): { path: string; condition: Condition }[] {
  const holders = place === 'status' ? [object['status']] : listAt(object, place)
  return holders
    .flatMap((holder) => conditionsAt(holder, 'conditions'))
    .map((condition) => ({ path: `${place}.conditions[${condition.type}]`, condition }))
}

const isBad = ({ type, status, reason = '' }: Condition, names: RegExp, value: string): boolean =>
  status === value && names.test(type) && !INTENDED.test(reason)

const stateText = ({ type, status, reason, message }: Condition): string =>
  joined([`${type} is ${status}`, joined([reason, message], ': ') || 'it does not say why'], ': ')

function byPhase(object: KubeObject): Complaint | undefined {
  const path = PHASES.find((each) => BAD_PHASES.test(textAt(object, each) ?? ''))
  const message = ['status.message', 'status.reason', 'status.health.message']
    .map((each) => textAt(object, each))
    .find((each) => each !== undefined)
  return path === undefined ? undefined : { path, text: joined([textAt(object, path), message], ': ') }
}

function byError(object: KubeObject): Complaint | undefined {
  const path = ['status.error.message', 'status.error'].find((each) => textAt(object, each) !== undefined)
  return path === undefined ? undefined : { path, text: `error: ${textAt(object, path) ?? ''}` }
}

/** An object of a kind that no rule knows says itself that it is not well: by a condition, its phase, or an error in its status. */
function unwell(object: KubeObject): Verdict | undefined {
  if (object.metadata.deletionTimestamp !== undefined) return undefined
  const complaint = byCondition(object) ?? byPhase(object) ?? byError(object)
  if (complaint === undefined) return undefined
  return {
    cause: `${called(object)} says that it is not well: ${clip(complaint.text, MOST_MESSAGE)}`,
    evidence: [fieldProof(object, complaint.path, complaint.text)],
    next: [
      advice('Do what its message asks; where that says too little, the log of the controller of this kind says more.'),
      describeStep('See its specification, conditions and events.', object),
    ],
    since: complaint.since,
  }
}

// What a CustomResourceDefinition says of itself, and which status of it is bad.
const DEFINITION: readonly (readonly [type: string, bad: string])[] = [
  ['NamesAccepted', 'False'],
  ['Established', 'False'],
  ['NonStructuralSchema', 'True'],
  ['KubernetesAPIApprovalPolicyConformant', 'False'],
]

/** A definition that the API server does not take: objects of its kind cannot be made or read, or not as it says. */
function refusedDefinition(definition: KubeObject): Verdict | undefined {
  const condition = DEFINITION.map(([type, bad]) => ({ bad, found: conditionOf(definition, type) })).find(
    ({ bad, found }) => found?.status === bad,
  )?.found
  if (condition === undefined) return undefined
  return {
    cause: `${called(definition)} is not in order: ${clip(stateText(condition), MOST_MESSAGE)}`,
    evidence: [definitionProof(definition, condition)],
    next: [
      advice(
        'Correct the definition: names that are taken have to be others, a schema has to give every field a type.',
      ),
      listStep('See which definitions there are.', 'CustomResourceDefinition'),
    ],
    since: condition.since,
  }
}

const definitionProof = (definition: KubeObject, condition: Condition): Proof =>
  fieldProof(definition, `status.conditions[${condition.type}]`, stateText(condition))

/** What objects say of themselves that no other rule knows. */
export const conditionRules: readonly Rule[] = [
  defineRule({
    id: 'resource-not-ready',
    title: 'Object says that it is not well',
    severity: 'warning',
    looksAt: 'other kinds',
    judge: unwell,
  }),
  defineRule({
    id: 'kind-unknown',
    title: 'Definition is not served',
    severity: 'critical',
    looksAt: ['CustomResourceDefinition.apiextensions.k8s.io'],
    judge: refusedDefinition,
  }),
]
