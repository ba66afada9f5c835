import { conditionOf, fieldsAt, numberAt, scalar, scalarAt } from '../read.ts'
import { quantity } from '../quantity.ts'
import type { Snapshot } from '../snapshot.ts'
import { joined, plural } from '../words.ts'

// ScalingDisabled: the target was scaled to zero by somebody, and the autoscaler leaves it there.
const INTENDED = ['ScalingDisabled']

/** The verdict on a HorizontalPodAutoscaler: it cannot scale, or wants to beyond its maximum. */
export function autoscalerVerdict({ object }: Snapshot): string | undefined {
  const broken = ['AbleToScale', 'ScalingActive']
    .map((type) => conditionOf(object, type))
    .find((each) => each?.status === 'False' && !INTENDED.includes(each.reason ?? ''))
  if (broken !== undefined) return `cannot scale: ${joined([broken.reason, broken.message], ': ')}`
  const limited = conditionOf(object, 'ScalingLimited')
  if (limited?.status !== 'True' || limited.reason !== 'TooManyReplicas') return undefined
  return `at its maximum of ${plural(numberAt(object, 'spec.maxReplicas') ?? 0, 'replica')}: ${limited.message ?? limited.reason}`
}

/** The verdict on a PodDisruptionBudget: no pod may be evicted, so a drain would wait. */
export function budgetVerdict({ object }: Snapshot): string | undefined {
  const condition = conditionOf(object, 'DisruptionAllowed')
  if (condition?.reason === 'SyncFailed') return `SyncFailed: ${condition.message ?? ''}`
  const expected = numberAt(object, 'status.expectedPods') ?? 0
  if (expected === 0 || numberAt(object, 'status.disruptionsAllowed') !== 0) return undefined
  const healthy = numberAt(object, 'status.currentHealthy') ?? 0
  const needed = numberAt(object, 'status.desiredHealthy') ?? 0
  return `0 disruptions allowed (${condition?.reason ?? 'InsufficientPods'}): ${healthy} of ${expected} pods healthy, ${needed} needed${rule(object)}; evictions and drains wait`
}

function rule(budget: unknown): string {
  const field = ['minAvailable', 'maxUnavailable'].find((each) => scalarAt(budget, `spec.${each}`) !== undefined)
  return field === undefined ? '' : ` (${field} ${scalarAt(budget, `spec.${field}`) ?? ''})`
}

/** The verdict on a ResourceQuota: what is used up. A limit of 0 forbids on purpose. */
export function quotaVerdict({ object }: Snapshot): string | undefined {
  const used = fieldsAt(object, 'status.used')
  const reached = Object.entries(fieldsAt(object, 'status.hard')).filter(([name, hard]) => isReached(used[name], hard))
  if (reached.length === 0) return undefined
  return `quota reached: ${joined(reached.map(([name, hard]) => `${name} ${scalar(used[name]) ?? ''} of ${scalar(hard) ?? ''}`))}`
}

function isReached(used: unknown, hard: unknown): boolean {
  const most = quantity(hard) ?? 0
  return most > 0 && (quantity(used) ?? 0) >= most
}
