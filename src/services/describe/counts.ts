import type { KubeObject } from '../../kubernetes/types.ts'
import { numberAt } from './read.ts'

/** How many pods a workload should have, has, and has ready. */
export interface Counts {
  desired: number
  existing: number
  ready: number
}

type Counter = (workload: KubeObject) => Counts

const replicas: Counter = (workload) => ({
  desired: numberAt(workload, 'spec.replicas') ?? 1,
  existing: numberAt(workload, 'status.replicas') ?? 0,
  ready: numberAt(workload, 'status.readyReplicas') ?? 0,
})

const COUNTERS: Readonly<Record<string, Counter>> = {
  DaemonSet: (workload) => ({
    desired: numberAt(workload, 'status.desiredNumberScheduled') ?? 0,
    existing: numberAt(workload, 'status.currentNumberScheduled') ?? 0,
    ready: numberAt(workload, 'status.numberReady') ?? 0,
  }),
  Job: (job) => ({
    desired: numberAt(job, 'spec.parallelism') ?? 1,
    existing: numberAt(job, 'status.active') ?? 0,
    ready: numberAt(job, 'status.ready') ?? 0,
  }),
}

/** Pods of a Deployment, ReplicaSet, StatefulSet, ReplicationController, DaemonSet or Job. */
export const countsOf = (workload: KubeObject): Counts => (COUNTERS[workload.kind] ?? replicas)(workload)
