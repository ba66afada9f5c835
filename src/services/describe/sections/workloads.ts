import type { KubeObject } from '../../../kubernetes/types.ts'
import { age } from '../age.ts'
import { at, type Fields, fieldsAt, listAt, numberAt, textAt } from '../read.ts'
import type { Section } from '../schema.ts'
import type { Snapshot } from '../snapshot.ts'
import { joined } from '../words.ts'
import { templateSections } from './pods.ts'
import { type Fact, facts, lines, selectorText, show } from './section.ts'

const KIND_FACTS: Readonly<Record<string, readonly Fact<KubeObject>[]>> = {
  Deployment: [
    [
      'Replicas',
      (it) =>
        counts(it, [
          ['desired', 'spec.replicas'],
          ['updated', 'status.updatedReplicas'],
          ['total', 'status.replicas'],
          ['available', 'status.availableReplicas'],
          ['unavailable', 'status.unavailableReplicas'],
          ['terminating', 'status.terminatingReplicas'],
        ]),
    ],
    ['Strategy', (it) => strategy(fieldsAt(it, 'spec.strategy'))],
    ['Selector', (it) => selectorText(at(it, 'spec.selector'))],
    ['Revision', (it) => it.metadata.annotations?.['deployment.kubernetes.io/revision']],
    ['Paused', 'spec.paused'],
    ['Min ready', (it) => seconds(it, 'spec.minReadySeconds')],
    ['Progress deadline', (it) => seconds(it, 'spec.progressDeadlineSeconds')],
  ],
  ReplicaSet: [
    [
      'Replicas',
      (it) =>
        counts(it, [
          ['desired', 'spec.replicas'],
          ['current', 'status.replicas'],
          ['ready', 'status.readyReplicas'],
          ['available', 'status.availableReplicas'],
        ]),
    ],
    ['Selector', (it) => selectorText(at(it, 'spec.selector'))],
    ['Revision', (it) => it.metadata.annotations?.['deployment.kubernetes.io/revision']],
    ['Min ready', (it) => seconds(it, 'spec.minReadySeconds')],
  ],
  StatefulSet: [
    [
      'Replicas',
      (it) =>
        counts(it, [
          ['desired', 'spec.replicas'],
          ['current', 'status.currentReplicas'],
          ['updated', 'status.updatedReplicas'],
          ['ready', 'status.readyReplicas'],
          ['available', 'status.availableReplicas'],
        ]),
    ],
    ['Service', 'spec.serviceName'],
    ['Selector', (it) => selectorText(at(it, 'spec.selector'))],
    ['Update strategy', (it) => strategy(fieldsAt(it, 'spec.updateStrategy'))],
    ['Pod management', 'spec.podManagementPolicy'],
    ['Ordinals', 'spec.ordinals'],
    ['Claims kept', 'spec.persistentVolumeClaimRetentionPolicy'],
    ['Revision', (it) => revisions(it)],
    ['Volume claims', (it) => listAt(it, 'spec.volumeClaimTemplates').map(claimTemplate)],
  ],
  DaemonSet: [
    [
      'Nodes',
      (it) =>
        counts(it, [
          ['desired', 'status.desiredNumberScheduled'],
          ['current', 'status.currentNumberScheduled'],
          ['up to date', 'status.updatedNumberScheduled'],
          ['ready', 'status.numberReady'],
          ['available', 'status.numberAvailable'],
          ['misscheduled', 'status.numberMisscheduled'],
        ]),
    ],
    ['Selector', (it) => selectorText(at(it, 'spec.selector'))],
    ['Update strategy', (it) => strategy(fieldsAt(it, 'spec.updateStrategy'))],
    ['Min ready', (it) => seconds(it, 'spec.minReadySeconds')],
  ],
  ReplicationController: [
    [
      'Replicas',
      (it) =>
        counts(it, [
          ['desired', 'spec.replicas'],
          ['current', 'status.replicas'],
          ['ready', 'status.readyReplicas'],
          ['available', 'status.availableReplicas'],
        ]),
    ],
    ['Selector', 'spec.selector'],
  ],
  Job: [
    [
      'Pods',
      (it) =>
        counts(it, [
          ['active', 'status.active'],
          ['ready', 'status.ready'],
          ['succeeded', 'status.succeeded'],
          ['failed', 'status.failed'],
          ['terminating', 'status.terminating'],
        ]),
    ],
    ['Completions', (it) => joined([show(at(it, 'spec.completions')), textAt(it, 'spec.completionMode')], ', ')],
    ['Parallelism', 'spec.parallelism'],
    ['Backoff limit', 'spec.backoffLimit'],
    ['Backoff limit per index', 'spec.backoffLimitPerIndex'],
    ['Deadline', (it) => seconds(it, 'spec.activeDeadlineSeconds')],
    ['Kept after it ends', (it) => seconds(it, 'spec.ttlSecondsAfterFinished')],
    ['Suspended', 'spec.suspend'],
    ['Pod failure policy', 'spec.podFailurePolicy'],
    ['Selector', (it) => selectorText(at(it, 'spec.selector'))],
    ['Started', 'status.startTime'],
    ['Completed', 'status.completionTime'],
    ['Took', (it) => took(it)],
    ['Completed indexes', 'status.completedIndexes'],
    ['Failed indexes', 'status.failedIndexes'],
  ],
  CronJob: [
    ['Schedule', (it) => joined([textAt(it, 'spec.schedule'), textAt(it, 'spec.timeZone')], ' ')],
    ['Suspended', 'spec.suspend'],
    ['Concurrency policy', 'spec.concurrencyPolicy'],
    ['Starting deadline', (it) => seconds(it, 'spec.startingDeadlineSeconds')],
    [
      'Jobs kept',
      (it) =>
        counts(it, [
          ['successful', 'spec.successfulJobsHistoryLimit'],
          ['failed', 'spec.failedJobsHistoryLimit'],
        ]),
    ],
    ['Last schedule', 'status.lastScheduleTime'],
    ['Last success', 'status.lastSuccessfulTime'],
    ['Active jobs', (it) => listAt(it, 'status.active').map((each) => each['name'])],
    ['Backoff limit', 'spec.jobTemplate.spec.backoffLimit'],
    ['Deadline', (it) => seconds(it, 'spec.jobTemplate.spec.activeDeadlineSeconds')],
  ],
}

/** Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController, Job, CronJob: their own facts, then the pod template. */
export const workloadSections = ({ object, now }: Snapshot): Section[] => [
  ...lines(object.kind, facts(object, KIND_FACTS[object.kind] ?? [])),
  ...templateSections(
    fieldsAt(object, object.kind === 'CronJob' ? 'spec.jobTemplate.spec.template' : 'spec.template'),
    now,
  ),
]

/** `3 desired, 2 ready`: numbers that the object has. */
const counts = (object: unknown, table: readonly (readonly [word: string, path: string])[]): string =>
  joined(
    table.map(([word, path]) =>
      numberAt(object, path) === undefined ? undefined : `${show(at(object, path))} ${word}`,
    ),
  )

const seconds = (object: unknown, path: string): string =>
  at(object, path) === undefined ? '' : `${show(at(object, path))}s`

const strategy = (of: Fields): string => joined([textAt(of, 'type'), show(of['rollingUpdate'])], ': ')

function revisions(object: unknown): string {
  const [current, update] = [textAt(object, 'status.currentRevision'), textAt(object, 'status.updateRevision')]
  return joined([current, update === current ? undefined : update], ' -> ')
}

function claimTemplate(each: Fields): string {
  const storageClass = textAt(each, 'spec.storageClassName')
  const named = storageClass === undefined ? undefined : `class ${storageClass}`
  return joined([textAt(each, 'metadata.name'), textAt(each, 'spec.resources.requests.storage'), named], ' ')
}

function took(job: unknown): string {
  const [start, end] = [textAt(job, 'status.startTime'), textAt(job, 'status.completionTime')]
  return start === undefined || end === undefined ? '' : age(new Date(end), start)
}
