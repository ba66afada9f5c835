import type { KubeObject } from '../../../kubernetes/types.ts'
import type { Facts } from '../facts.ts'
import type { Rule, Verdict } from '../rule.ts'
import { commandRules } from './commands.ts'
import { configRules } from './config.ts'
import { crashRules } from './crashes.ts'
import { imageRules } from './images.ts'
import { podRules } from './pods.ts'
import { probeRules } from './probes.ts'
import { schedulingRules } from './scheduling.ts'
import { unreadyPodRules } from './unready-pods.ts'
import { volumeRules } from './volumes.ts'

/** Every rule about pods and their containers. */
export const everyPodRule: readonly Rule[] = [
  ...schedulingRules,
  ...volumeRules,
  ...imageRules,
  ...configRules,
  ...commandRules,
  ...crashRules,
  ...probeRules,
  ...podRules,
  ...unreadyPodRules,
]

// More of one workload say nothing new.
const ENOUGH = 100

/** What is wrong with some pods: what most of them say first. */
export function troublesOf(pods: readonly KubeObject[], facts: Facts): Verdict[] {
  const all = pods.slice(0, ENOUGH).flatMap((pod) => everyPodRule.flatMap((rule) => rule.judge(pod, facts) ?? []))
  const groups = [...Map.groupBy(all, ({ cause }) => cause).values()].toSorted(
    (one, other) => other.length - one.length,
  )
  return groups.flatMap((group) => group.slice(0, 1))
}
