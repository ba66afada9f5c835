import type { KubeObject } from '../../../kubernetes/types.ts'
import { elapsed } from '../../describe/age.ts'
import { at, conditionOf, numberAt } from '../../describe/read.ts'
import { joined, plural } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { troublesOf } from './every-pod.ts'
import { refusedOf } from './support/creation.ts'
import { fieldProof, proofs } from './support/proof.ts'
import { advice, describeStep, undoStep } from './support/steps.ts'
import { countsOf } from '../../describe/counts.ts'
import { newestFirst } from './support/workloads.ts'

const REVISION = 'deployment.kubernetes.io/revision'
// Controllers act within a second; where none does for a minute none runs.
const CONTROLLER = 60_000
const SLOW = 10 * 60_000

const revisionOf = ({ metadata }: KubeObject): number => Number(metadata.annotations?.[REVISION] ?? 0)

/** The ReplicaSets of a Deployment: that of its template, and those before that still have pods. */
function setsOf(deployment: KubeObject, facts: Facts) {
  const sets = facts
    .ownedBy(deployment)
    .filter(({ kind }) => kind === 'ReplicaSet')
    .toSorted((one, other) => revisionOf(other) - revisionOf(one) || newestFirst(one, other))
  const [newest, ...others] = sets
  return { newest, old: others.filter((set) => (numberAt(set, 'status.replicas') ?? 0) > 0) }
}

/** A rollout that does not come on: past its deadline, or its new pods are in trouble while those before still run. */
function rolloutVerdict(deployment: KubeObject, facts: Facts): Verdict | undefined {
  if (at(deployment, 'spec.paused') === true || countsOf(deployment).desired === 0) return undefined
  const { newest, old } = setsOf(deployment, facts)
  const late = conditionOf(deployment, 'Progressing')?.reason === 'ProgressDeadlineExceeded'
  // Pods that could not even be created are told of by the rules about creation.
  if (newest === undefined || (!late && old.length === 0) || refusedOf(deployment, facts) !== undefined)
    return undefined
  const [trouble] = troublesOf(facts.podsOf(newest), facts)
  return trouble === undefined && !late ? undefined : stuck({ deployment, newest, old, late, facts }, trouble)
}

interface Rollout {
  deployment: KubeObject
  newest: KubeObject
  old: readonly KubeObject[]
  late: boolean
  facts: Facts
}

function stuck(rollout: Rollout, trouble: Verdict | undefined): Verdict {
  const { deployment, newest, old } = rollout
  const condition = conditionOf(deployment, 'Progressing')
  return {
    cause: joined(
      [`the rollout of ${calledOf(newest, deployment)} is stuck: ${whyText(rollout, trouble)}`, oldText(old)],
      '; ',
    ),
    evidence: proofs(
      fieldProof(deployment, 'status.conditions[Progressing]', joined([condition?.reason, condition?.message], ': ')),
      trouble?.evidence,
    ),
    next: [
      ...(trouble?.next ?? [describeStep('See the deployment, its pods and events.', deployment)]),
      ...(old.length > 0 ? [undoStep(deployment)] : []),
    ],
    since: trouble?.since ?? condition?.since,
    explains: [newest],
    ...(countsOf(deployment).ready > 0 ? { severity: 'warning' } : {}),
  }
}

function calledOf(set: KubeObject, { metadata }: KubeObject): string {
  const revision = revisionOf(set)
  return revision === 0 ? metadata.name : `${metadata.name} to revision ${revision}`
}

function whyText({ deployment, newest, late }: Rollout, trouble: Verdict | undefined): string {
  const { ready, desired } = countsOf(newest)
  const deadline = numberAt(deployment, 'spec.progressDeadlineSeconds') ?? 600
  const why = trouble?.cause ?? `${ready} of ${desired} new pods are ready, and nothing that was read says why`
  return late ? `${why} (its deadline of ${deadline} s has passed)` : why
}

function oldText(old: readonly KubeObject[]): string {
  if (old.length === 0) return 'no pod of a revision before is left'
  const told = old.map((set) => {
    const { ready, existing } = countsOf(set)
    return `${ready} of ${plural(existing, 'pod')} of revision ${revisionOf(set) || set.metadata.name}`
  })
  return `ready from before: ${told.join(', ')}`
}

