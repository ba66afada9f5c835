import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { deployment, owned } from '../diagnose/build.ts'
import { ago, event, HOUR, make, pod } from './build.ts'
import { diagnosed, verdictOf } from './judged.ts'

const image = pod(
  { state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } },
  { podStatus: { phase: 'Pending' } },
)
const well = pod({ ready: true, state: { running: { startedAt: ago(HOUR) } } })
const MISSING =
  'image shop/web:v9 of container app of web cannot be pulled: registry docker.io has no such image or tag: not found'

/** The verdict on the first of some objects. */
const of = ([first, ...others]: readonly KubeObject[]) =>
  first === undefined ? Promise.reject(new Error('nothing to describe')) : verdictOf(first, others)

/** A workload and the pods that it owns itself. */
function having(workload: KubeObject, pods: readonly KubeObject[]): KubeObject[] {
  const top = owned(workload, 'web')
  return [top, ...pods.map((each, index) => owned(each, `web-${index}`, top))]
}

test('a rollout in its normal course, a paused one, and none wanted are silent', async () => {
  const creating = pod(
    { state: { waiting: { reason: 'ContainerCreating' } } },
    { podStatus: { phase: 'Pending', startTime: ago(5) } },
  )
  const old = { revision: 1, pods: [well], status: { readyReplicas: 1 } }
  assert.equal(await of(deployment({ readyReplicas: 1 }, [{ revision: 2, pods: [creating] }, old])), undefined)
  assert.equal(await of(deployment({ readyReplicas: 2 }, [old], { paused: true })), undefined)
  assert.equal(await of(deployment({ replicas: 0 }, [], { replicas: 0 })), undefined)
})

test('a rollout whose new pods cannot start is told while the old ones still serve', async () => {
  const old = { revision: 1, pods: [well, well], status: { readyReplicas: 2 } }
  assert.equal(
    await of(deployment({ readyReplicas: 2 }, [{ revision: 2, pods: [image] }, old])),
    `the rollout of web to revision 2 is stuck: ${MISSING}; ready from before: 2 of 2 pods of revision 1`,
  )
})

test('of the troubles of many pods that which most of them have comes first', async () => {
  const message = '0/3 nodes are available: 3 Insufficient memory.'
  const unscheduled = pod(
    {},
    {
      spec: { nodeName: undefined },
      podStatus: {
        phase: 'Pending',
        containerStatuses: [],
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
      },
    },
  )
  const set = make('apps/v1 StatefulSet', { spec: { replicas: 3 }, status: { observedGeneration: 1, replicas: 3 } })
  assert.equal(await of(having(set, [unscheduled, image, image])), MISSING)
  assert.match((await of(having(set, [unscheduled, unscheduled, image]))) ?? '', /^no node takes web: /)
})

test('evicted pods that were replaced are no trouble, and are told while they were not', async () => {
  const message = 'The node was low on resource: memory.'
  const evicted = pod({}, { podStatus: { phase: 'Failed', reason: 'Evicted', message, conditions: [] } })
  const having2 = (readyReplicas: number) =>
    of(deployment({ readyReplicas }, [{ revision: 1, pods: [well, evicted], status: { readyReplicas } }]))
  assert.equal(await having2(2), undefined)
  assert.equal(await having2(1), 'the kubelet evicted web: The node was low on resource: memory')
})

const unavailableFor = (seconds: number) => ({
  conditions: [
    {
      type: 'Available',
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
      message: 'Deployment does not have minimum availability.',
      lastTransitionTime: ago(seconds),
    },
  ],
})

test('a Deployment whose pods could not be read says so, after a while', async () => {
  assert.equal(await of(deployment(unavailableFor(30), [])), undefined)
  assert.equal(
    await of(deployment(unavailableFor(1200), [])),
    '0 of 2 pods of web are ready (2 exist), and nothing that was read says why',
  )
})

test('a StatefulSet that lacks pods is told where none of them could be read, once its controller has seen it', async () => {
  const set = (observedGeneration: number, readyReplicas: number, metadata: object = {}) =>
    make('apps/v1 StatefulSet', {
      metadata: { generation: 2, ...metadata },
      spec: { replicas: 3 },
      status: { observedGeneration, replicas: 3, readyReplicas },
    })
  assert.equal(await of([set(2, 1)]), '1 of 3 pods of web are ready (3 exist), and nothing that was read says why')
  for (const silent of [set(1, 1), set(2, 3), set(2, 1, { creationTimestamp: ago(60) })])
    assert.equal(await of([silent]), undefined)
  assert.equal(await of(having(set(2, 1), [well])), undefined, 'the others may just be coming')
})

test('a workload that no controller has looked at says so', async () => {
  assert.equal(
    await of([make('apps/v1 StatefulSet', { spec: {}, status: {} })]),
    'no controller has acted on StatefulSet web since it was created',
  )
  assert.equal(
    await of([make('apps/v1 StatefulSet', { metadata: { creationTimestamp: ago(5) }, status: {} })]),
    undefined,
  )
})

