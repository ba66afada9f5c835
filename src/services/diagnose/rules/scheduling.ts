import { elapsed } from '../../describe/age.ts'
import { conditionOf, listAt, textAt } from '../../describe/read.ts'
import { joined, plural } from '../../describe/words.ts'
import type { NextStep, Proof } from '../finding.ts'
import type { Rule, Verdict } from '../rule.ts'
import { definePodRule, type PodView } from './support/pods.ts'
import { eventProof, fieldProof, proofs } from './support/proof.ts'
import { namesOf, nearest } from './support/references.ts'
import { refusalsOf, type Told } from './support/refusals.ts'
import { advice, getStep, listStep } from './support/steps.ts'
import { nameOfWorkload } from './support/workloads.ts'

function placementVerdict(view: PodView, id: string): Verdict | undefined {
  const [first, ...others] = refusalsOf(view)
  if (first === undefined || first.reason.id !== id) return undefined
  const rest = others.map((told) => sentence(view, told))
  return {
    cause: `no node takes ${nameOfWorkload(view.pod, view.facts)}: ${joined([sentence(view, first), ...rest], '; ')}`,
    evidence: evidenceOf(view),
    next: stepsOf(view, first),
    since: conditionOf(view.pod, 'PodScheduled')?.since ?? view.pod.metadata.creationTimestamp,
  }
}

function sentence(view: PodView, { reason, refusal }: Told): string {
  const text = reason.tell(view, refusal)
  const all = view.facts.all('Node').length
  return refusal.nodes === 0 || refusal.nodes === all ? text : `on ${plural(refusal.nodes, 'node')}: ${text}`
}

function evidenceOf({ pod, events }: PodView): Proof[] {
  const event = events.find(({ reason }) => reason === 'FailedScheduling')
  const condition = conditionOf(pod, 'PodScheduled')
  return proofs(
    fieldProof(pod, 'status.conditions[PodScheduled]', condition?.message ?? ''),
    event && event.message !== condition?.message ? eventProof(pod, event) : undefined,
  )
}

const STEPS: Readonly<Record<string, string>> = {
  'claim-missing': 'Create the claim, or correct claimName in the volume.',
  'claim-unbound': 'See why the claim is not bound.',
  'node-selector-unmatched': 'Correct what the pod demands, or label a node for it.',
  'insufficient-resources': 'Ask for less, or add a node; a pod that needs what no node has never starts.',
  'taint-not-tolerated': 'Add a toleration where the pod may run there, uncordon a node, or add one.',
}

function stepsOf({ pod }: PodView, { reason }: Told): NextStep[] {
  const { namespace } = pod.metadata
  const look = reason.id.startsWith('claim')
    ? listStep('See the claims of the namespace.', 'PersistentVolumeClaim', namespace)
    : { text: 'See the nodes.', operation: 'infra.k8s.nodes.listNodes', arguments: {} }
  return [advice(STEPS[reason.id] ?? ''), look]
}

const PATIENCE = 60_000

// A pod that no scheduler looks at has no condition that says so.
function unseenVerdict({ pod, facts }: PodView): Verdict | undefined {
  const waited = elapsed(facts.now, pod.metadata.creationTimestamp) ?? 0
  if (textAt(pod, 'spec.nodeName') !== undefined || textAt(pod, 'status.phase') !== 'Pending' || waited < PATIENCE)
    return undefined
  const condition = conditionOf(pod, 'PodScheduled')
  const gates = listAt(pod, 'spec.schedulingGates').map((gate) => textAt(gate, 'name') ?? '')
  if (condition !== undefined && condition.reason !== 'SchedulingGated') return undefined
  const scheduler = textAt(pod, 'spec.schedulerName') ?? 'default-scheduler'
  const name = nameOfWorkload(pod, facts)
  return {
    cause:
      gates.length > 0
        ? `${name} is not placed: its scheduling gate ${gates.join(', ')} is not lifted`
        : `${name} is not placed: no scheduler called ${scheduler} has looked at it`,
    evidence: [
      fieldProof(pod, gates.length > 0 ? 'spec.schedulingGates' : 'spec.schedulerName', gates.join(', ') || scheduler),
    ],
    next: [getStep('See who is to place it.', pod, 'spec.schedulerName,spec.schedulingGates')],
    since: pod.metadata.creationTimestamp,
    ...(gates.length > 0 ? { severity: 'info' } : {}),
  }
}

// Whoever writes nodeName goes past the scheduler, which would have refused.
function lostVerdict({ pod, facts }: PodView): Verdict | undefined {
  const name = textAt(pod, 'spec.nodeName')
  if (name === undefined || textAt(pod, 'status.phase') !== 'Pending' || !facts.knows('Node')) return undefined
  if (facts.find('Node', undefined, name) !== undefined) return undefined
  return {
    cause: `${nameOfWorkload(pod, facts)} is bound to node ${name}, which does not exist${nearest(name, namesOf('Node', undefined, facts))}`,
    evidence: [fieldProof(pod, 'spec.nodeName', name)],
    next: [advice('Take nodeName out of its specification, so that the scheduler chooses.')],
    since: pod.metadata.creationTimestamp,
  }
}

const definePlacementRule = (id: string, title: string): Rule =>
  definePodRule({ id, title, severity: 'critical', judge: (view) => placementVerdict(view, id) })

/** Pods that come to no node. */
export const schedulingRules: readonly Rule[] = [
  definePlacementRule('claim-missing', 'Claim not found'),
  definePlacementRule('claim-unbound', 'Pod waits for an unbound claim'),
  definePlacementRule('node-selector-unmatched', 'No node is as the pod demands'),
  definePlacementRule('insufficient-resources', 'No node has enough room'),
  definePlacementRule('taint-not-tolerated', 'Taint not tolerated'),
  definePodRule({
    id: 'pod-unscheduled',
    title: 'No scheduler looks at the pod',
    severity: 'critical',
    judge: unseenVerdict,
  }),
  definePodRule({
    id: 'pod-unscheduled',
    title: 'Node of the pod does not exist',
    severity: 'critical',
    judge: lostVerdict,
  }),
]