// Every controller of workloads notes the generation it has seen.
function unattended(workload: KubeObject, facts: Facts): Verdict | undefined {
  const waited = elapsed(facts.now, workload.metadata.creationTimestamp) ?? 0
  if (numberAt(workload, 'status.observedGeneration') !== undefined || waited < CONTROLLER) return undefined
  return {
    cause: `no controller has acted on ${workload.kind} ${workload.metadata.name} since it was created`,
    evidence: [fieldProof(workload, 'status.observedGeneration', 'missing')],
    next: [advice('See whether the controller manager of the cluster runs.')],
    since: workload.metadata.creationTimestamp,
  }
}

/** Since when a workload is known to lack pods. Of those without a condition that says so, only of one none of whose pods could be read. */
function lackingSince(workload: KubeObject, facts: Facts): string | undefined {
  const available = conditionOf(workload, 'Available')
  if (available !== undefined) return available.status === 'False' ? available.since : undefined
  const isSeen = numberAt(workload, 'status.observedGeneration') === (workload.metadata.generation ?? 1)
  return isSeen && facts.podsOf(workload).length === 0 ? workload.metadata.creationTimestamp : undefined
}

/** Pods are missing or not ready for long, and no rule knows why. */
function unexplained(workload: KubeObject, facts: Facts): Verdict | undefined {
  const { desired, ready, existing } = countsOf(workload)
  const since = lackingSince(workload, facts)
  if (ready >= desired || (elapsed(facts.now, since) ?? 0) < SLOW || refusedOf(workload, facts) !== undefined)
    return undefined
  if (troublesOf(facts.podsOf(workload), facts).length > 0) return undefined
  const available = conditionOf(workload, 'Available')?.message
  return {
    cause: `${ready} of ${desired} pods of ${workload.metadata.name} are ready (${existing} exist), and nothing that was read says why`,
    evidence: [
      available === undefined
        ? fieldProof(workload, 'status', `${ready} of ${desired} ready`)
        : fieldProof(workload, 'status.conditions[Available]', available),
    ],
    next: [describeStep('See it, its pods and events.', workload)],
    since,
    severity: 'warning',
  }
}

// Made by hand, or left behind when its Deployment was deleted without its pods: nothing rolls it out or takes it away.
function orphan(set: KubeObject): Verdict | undefined {
  const owned = set.metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false
  const { desired } = countsOf(set)
  if (owned || desired === 0 || set.metadata.labels?.['pod-template-hash'] === undefined) return undefined
  return {
    cause: `ReplicaSet ${set.metadata.name} is of a Deployment that no longer owns it: it keeps ${plural(desired, 'pod')} running, and nothing updates it or takes it away`,
    evidence: [fieldProof(set, 'metadata.ownerReferences', 'none is its controller')],
    next: [describeStep('See what it runs; delete it where nobody needs it.', set)],
    since: set.metadata.creationTimestamp,
  }
}

// What a Deployment or another controller owns is judged with it.
const OTHERS = ['ReplicaSet.apps', 'StatefulSet.apps', 'DaemonSet.apps', 'ReplicationController']
const ATTENDED = ['Deployment.apps', ...OTHERS]

/** Workloads that do not come to what they are to be. */
export const rolloutRules: readonly Rule[] = [
  defineRule({
    id: 'rollout-stuck',
    title: 'Rollout is stuck',
    severity: 'critical',
    looksAt: ['Deployment.apps'],
    judge: (deployment, facts) => rolloutVerdict(deployment, facts) ?? unexplained(deployment, facts),
  }),
  defineRule({
    id: 'rollout-stuck',
    title: 'Pods are missing and nothing says why',
    severity: 'warning',
    looksAt: OTHERS,
    judge: (workload, facts) => (facts.ownerOf(workload) === undefined ? unexplained(workload, facts) : undefined),
  }),
  defineRule({
    id: 'rollout-stuck',
    title: 'No controller acts',
    severity: 'critical',
    looksAt: ATTENDED,
    judge: (workload, facts) =>
      workload.metadata.deletionTimestamp === undefined ? unattended(workload, facts) : undefined,
  }),
  defineRule({
    id: 'replicaset-orphaned',
    title: 'ReplicaSet owned by nothing',
    severity: 'info',
    looksAt: ['ReplicaSet.apps'],
    judge: orphan,
  }),
]
