import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { verdict } from '../../src/services/describe/verdict.ts'
import { ago, event, HOUR, make, pod, snapshot } from './build.ts'

const of = (...parts: Parameters<typeof snapshot>) => verdict(snapshot(...parts))

const REVISION = 'deployment.kubernetes.io/revision'
const progressing = { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' }
const deployment = (status: object, spec: object = {}) =>
  make('apps/v1 Deployment', {
    spec: { replicas: 3, ...spec },
    status: { observedGeneration: 1, replicas: 3, conditions: [progressing], ...status },
  })

const image = (name: string): KubeObject =>
  pod(
    { state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } },
    { metadata: { name }, podStatus: { phase: 'Pending' } },
  )
const well = pod({ ready: true, state: { running: { startedAt: ago(HOUR) } } })

test('a rollout in its normal course, a paused one, and none wanted are silent', () => {
  const creating = pod(
    { state: { waiting: { reason: 'ContainerCreating' } } },
    { podStatus: { phase: 'Pending', startTime: ago(5) } },
  )
  assert.equal(of(deployment({ readyReplicas: 2, updatedReplicas: 1 }), { owned: [well, creating] }), undefined)
  assert.equal(of(deployment({ readyReplicas: 3 }, { paused: true }), { owned: [well] }), undefined)
  assert.equal(of(deployment({ replicas: 0 }, { replicas: 0 })), undefined)
})

test('a rollout whose new pods cannot start is told while the old ones still serve', () => {
  const found = of(deployment({ readyReplicas: 3 }), { owned: [well, image('new')] })
  assert.equal(found, '3 of 3 pods ready: 1 ImagePullBackOff (image shop/web:v9 not found)')
})

test('troubles of many pods are counted, the most frequent first', () => {
  const unscheduled = pod(
    {},
    {
      spec: { nodeName: undefined },
      podStatus: {
        phase: 'Pending',
        containerStatuses: [],
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: 3 Insufficient memory.',
          },
        ],
      },
    },
  )
  const found = of(deployment({ readyReplicas: 0 }), { owned: [unscheduled, image('a'), image('b')] })
  assert.equal(
    found,
    '0 of 3 pods ready: 2 ImagePullBackOff (image shop/web:v9 not found), 1 Unschedulable (0/3 nodes are available: 3 Insufficient memory.)',
  )
})

