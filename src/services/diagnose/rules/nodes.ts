import type { KubeObject } from '../../../kubernetes/types.ts'
import { age, elapsed } from '../../describe/age.ts'
import { at, type Condition, conditionOf, conditionsAt, listAt, textAt } from '../../describe/read.ts'
import { clip, joined, plural } from '../../describe/words.ts'
import { podsOn } from '../family.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { called } from '../../changes/targets.ts'
import { fieldProof } from './support/proof.ts'
import { advice, describeStep } from './support/steps.ts'

const MOST_MESSAGE = 300
/** A node that joins takes this long to become ready. */
const JOINING = 120_000
/** Whoever cordons for work on a node is done in a day. */
const FORGOTTEN = 24 * 3_600_000

const words = ({ reason, message }: Condition): string => clip(joined([reason, message], ': '), MOST_MESSAGE)

function notReady(node: KubeObject, facts: Facts): Verdict | undefined {
  const ready = conditionOf(node, 'Ready')
  if (ready?.status === 'True') return undefined
  if ((elapsed(facts.now, node.metadata.creationTimestamp) ?? Infinity) < JOINING) return undefined
  const pods = podsOn(node, facts)
  const since = ready?.since ?? node.metadata.creationTimestamp
  const isSilent = ready?.status === 'Unknown'
  const why = ready === undefined ? 'its kubelet never reported' : words(ready)
  return {
    cause: `${called(node)} is not ready for ${age(facts.now, since)}, with ${plural(pods.length, 'pod')} on it: ${why}`,
    evidence: [fieldProof(node, 'status.conditions[Ready]', `${ready?.status ?? 'none'}: ${why}`)],
    next: [
      advice(
        isSilent
          ? 'See whether the machine runs and reaches the API server; its kubelet says nothing any more.'
          : 'The kubelet runs and says why: repair the container runtime or the network plugin it names.',
      ),
      describeStep('See the node, its conditions and pods.', node),
    ],
    since,
    explains: pods,
  }
}

// True is bad; what ends like this is good, and NetworkUnavailable has a cause of its own.
const GOOD = /(?:Ready|Healthy|Available)$/

function underPressure(node: KubeObject, facts: Facts): Verdict[] {
  return conditionsAt(node, 'status.conditions')
    .filter(({ type, status }) => status === 'True' && !GOOD.test(type))
    .map((condition) => ({
      cause: `${called(node)} reports ${condition.type}: ${words(condition)}`,
      evidence: [fieldProof(node, `status.conditions[${condition.type}]`, words(condition))],
      next: [
        advice(
          `${condition.type} makes the kubelet evict pods and keeps new ones away: free what is short, or move pods elsewhere.`,
        ),
        describeStep('See the node and what runs on it.', node),
      ],
      since: condition.since,
      explains: podsOn(node, facts).filter((pod) => textAt(pod, 'status.reason') === 'Evicted'),
    }))
}

function cordoned(node: KubeObject, facts: Facts): Verdict | undefined {
  if (at(node, 'spec.unschedulable') !== true) return undefined
  const taint = listAt(node, 'spec.taints').find((each) => each['key'] === 'node.kubernetes.io/unschedulable')
  const since = textAt(taint, 'timeAdded')
  if ((elapsed(facts.now, since) ?? 0) < FORGOTTEN) return undefined
  return {
    cause: `${called(node)} has been cordoned for ${age(facts.now, since)}: no new pod goes there`,
    evidence: [fieldProof(node, 'spec.unschedulable', 'true')],
    next: [
      {
        text: 'Uncordon it, if nobody works on it any more.',
        operation: 'infra.k8s.nodes.cordonNode',
        arguments: { name: node.metadata.name, cordon: false },
      },
    ],
    since,
  }
}

/** Nodes. */
export const nodeRules: readonly Rule[] = [
  defineRule({
    id: 'node-not-ready',
    title: 'Node is not ready',
    severity: 'critical',
    looksAt: ['Node'],
    over: ['node-pressure'],
    judge: notReady,
  }),
  defineRule({
    id: 'node-pressure',
    title: 'Node is short of something',
    severity: 'warning',
    looksAt: ['Node'],
    judge: underPressure,
  }),
  defineRule({
    id: 'node-cordoned',
    title: 'Node was left cordoned',
    severity: 'info',
    looksAt: ['Node'],
    judge: cordoned,
  }),
]
