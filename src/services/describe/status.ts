import type { KubeObject } from '../../kubernetes/types.ts'
import { age } from './age.ts'
import { printedPod, restartsText } from './pod-status.ts'
import { at, conditionOf, conditionsAt, fieldsAt, kindKey, listAt, numberAt, scalar, textAt } from './read.ts'
import { metricsText } from './sections/policies.ts'
import { ofKind, type Snapshot } from './snapshot.ts'
import { endpointsOf, isReady } from './endpoints.ts'
import { countsOf } from './counts.ts'
import { clip, joined, oneLine, plural } from './words.ts'

type Status = (snapshot: Snapshot) => string

const MOST_STATUS = 240

// The state of an object of each kind in one line, whether anything is wrong with it or not.
const STATUSES: Readonly<Record<string, Status>> = {
  Pod: podLine,
  ReplicationController: replicasLine,
  'Deployment.apps': replicasLine,
  'ReplicaSet.apps': replicasLine,
  'StatefulSet.apps': replicasLine,
  'DaemonSet.apps': replicasLine,
  'Job.batch': jobLine,
  'CronJob.batch': cronJobLine,
  Service: serviceLine,
  'EndpointSlice.discovery.k8s.io': ({ object }) => endpointsLine([object]),
  'Ingress.networking.k8s.io': ({ object }) =>
    joined(listAt(object, 'spec.rules').map((rule) => textAt(rule, 'host') ?? '*')) || 'default backend only',
  PersistentVolumeClaim: ({ object }) =>
    joined([
      textAt(object, 'status.phase'),
      textAt(object, 'spec.volumeName'),
      textAt(object, 'status.capacity.storage'),
    ]),
  PersistentVolume: ({ object }) =>
    joined([
      textAt(object, 'status.phase'),
      textAt(object, 'spec.claimRef.name'),
      textAt(object, 'spec.capacity.storage'),
    ]),
  'HorizontalPodAutoscaler.autoscaling': ({ object }) =>
    `${plural(numberAt(object, 'status.currentReplicas') ?? 0, 'replica')}, ${metricsText(object)}`,
  'PodDisruptionBudget.policy': ({ object }) =>
    `${plural(numberAt(object, 'status.disruptionsAllowed') ?? 0, 'disruption')} allowed`,
  ResourceQuota: quotaLine,
  Node: nodeLine,
  Namespace: ({ object }) => textAt(object, 'status.phase') ?? '',
  ConfigMap: ({ object }) =>
    plural(Object.keys({ ...fieldsAt(object, 'data'), ...fieldsAt(object, 'binaryData') }).length, 'key'),
  Secret: ({ object }) => joined([textAt(object, 'type'), plural(Object.keys(fieldsAt(object, 'data')).length, 'key')]),
}

/** The state of the object of a snapshot in one line; empty where its kind has none. */
export function statusLine(snapshot: Snapshot): string {
  const own = (STATUSES[kindKey(snapshot.object)] ?? conditionsLine)(snapshot)
  return clip(oneLine(joined([deletion(snapshot), own])), MOST_STATUS)
}

function deletion({ object, now }: Snapshot): string | undefined {
  const { deletionTimestamp, finalizers = [] } = object.metadata
  if (deletionTimestamp === undefined) return undefined
  const waits = finalizers.length === 0 ? '' : `, waiting for ${finalizers.join(', ')}`
  return `being deleted for ${age(now, deletionTimestamp)}${waits}`
}

function podLine({ object, now }: Snapshot): string {
  const printed = printedPod(object)
  const node = textAt(object, 'spec.nodeName')
  return joined([
    printed.status,
    `${printed.ready}/${printed.total} containers ready`,
    printed.restarts === 0 ? undefined : `restarts ${restartsText(printed, now)}`,
    node === undefined ? 'on no node' : `on node ${node}`,
  ])
}

function replicasLine({ object }: Snapshot): string {
  const { ready, desired } = countsOf(object)
  const updated = numberAt(object, 'status.updatedReplicas')
  const rolling = updated !== undefined && updated < desired ? `${updated} of the newest revision` : undefined
  return joined([
    `${ready} of ${desired} pods ready`,
    rolling,
    at(object, 'spec.paused') === true ? 'rollout paused' : undefined,
  ])
}

const JOB_STATES = ['Complete', 'Failed', 'Suspended']

function jobLine({ object, now }: Snapshot): string {
  const state = conditionsAt(object, 'status.conditions').find(
    ({ type, status }) => status === 'True' && JOB_STATES.includes(type),
  )
  const done = `${numberAt(object, 'status.succeeded') ?? 0} of ${numberAt(object, 'spec.completions') ?? 1} completions`
  return joined([state?.type ?? 'Running', done, jobTime(object, now)])
}

function jobTime(job: KubeObject, now: Date): string | undefined {
  const [start, end] = [textAt(job, 'status.startTime'), textAt(job, 'status.completionTime')]
  if (start === undefined) return undefined
  return end === undefined ? `started ${age(now, start)} ago` : `took ${age(new Date(end), start)}`
}

function cronJobLine({ object, now }: Snapshot): string {
  const last = textAt(object, 'status.lastScheduleTime')
  return joined([
    at(object, 'spec.suspend') === true ? 'suspended' : undefined,
    `schedule ${textAt(object, 'spec.schedule') ?? ''}`,
    last === undefined ? 'never ran' : `last run ${age(now, last)} ago`,
    plural(listAt(object, 'status.active').length, 'active job'),
  ])
}

function serviceLine({ object, owned }: Snapshot): string {
  const address = textAt(object, 'spec.externalName') ?? textAt(object, 'spec.clusterIP')
  return joined([
    textAt(object, 'spec.type') ?? 'ClusterIP',
    address,
    endpointsLine(ofKind(owned, 'EndpointSlice.discovery.k8s.io')),
  ])
}

function endpointsLine(slices: readonly KubeObject[]): string {
  const endpoints = endpointsOf(slices)
  return slices.length === 0 ? '' : `${endpoints.filter(isReady).length} of ${endpoints.length} endpoints ready`
}

function quotaLine({ object }: Snapshot): string {
  const used = fieldsAt(object, 'status.used')
  return joined(
    Object.entries(fieldsAt(object, 'status.hard')).map(
      ([name, hard]) => `${name} ${scalar(used[name]) ?? '0'}/${scalar(hard) ?? ''}`,
    ),
  )
}

function nodeLine({ object }: Snapshot): string {
  const ready = conditionOf(object, 'Ready')?.status === 'True' ? 'Ready' : 'NotReady'
  return joined([
    ready,
    at(object, 'spec.unschedulable') === true ? 'SchedulingDisabled' : undefined,
    textAt(object, 'status.nodeInfo.kubeletVersion'),
  ])
}

// Of a kind nobody here knows: its phase, and the conditions that hold.
function conditionsLine({ object }: Snapshot): string {
  const phase =
    textAt(object, 'status.phase') ?? textAt(object, 'status.state') ?? textAt(object, 'status.health.status')
  const holding = conditionsAt(object, 'status.conditions').filter(({ status }) => status === 'True')
  return joined([phase, ...holding.map(({ type }) => type)])
}
