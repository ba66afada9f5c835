import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { ago, DAY, event, HOUR, make, pod } from '../describe/build.ts'
import { deployment, node, owned, terminated, told, waiting } from './build.ts'

const running = (seconds: number) => ({ state: { running: { startedAt: ago(seconds) } } })
const well = pod({ ready: true, restartCount: 0, ...running(HOUR) })
const young = (status: Record<string, unknown>, spec: Record<string, unknown> = {}) =>
  pod(status, {
    metadata: { creationTimestamp: ago(20) },
    spec,
    podStatus: { startTime: ago(20), conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(20) }] },
  })
const COMPLETE = { status: { succeeded: 1, failed: 1, conditions: [{ type: 'Complete', status: 'True' }] } }
const job = owned(make('batch/v1 Job', COMPLETE), 'import')
const attempt = pod({ state: terminated(1) }, { spec: { restartPolicy: 'Never' }, podStatus: { phase: 'Failed' } })
const evicted = make('v1 Pod', { spec: {}, status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } })

const QUIET: readonly (readonly [name: string, objects: readonly KubeObject[]])[] = [
  [
    'a workload that has what it wants',
    deployment({ readyReplicas: 2 }, [{ revision: 1, pods: [well, well], status: { readyReplicas: 2 } }]),
  ],
  [
    'a rollout in its normal course',
    deployment(
      { readyReplicas: 2, conditions: [{ type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' }] },
      [
        {
          revision: 2,
          pods: [
            young(
              { ready: false, ...running(10) },
              { containers: [{ name: 'app', readinessProbe: { httpGet: { port: 80 } } }] },
            ),
          ],
        },
        { revision: 1, pods: [well, well], status: { readyReplicas: 2 } },
      ],
    ),
  ],
  [
    'a pod that restarted once last week',
    [
      pod({
        ready: true,
        restartCount: 1,
        ...running(7 * DAY),
        lastState: terminated(1, 'Error', { finishedAt: ago(7 * DAY) }),
      }),
    ],
  ],
  [
    'a pod that ran out of memory yesterday',
    [
      pod({
        ready: true,
        restartCount: 1,
        ...running(DAY),
        lastState: terminated(137, 'OOMKilled', { finishedAt: ago(DAY) }),
      }),
    ],
  ],
  ['a suspended CronJob', [make('batch/v1 CronJob', { spec: { schedule: '* * * * *', suspend: true } })]],
  [
    'a suspended Job',
    [
      make('batch/v1 Job', {
        spec: { suspend: true },
        status: { conditions: [{ type: 'Suspended', status: 'True' }] },
      }),
    ],
  ],
  ['a Job that completed after a failed attempt', [job, owned(attempt, 'import-1', job)]],
  [
    'a pod that ended well',
    [
      make('v1 Pod', {
        spec: {},
        status: { phase: 'Succeeded', containerStatuses: [{ name: 'app', state: terminated(0) }] },
      }),
    ],
  ],
  [
    'a pod that is being created',
    [
      {
        ...waiting('ContainerCreating'),
        metadata: { name: 'web', namespace: 'shop', creationTimestamp: ago(20) },
        status: {
          phase: 'Pending',
          startTime: ago(20),
          containerStatuses: [{ name: 'app', state: { waiting: { reason: 'ContainerCreating' } } }],
        },
      },
    ],
  ],
  [
    'a pod that was just made and no scheduler has seen',
    [make('v1 Pod', { metadata: { creationTimestamp: ago(5) }, spec: {}, status: { phase: 'Pending' } })],
  ],
  [
    'a pod that starts within its startup probe',
    [
      pod(
        { ready: false, started: false, restartCount: 0, ...running(300) },
        { spec: { containers: [{ name: 'app', startupProbe: { periodSeconds: 30 }, readinessProbe: {} }] } },
      ),
    ],
  ],
  [
    'a pod that is being deleted in time',
    [
      make('v1 Pod', {
        metadata: { deletionTimestamp: ago(-20), finalizers: ['example.com/x'] },
        spec: { nodeName: 'n' },
        status: { phase: 'Running' },
      }),
    ],
  ],
  [
    'an evicted pod that was replaced',
    deployment({ readyReplicas: 2 }, [{ revision: 1, pods: [well, well, evicted], status: { readyReplicas: 2 } }]),
  ],
  ['a Deployment scaled to zero', deployment({ replicas: 0 }, [{ revision: 1, pods: [] }], { replicas: 0 })],
  [
    'a paused Deployment between two revisions',
    deployment(
      { readyReplicas: 2 },
      [
        { revision: 2, pods: [] },
        { revision: 1, pods: [well, well], status: { readyReplicas: 2 } },
      ],
      { paused: true },
    ),
  ],
  ['a pod whose volumes were mounted after a while', mounted()],
]

const asleep = make('batch/v1 CronJob', { spec: { schedule: '* * * * *', suspend: true } })
const full = make('apps/v1 StatefulSet', {
  spec: { replicas: 1 },
  status: { observedGeneration: 1, replicas: 1, readyReplicas: 1 },
})
const OVER: typeof QUIET = [
  [
    'a pod that restarted some times, yesterday',
    [
      pod({
        ready: true,
        restartCount: 3,
        ...running(DAY),
        lastState: terminated(1, 'Error', { finishedAt: ago(DAY) }),
      }),
    ],
  ],
  [
    'a CronJob that was suspended after it missed a start',
    [asleep, event(asleep, 'Warning', 'MissSchedule', 'Missed')],
  ],
  [
    'a workload whose pods were refused until there was room',
    [
      full,
      event(full, 'Warning', 'FailedCreate', 'create Pod web-0 in StatefulSet web failed error: exceeded quota: q'),
    ],
  ],
]

const SERVED = { metadata: { name: 'web-x', labels: { 'kubernetes.io/service-name': 'web' } }, endpoints: [{}] }
const ingress = make('networking.k8s.io/v1 Ingress', { spec: {} })
const debugged = pod(
  { ready: true, restartCount: 0, ...running(HOUR) },
  {
    spec: { ephemeralContainers: [{ name: 'debug', image: 'tools:1' }] },
    podStatus: { ephemeralContainerStatuses: [{ name: 'debug', restartCount: 0, state: terminated(1) }] },
  },
)
const AROUND: typeof QUIET = [
  [
    'a Service that is given its endpoints, and has one',
    [make('v1 Service', { spec: { ports: [{ port: 80 }] } }), make('discovery.k8s.io/v1 EndpointSlice', SERVED)],
  ],
  [
    'an Ingress whose controller complained and then took it',
    [
      ingress,
      event(ingress, 'Warning', 'Rejected', 'host taken', { lastTimestamp: ago(90) }),
      event(ingress, 'Normal', 'Sync', 'Scheduled for sync'),
    ],
  ],
  ['a pod with a debugger that ended badly', [debugged]],
  [
    'a pod whose readiness follows its containers',
    [
      pod(
        { ready: true, ...running(10) },
        { podStatus: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(5) }] } },
      ),
    ],
  ],
  [
    'a StatefulSet whose next pod is coming',
    [
      owned(
        make('apps/v1 StatefulSet', { spec: { replicas: 2 }, status: { observedGeneration: 1, replicas: 1 } }),
        'db',
      ),
    ].flatMap((set) => [set, owned(young({ ready: false, ...running(10) }), 'db-0', set)]),
  ],
  [
    'objects that are being deleted in time',
    ['v1 ConfigMap', 'policy/v1 PodDisruptionBudget', 'example.test/v1 Widget'].map((type) =>
      make(type, { metadata: { deletionTimestamp: ago(10), finalizers: ['example.com/x'] } }),
    ),
  ],
  [
    'custom resources that are well or at work',
    ['True', 'Unknown'].map((status) =>
      make('example.test/v1 Widget', { status: { conditions: [{ type: 'Ready', status }] } }),
    ),
  ],
]

function mounted(): KubeObject[] {
  const failed = event(
    well,
    'Warning',
    'FailedMount',
    'MountVolume.SetUp failed for volume "v" : secret "tls" not found',
    { lastTimestamp: ago(HOUR) },
  )
  return [well, failed]
}

for (const [name, objects] of [...QUIET, ...OVER, ...AROUND])
  test(`nothing is said of ${name}`, async () => assert.deepEqual(await told([...objects, node('node1')]), []))
