import type { KubeObject } from '../../../kubernetes/types.ts'
import { plural } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { type Refused, refusedOf } from './support/creation.ts'
import { fieldProof, proofs, eventProof } from './support/proof.ts'
import { type Answer, answerTo } from './support/refusal-words.ts'
import { MAKERS } from './support/workloads.ts'
import { countsOf } from '../../describe/counts.ts'

function creationVerdict(workload: KubeObject, facts: Facts, id: string): Verdict | undefined {
  // What a workload owns is judged with it: the same is said of the ReplicaSet that was refused.
  const top = facts.workloadOf(workload)
  const refused = top.metadata.deletionTimestamp === undefined ? refusedOf(top, facts) : undefined
  if (refused === undefined || (workload !== top && workload !== refused.maker)) return undefined
  const answer = answerTo(refused.message, { workload: top, facts })
  return answer.id === id ? verdict(top, refused, answer, facts) : undefined
}

const verdict = (workload: KubeObject, refused: Refused, { text, next }: Answer, facts: Facts): Verdict => ({
  cause: `${wantingText(refused.maker)} of ${workload.metadata.name} cannot be created: ${text}`,
  evidence: proofs(
    refused.condition &&
      fieldProof(refused.maker, 'status.conditions[ReplicaFailure]', refused.condition.message ?? ''),
    refused.event && eventProof(refused.maker, refused.event),
  ),
  next,
  since: refused.condition?.since ?? refused.event?.first,
  ...(readyOf(workload, facts) > 0 ? { severity: 'warning' } : {}),
})

const readyOf = (workload: KubeObject, facts: Facts): number =>
  workload.kind === 'CronJob'
    ? facts.ownedBy(workload).filter((job) => countsOf(job).ready > 0).length
    : countsOf(workload).ready

function wantingText(maker: KubeObject): string {
  const { existing, desired } = countsOf(maker)
  return `${Math.max(1, desired - existing)} of ${plural(desired, 'pod')}`
}

const defineCreationRule = (id: string, title: string): Rule =>
  defineRule({
    id,
    title,
    severity: 'critical',
    looksAt: MAKERS,
    judge: (workload, facts) => creationVerdict(workload, facts, id),
  })

/** Workloads whose pods the API server refuses. */
export const creationRules: readonly Rule[] = [
  defineCreationRule('quota-exceeded', 'Quota refuses pods'),
  defineCreationRule('pod-security', 'Pod Security refuses pods'),
  defineCreationRule('service-account-missing', 'Service account not found'),
  defineCreationRule('limit-range-refused', 'LimitRange refuses pods'),
  defineCreationRule('webhook-failing', 'Admission refuses pods'),
  defineCreationRule('namespace-terminating', 'Namespace is being deleted'),
  defineCreationRule('rbac-forbidden', 'Controller may not create pods'),
  defineCreationRule('invalid-value', 'Pods of the template are not valid'),
]
