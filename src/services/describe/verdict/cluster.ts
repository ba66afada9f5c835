import { age } from '../age.ts'
import { type Condition, conditionOf, conditionsAt } from '../read.ts'
import type { Snapshot } from '../snapshot.ts'
import { joined } from '../words.ts'

// A node's conditions name problems (True is bad), but for those that end like this.
const GOOD = /(?:Ready|Healthy|Available)$/

/** The verdict on a Node: not ready, or under pressure. A cordoned one is as it should be. */
export function nodeVerdict({ object, now }: Snapshot): string | undefined {
  const ready = conditionOf(object, 'Ready')
  const problems = conditionsAt(object, 'status.conditions').filter(
    ({ type, status }) => !GOOD.test(type) && status === 'True',
  )
  const lost =
    ready === undefined || ready.status === 'True'
      ? undefined
      : `not ready for ${age(now, ready.since)}: ${words(ready)}`
  return joined([lost, ...problems.map((problem) => `${problem.type}: ${words(problem)}`)], '; ') || undefined
}

const words = ({ reason, message }: Condition): string => joined([reason, message], ': ')

const DEFINITION: readonly (readonly [type: string, bad: string])[] = [
  ['NamesAccepted', 'False'],
  ['Established', 'False'],
  ['NonStructuralSchema', 'True'],
  ['KubernetesAPIApprovalPolicyConformant', 'False'],
]

/** The verdict on a CustomResourceDefinition: its kind is not served. */
export function definitionVerdict({ object }: Snapshot): string | undefined {
  const found = DEFINITION.map(([type, bad]) => ({ bad, condition: conditionOf(object, type) })).find(
    ({ bad, condition }) => condition?.status === bad,
  )
  return found?.condition === undefined
    ? undefined
    : `${found.condition.type} is ${found.bad}: ${words(found.condition)}`
}