test('evicted pods that were replaced are no trouble, and are told while they were not', () => {
  const evicted = pod(
    {},
    { podStatus: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' } },
  )
  assert.equal(of(deployment({ readyReplicas: 3 }), { owned: [well, evicted] }), undefined)
  assert.equal(
    of(deployment({ readyReplicas: 2 }), { owned: [well, evicted] }),
    '2 of 3 pods ready: 1 Evicted (The node was low on resource: memory.)',
  )
})

const unavailableFor = (seconds: number) => ({
  type: 'Available',
  status: 'False',
  reason: 'MinimumReplicasUnavailable',
  message: 'Deployment does not have minimum availability.',
  lastTransitionTime: ago(seconds),
})

test('a workload whose pods could not be read says what its conditions say, after a while', () => {
  assert.equal(of(deployment({ conditions: [unavailableFor(30)] })), undefined)
  assert.equal(
    of(deployment({ conditions: [unavailableFor(1200)] })),
    '0 of 3 pods ready: MinimumReplicasUnavailable: Deployment does not have minimum availability., for 20m',
  )
})

test('a workload that no controller has looked at says so', () => {
  assert.equal(
    of(make('apps/v1 StatefulSet', { spec: {}, status: {} })),
    'no controller has acted on it since it was created 60m ago',
  )
  assert.equal(of(make('apps/v1 StatefulSet', { metadata: { creationTimestamp: ago(5) }, status: {} })), undefined)
})

test('a StatefulSet and a DaemonSet tell why pods were refused', () => {
  const set = make('apps/v1 StatefulSet', { spec: { replicas: 2 }, status: { observedGeneration: 1, replicas: 0 } })
  const refused = event(
    set,
    'Warning',
    'FailedCreate',
    'create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: exceeded quota: small',
  )
  assert.equal(of(set, { events: [refused] }), '0 of 2 pods ready: FailedCreate (exceeded quota: small)')
  const daemon = make('apps/v1 DaemonSet', {
    status: { observedGeneration: 1, desiredNumberScheduled: 4, currentNumberScheduled: 4, numberReady: 3 },
  })
  assert.equal(
    of(daemon, { owned: [image('x')] }),
    '3 of 4 pods ready: 1 ImagePullBackOff (image shop/web:v9 not found)',
  )
})

const job = (status: object) => make('batch/v1 Job', { spec: { completions: 2, backoffLimit: 6 }, status })

test('a Job that is suspended, done, or running is silent; one that tries again is not', () => {
  assert.equal(of(job({ conditions: [{ type: 'Suspended', status: 'True' }] })), undefined)
  assert.equal(of(job({ conditions: [{ type: 'Complete', status: 'True' }], failed: 1 })), undefined)
  assert.equal(of(job({ active: 1 }), { owned: [well] }), undefined)
  const failed = pod({ state: { terminated: { exitCode: 1, reason: 'Error' } } }, { podStatus: { phase: 'Failed' } })
  assert.equal(
    of(job({ active: 1, failed: 1 }), { owned: [failed] }),
    '0 of 2 completions: 1 Failed (container app exited with code 1)',
  )
})

const endedJob = (name: string, seconds: number, type: string) =>
  make('batch/v1 Job', {
    metadata: { name, creationTimestamp: ago(seconds) },
    status: {
      conditions: [
        {
          type,
          status: 'True',
          reason: 'BackoffLimitExceeded',
          message: 'Job has reached the specified backoff limit',
        },
      ],
    },
  })

test('a CronJob speaks for its newest Job only', () => {
  const cron = make('batch/v1 CronJob', { metadata: { name: 'backup' }, spec: { schedule: '0 3 * * *' } })
  const [older, newer] = [endedJob('backup-1', 7200, 'Failed'), endedJob('backup-2', 3600, 'Complete')]
  assert.equal(of(cron, { owned: [older, newer] }), undefined)
  assert.equal(
    of(cron, { owned: [older] }),
    'job backup-1: failed: BackoffLimitExceeded: Job has reached the specified backoff limit',
  )
  const invalid = event(cron, 'Warning', 'UnparseableSchedule', 'unparseable schedule: "x"')
  assert.equal(of(cron, { events: [invalid] }), 'UnparseableSchedule: unparseable schedule: "x"')
})

test('a CronJob whose newest Job struggles names the trouble of its pods', () => {
  const cron = make('batch/v1 CronJob', { metadata: { name: 'backup' }, spec: {} })
  const backup = make('batch/v1 Job', { metadata: { name: 'backup-1' }, spec: {}, status: { active: 1 } })
  const owner = { apiVersion: 'batch/v1', kind: 'Job', uid: 'j' }
  const ofJob = (name: string) => {
    const made = image('p')
    return { ...made, metadata: { ...made.metadata, ownerReferences: [{ ...owner, name }] } }
  }
  assert.equal(
    of(cron, { owned: [backup, ofJob('backup-1')] }),
    'job backup-1: 0 of 1 completions: 1 ImagePullBackOff (image shop/web:v9 not found)',
  )
  assert.equal(of(cron, { owned: [backup, ofJob('backup-0')] }), undefined)
})

test('a ReplicaSet of another revision says nothing about the one that is new', () => {
  const set = make('apps/v1 ReplicaSet', {
    metadata: { annotations: { [REVISION]: '1' } },
    spec: { replicas: 0 },
    status: { observedGeneration: 1 },
  })
  assert.equal(of(set), undefined)
})
