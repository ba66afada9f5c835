import type { KubeObject } from '../../kubernetes/types.ts'
import { kindKey } from './read.ts'

/** Everything a description is made of: gathered once, masked, then only read. */
export interface Snapshot {
  /** What is described. */
  object: KubeObject
  /** Owners, nearest first, as `Kind/name`: for a Pod its ReplicaSet, then the Deployment. */
  owners: readonly string[]
  /** What it owns, at any depth: Deployment -> ReplicaSets -> Pods, CronJob -> Jobs -> Pods, Service -> EndpointSlices. */
  owned: readonly KubeObject[]
  /**
   * What it is about without owning it: pods that a Service or a budget selects, pods that use a claim or run on a node,
   * the target of an autoscaler, the node of a pod, quotas of a namespace.
   */
  related: readonly KubeObject[]
  /** Events (core/v1 or events.k8s.io/v1) of the object, of what it owns and of what is related. */
  events: readonly KubeObject[]
  /** What was not gathered and why, one sentence each ("events: forbidden for this caller"). */
  limits: readonly string[]
  now: Date
}

/** Objects of one kind (`Pod`, `ReplicaSet.apps`) among some. */
export const ofKind = (objects: readonly KubeObject[], key: string): KubeObject[] =>
  objects.filter((each) => kindKey(each) === key)
