import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { printedPod, restartsText } from '../../src/services/describe/pod-status.ts'
import { statusLine } from '../../src/services/describe/status.ts'
import { ago, HOUR, make, now, pod, snapshot } from './build.ts'
import { find, snapshotOf } from './recorded.ts'

const statusOf = (object: KubeObject) => printedPod(object).status
const restartsOf = (object: KubeObject) => restartsText(printedPod(object), now)

const RECORDED = {
  'trouble/Pod/crash': 'CrashLoopBackOff, 0/1 containers ready, restarts 5 (2m21s ago), on no node',
  'trouble/Deployment/healthy': '2 of 2 pods ready',
  'trouble-quota/Deployment/over-quota': '1 of 3 pods ready, 1 of the newest revision',
  'trouble/Job/deadline': 'Failed, 0 of 1 completions, started 5m1s ago',
  'trouble/CronJob/suspended': 'suspended, schedule */5 * * * *, never ran, 0 active jobs',
  'trouble/HorizontalPodAutoscaler/no-metrics': '2 replicas, cpu <unknown>/50%',
  'trouble/PersistentVolumeClaim/data': 'Pending',
  'trouble/PodDisruptionBudget/exhausted': '0 disruptions allowed',
  'trouble/EndpointSlice/no-ready-endpoints-pl8w6': '0 of 1 endpoints ready',
  'trouble/ConfigMap/db2': '1 key',
  'trouble-quota/ResourceQuota/small': 'pods 1/1, requests.cpu 50m/100m',
}

test('recorded objects tell their state in one line', () => {
  for (const [key, line] of Object.entries(RECORDED)) assert.equal(statusLine(snapshotOf(find(key))), line, key)
})

const condition = (type: string, status: string) => ({ type, status })

const MADE: readonly (readonly [type: string, fields: Parameters<typeof make>[1], line: string])[] = [
  [
    'apps/v1 Deployment',
    { spec: { paused: true }, status: { readyReplicas: 1, updatedReplicas: 1 } },
    '1 of 1 pods ready, rollout paused',
  ],
  [
    'batch/v1 Job',
    {
      status: {
        succeeded: 1,
        startTime: ago(HOUR),
        completionTime: ago(HOUR - 90),
        conditions: [condition('FailureTarget', 'True'), condition('Failed', 'False'), condition('Complete', 'True')],
      },
    },
    'Complete, 1 of 1 completions, took 90s',
  ],
  ['batch/v1 Job', { status: { active: 1 } }, 'Running, 0 of 1 completions'],
  [
    'batch/v1 CronJob',
    {
      spec: { schedule: '@daily', suspend: false },
      status: { lastScheduleTime: ago(HOUR), active: [{ name: 'a' }] },
    },
    'schedule @daily, last run 60m ago, 1 active job',
  ],
  ['v1 Service', { spec: { type: 'ExternalName', externalName: 'db.test' } }, 'ExternalName, db.test'],
  ['networking.k8s.io/v1 Ingress', { spec: { rules: [{ host: 'a.test' }, {}] } }, 'a.test, *'],
  ['networking.k8s.io/v1 Ingress', { spec: {} }, 'default backend only'],
  [
    'v1 PersistentVolume',
    { spec: { claimRef: { name: 'data' }, capacity: { storage: '1Gi' } }, status: { phase: 'Bound' } },
    'Bound, data, 1Gi',
  ],
  [
    'v1 Node',
    { spec: { unschedulable: true }, status: { conditions: [condition('Ready', 'True')], nodeInfo: {} } },
    'Ready, SchedulingDisabled',
  ],
  ['v1 Node', { status: { conditions: [condition('Ready', 'Unknown')] } }, 'NotReady'],
  ['v1 Secret', { type: 'Opaque', data: { a: '', b: '' } }, 'Opaque, 2 keys'],
  [
    'example.test/v1 Widget',
    { status: { phase: 'Running', conditions: [condition('Ready', 'True'), condition('Stalled', 'False')] } },
    'Running, Ready',
  ],
  ['example.test/v1 Widget', {}, ''],
]

test('objects of every kind tell their state in one line', () => {
  for (const [type, fields, line] of MADE) assert.equal(statusLine(snapshot(make(type, fields))), line, type)
})

test('a pod of which one container is done and one runs is NotReady, or Running once it is ready', () => {
  const done = { name: 'once', state: { terminated: { reason: 'Completed', exitCode: 0 } } }
  const runs = { name: 'app', ready: true, state: { running: {} } }
  const both = (ready: string) =>
    pod(
      {},
      {
        spec: { containers: [{ name: 'once' }, { name: 'app' }] },
        podStatus: { containerStatuses: [done, runs], conditions: [condition('Ready', ready)] },
      },
    )
  assert.equal(statusOf(both('False')), 'NotReady')
  assert.equal(statusOf(both('True')), 'Running')
  const waiting = { ...runs, ready: false }
  assert.equal(
    statusOf(
      pod(
        {},
        {
          spec: { containers: [{ name: 'once' }, { name: 'app' }] },
          podStatus: { containerStatuses: [done, waiting] },
        },
      ),
    ),
    'Completed',
  )
})

test('a pod that is being deleted, gated, or lost with its node says so', () => {
  const gate = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }]
  assert.equal(statusOf(pod({}, { metadata: { deletionTimestamp: ago(1) } })), 'Terminating')
  assert.equal(
    statusOf(pod({}, { metadata: { deletionTimestamp: ago(1) }, podStatus: { reason: 'NodeLost' } })),
    'Unknown',
  )
  assert.equal(
    statusOf(pod({}, { podStatus: { phase: 'Pending', conditions: gate, containerStatuses: [] } })),
    'SchedulingGated',
  )
})

const init = (state: object) =>
  pod(
    {},
    {
      spec: { initContainers: [{ name: 'a' }, { name: 'b' }], containers: [{ name: 'app' }] },
      podStatus: {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'a', state: { terminated: { exitCode: 0, reason: 'Completed' } } },
          { name: 'b', state },
        ],
      },
    },
  )

test('an init container that runs is counted, one that was ended by a signal tells it', () => {
  assert.equal(statusOf(init({ running: {} })), 'Init:1/2')
  assert.equal(statusOf(init({ terminated: { exitCode: 137, signal: 9 } })), 'Init:Signal:9')
  assert.equal(statusOf(init({ terminated: { exitCode: 3 } })), 'Init:ExitCode:3')
})

test('restarts carry the time of the last, where one is known', () => {
  assert.equal(restartsOf(pod({ restartCount: 0 })), '0')
  assert.equal(restartsOf(pod({ restartCount: 2 })), '2')
  assert.equal(restartsOf(pod({ restartCount: 2, lastState: { terminated: { finishedAt: ago(90) } } })), '2 (90s ago)')
})
