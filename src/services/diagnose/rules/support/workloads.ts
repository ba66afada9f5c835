import type { KubeObject } from '../../../../kubernetes/types.ts'
import { elapsed } from '../../../describe/age.ts'
import { countsOf } from '../../../describe/counts.ts'
import { isWell } from '../../../describe/pod-status.ts'
import { conditionOf, kindKey, textAt } from '../../../describe/read.ts'
import type { Facts } from '../../facts.ts'
import type { Severity } from '../../finding.ts'
import { oncePerFacts } from './once.ts'

/** Kinds of what makes pods. */
export const MAKERS: readonly string[] = [
  'Deployment.apps',
  'ReplicaSet.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'Job.batch',
  'CronJob.batch',
  'ReplicationController',
]

/** Name of what a pod belongs to, as causes say it: equal for all its pods, also where the owner was not read. */
export function nameOfWorkload(pod: KubeObject, facts: Facts): string {
  const workload = facts.workloadOf(pod)
  const owner = workload.metadata.ownerReferences?.find((each) => each.controller === true && each.kind !== 'Node')
  return owner?.name ?? workload.metadata.name
}

/** True where a condition of the object is `True`. */
export const isTrue = (object: KubeObject, type: string): boolean => conditionOf(object, type)?.status === 'True'

/** A Job that ended as it should. */
const isComplete = (job: KubeObject): boolean => isTrue(job, 'Complete') || isTrue(job, 'SuccessCriteriaMet')

/** Newest first, by creation. */
export const newestFirst = (one: KubeObject, other: KubeObject): number =>
  Date.parse(other.metadata.creationTimestamp ?? '') - Date.parse(one.metadata.creationTimestamp ?? '') || 0

const isOver = (job: KubeObject): boolean => isComplete(job) || isTrue(job, 'Failed')

/** A Job whose end matters no more: it completed, or a newer one of its CronJob has ended, well or not. */
export function isPastJob(job: KubeObject, facts: Facts): boolean {
  if (isComplete(job)) return true
  const cronJob = facts.ownerOf(job)
  if (cronJob === undefined) return false
  return facts.ownedBy(cronJob).some((other) => isOver(other) && newestFirst(other, job) < 0)
}

const EVICTED_LATELY = 60 * 60_000

// A pod that failed and was replaced is a record of what is over: its workload has what it should have. What evicted it lately may do
// so again to the next.
function isReplaced(pod: KubeObject, facts: Facts): boolean {
  const workload = facts.workloadOf(pod)
  if (textAt(pod, 'status.phase') !== 'Failed' || workload === pod || workload.kind.includes('Job')) return false
  const since = elapsed(facts.now, conditionOf(pod, 'Ready')?.since) ?? Infinity
  if (textAt(pod, 'status.reason') === 'Evicted' && since < EVICTED_LATELY) return false
  const { ready, desired } = countsOf(workload)
  return ready >= desired
}

const judged = oncePerFacts(() => new WeakMap<KubeObject, boolean>())

/** True for a pod whose state says something: not one that is well, goes, ended well, was replaced, or is of a Job that is over. */
export function isJudged(pod: KubeObject, facts: Facts): boolean {
  const known = judged(facts).get(pod) ?? mayBeInTrouble(pod, facts)
  judged(facts).set(pod, known)
  return known
}

function mayBeInTrouble(pod: KubeObject, facts: Facts): boolean {
  if (pod.metadata.deletionTimestamp !== undefined || isWell(pod)) return false
  const owner = facts.ownerOf(pod)
  const over = owner !== undefined && kindKey(owner) === 'Job.batch' && isPastJob(owner, facts)
  return !over && !isReplaced(pod, facts)
}

/** The severity of a pod's trouble where other pods of its workload are ready: it works in part. Nothing where none is. */
export function inPart(pod: KubeObject, facts: Facts): { severity?: Severity } {
  const workload = facts.workloadOf(pod)
  return workload !== pod && !workload.kind.includes('Job') && countsOf(workload).ready > 0
    ? { severity: 'warning' }
    : {}
}