test('a StatefulSet and a DaemonSet tell why pods were refused', async () => {
  const set = make('apps/v1 StatefulSet', { spec: { replicas: 2 }, status: { observedGeneration: 1, replicas: 0 } })
  const refused = event(
    set,
    'Warning',
    'FailedCreate',
    'create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1',
  )
  assert.equal(
    await of([set, refused]),
    '2 of 2 pods of web cannot be created: ResourceQuota shop/small is used up: pods 1 of 1 taken, a pod needs 1',
  )
  const daemon = make('apps/v1 DaemonSet', {
    status: { observedGeneration: 1, desiredNumberScheduled: 4, currentNumberScheduled: 4, numberReady: 3 },
  })
  assert.equal(await of(having(daemon, [image])), MISSING)
})

test('a ReplicaSet whose pods are refused says the same as the Deployment that owns it, and a controller of its own kind too', async () => {
  const [top, set] = deployment({ replicas: 0 }, [{ revision: 1, pods: [], status: { replicas: 0 } }])
  assert.ok(top !== undefined && set !== undefined)
  const wanting = { ...set, spec: { replicas: 2 } }
  const refused = event(set, 'Warning', 'FailedCreate', 'Error creating: pods "web-1" is forbidden: no luck')
  const told = '2 of 2 pods of web cannot be created: the API server says: no luck'
  assert.deepEqual([await of([top, wanting, refused]), await of([wanting, top, refused])], [told, told])
  const replication = make('v1 ReplicationController', { spec: { replicas: 1 }, status: { observedGeneration: 1 } })
  const own = event(replication, 'Warning', 'FailedCreate', 'Error creating: pods "web-1" is forbidden: no luck')
  assert.equal(await of([replication, own]), '1 of 1 pod of web cannot be created: the API server says: no luck')
})

const job = (status: object, name = 'web', metadata: Record<string, unknown> = {}) =>
  owned(make('batch/v1 Job', { metadata, spec: { completions: 2, backoffLimit: 6 }, status }), name)
const failedPod = pod({ state: { terminated: { exitCode: 1, reason: 'Error' } } }, { podStatus: { phase: 'Failed' } })

test('a Job that is suspended, done, or running is silent; one that tries again is not', async () => {
  assert.equal(await of([job({ conditions: [{ type: 'Suspended', status: 'True' }], failed: 1 })]), undefined)
  assert.equal(await of([job({ conditions: [{ type: 'Complete', status: 'True' }], failed: 1 })]), undefined)
  assert.equal(await of(having(job({ active: 1 }), [well])), undefined)
  const [again, ...attempts] = having(job({ active: 1, failed: 1 }), [failedPod])
  assert.ok(again !== undefined)
  assert.deepEqual(
    (await diagnosed(again, attempts)).map(({ cause }) => cause),
    ['container app of web ended with code 1: its last words were not read'],
  )
  assert.equal(
    await of(having(job({ active: 1, failed: 2 }), [well])),
    'Job web tries again after 2 failed pods (backoffLimit 6), which are gone with their logs',
  )
})

const cron = owned(make('batch/v1 CronJob', { spec: { schedule: '0 3 * * *' } }), 'backup')
const jobOf = (name: string, seconds: number, status: object) =>
  owned(job(status, name, { creationTimestamp: ago(seconds) }), name, cron)
const ended = (type: string) => ({
  failed: 7,
  conditions: [{ type, status: 'True', reason: 'BackoffLimitExceeded', message: 'Job has reached its limit' }],
})

test('a CronJob speaks for its newest Job only', async () => {
  const older = jobOf('backup-1', 7200, ended('Failed'))
  assert.equal(await of([cron, older, jobOf('backup-2', 3600, ended('Complete'))]), undefined)
  assert.equal(
    await of([cron, older]),
    'Job backup-1 gave up after 7 failed pods (backoffLimit 6): its pods are gone with their logs',
  )
  const invalid = event(cron, 'Warning', 'UnparseableSchedule', 'unparseable schedule: "x"')
  assert.equal(await of([cron, invalid]), 'CronJob backup starts no Jobs: its schedule "0 3 * * *" cannot be read')
})

test('a CronJob whose newest Job struggles names the trouble of its pods', async () => {
  const backup = jobOf('backup-1', 60, { active: 1 })
  assert.match(
    (await of([cron, backup, owned(image, 'p', backup)])) ?? '',
    /^image shop\/web:v9 of .* cannot be pulled/,
  )
  assert.equal(await of([cron, backup, owned(image, 'p', job({}, 'backup-0'))]), undefined)
})

test('a ReplicaSet of another revision says nothing about the one that is new', async () => {
  const set = make('apps/v1 ReplicaSet', { spec: { replicas: 0 }, status: { observedGeneration: 1 } })
  assert.equal(await of([set]), undefined)
})
