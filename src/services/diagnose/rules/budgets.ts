import type { KubeObject } from '../../../kubernetes/types.ts'
import { quantity } from '../../describe/quantity.ts'
import { at, conditionOf, fieldsAt, numberAt, scalar, scalarAt } from '../../describe/read.ts'
import { joined, plural } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { called } from '../../changes/targets.ts'
import { fieldProof, proofs } from './support/proof.ts'
import { advice, describeStep } from './support/steps.ts'

/** `minAvailable 2`. */
function demand(budget: KubeObject): string {
  const field = ['minAvailable', 'maxUnavailable'].find((each) => scalarAt(budget, `spec.${each}`) !== undefined)
  return field === undefined ? 'the budget' : `${field} ${scalarAt(budget, `spec.${field}`) ?? ''}`
}

function blocking(budget: KubeObject, facts: Facts): Verdict | undefined {
  const expected = numberAt(budget, 'status.expectedPods') ?? 0
  if (expected === 0 || numberAt(budget, 'status.disruptionsAllowed') !== 0) return undefined
  const healthy = numberAt(budget, 'status.currentHealthy') ?? 0
  const needed = numberAt(budget, 'status.desiredHealthy') ?? 0
  const isBroken = healthy < needed
  const numbers = `${healthy} of ${plural(expected, 'pod')} healthy, ${needed} needed`
  return {
    cause: `${called(budget)} lets no pod be evicted, so that a drain would wait for ever: ${demand(budget)} with ${numbers}`,
    evidence: [fieldProof(budget, 'status.disruptionsAllowed', `0 (${numbers})`)],
    next: [
      advice(
        isBroken
          ? 'Get the pods healthy: the budget then lets go by itself.'
          : 'Run one replica more than the budget demands, or demand less (maxUnavailable: 1).',
      ),
      describeStep('See the budget and its pods.', budget),
    ],
    since: conditionOf(budget, 'DisruptionAllowed')?.since,
    ...(isBroken ? { because: facts.podsSelected(budget, at(budget, 'spec.selector')) } : {}),
  }
}

function unsynced(budget: KubeObject): Verdict | undefined {
  const condition = conditionOf(budget, 'DisruptionAllowed')
  if (condition?.reason !== 'SyncFailed') return undefined
  return {
    cause: `${called(budget)} cannot be computed, and so no pod of it can be evicted: ${condition.message ?? ''}`,
    evidence: [fieldProof(budget, 'status.conditions[DisruptionAllowed]', condition.message ?? '')],
    next: [
      advice(
        'A budget with maxUnavailable or a percentage works only for pods of a workload with a scale: use minAvailable with a number.',
      ),
      describeStep('See the budget and its pods.', budget),
    ],
    since: condition.since,
  }
}

/** A quota that is used up. A limit of 0 forbids on purpose. */
function usedUp(quota: KubeObject, facts: Facts): Verdict | undefined {
  const used = fieldsAt(quota, 'status.used')
  const reached = Object.entries(fieldsAt(quota, 'status.hard')).filter(([name, hard]) => {
    const most = quantity(hard) ?? 0
    return most > 0 && (quantity(used[name]) ?? 0) >= most
  })
  if (reached.length === 0) return undefined
  const text = joined(reached.map(([name, hard]) => `${name} ${scalar(used[name]) ?? ''} of ${scalar(hard) ?? ''}`))
  return {
    cause: `${called(quota)} is used up (${text}): what asks for more is refused`,
    evidence: proofs(fieldProof(quota, 'status.used', text)),
    next: [
      advice('Raise the quota, or free some: delete or scale what is not needed.'),
      describeStep('See the quota.', quota),
    ],
    // Where somebody is refused for it, that finding says more.
    because: facts
      .all('ReplicaSet.apps')
      .filter((each) => isRefused(each, quota))
      .map((each) => facts.workloadOf(each)),
  }
}

const isRefused = (owner: KubeObject, quota: KubeObject): boolean =>
  owner.metadata.namespace === quota.metadata.namespace &&
  (conditionOf(owner, 'ReplicaFailure')?.message ?? '').includes(`exceeded quota: ${quota.metadata.name}`)

const BUDGET = ['PodDisruptionBudget.policy']

/** Budgets and quotas. */
export const budgetRules: readonly Rule[] = [
  defineRule({
    id: 'eviction-blocked',
    title: 'Budget lets no pod be evicted',
    severity: 'warning',
    looksAt: BUDGET,
    judge: blocking,
  }),
  defineRule({
    id: 'eviction-blocked',
    title: 'Budget cannot be computed',
    severity: 'warning',
    looksAt: BUDGET,
    judge: unsynced,
  }),
  defineRule({
    id: 'quota-exceeded',
    title: 'Quota is used up',
    severity: 'info',
    looksAt: ['ResourceQuota'],
    judge: usedUp,
  }),
]
