import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { ago, event, HOUR, make, pod } from '../describe/build.ts'
import { deployment, findings, looping, owned, terminated, told, waiting } from './build.ts'

const refused = (message: string) => ({
  conditions: [
    { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime: ago(HOUR) },
  ],
})
/** A Deployment whose ReplicaSet may create no pod. */
const without = (message: string) =>
  deployment({ replicas: 0 }, [{ revision: 1, pods: [], status: { ...refused(message), replicas: 0 } }]).map((each) =>
    each.kind === 'ReplicaSet' ? { ...each, spec: { replicas: 2 } } : each,
  )

const REFUSALS: readonly (readonly [name: string, message: string, expect: string])[] = [
  [
    'a quota that is used up is told with its numbers',
    'pods "web-1" is forbidden: exceeded quota: small, requested: limits.memory=1Gi,pods=1, used: limits.memory=3Gi,pods=3, limited: limits.memory=4Gi,pods=3',
    'quota-exceeded Deployment/web: 2 of 2 pods of web cannot be created: ResourceQuota shop/small is used up: limits.memory 3Gi of 4Gi taken, a pod needs 1Gi; pods 3 of 3 taken, a pod needs 1',
  ],
  [
    'a quota that counts what the containers do not say',
    'pods "web-1" is forbidden: failed quota: small: must specify requests.cpu for: app',
    'quota-exceeded Deployment/web: 2 of 2 pods of web cannot be created: ResourceQuota shop/small counts requests.cpu, and its containers do not say it',
  ],
  [
    'Pod Security is told by the controls that are broken',
    'pods "web-1" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)',
    'pod-security Deployment/web: 2 of 2 pods of web cannot be created: namespace shop enforces Pod Security "restricted:latest", and the pod template breaks it: allowPrivilegeEscalation != false, runAsNonRoot != true',
  ],
  [
    'a service account that is not there',
    'pods "web-1" is forbidden: error looking up service account shop/mailer: serviceaccount "mailer" not found',
    'service-account-missing Deployment/web: 2 of 2 pods of web cannot be created: ServiceAccount shop/mailer does not exist; there is mail',
  ],
  [
    'a LimitRange',
    'pods "web-1" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi',
    'limit-range-refused Deployment/web: 2 of 2 pods of web cannot be created: a LimitRange of namespace shop forbids it: maximum memory usage per Container is 1Gi, but limit is 2Gi',
  ],
  [
    'a webhook that says no',
    'admission webhook "policy.example.com" denied the request: image must come from registry.example.com',
    'webhook-failing Deployment/web: 2 of 2 pods of web cannot be created: admission webhook policy.example.com refuses: image must come from registry.example.com',
  ],
  [
    'a webhook that does not answer',
    'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://p.s.svc:443/v": no endpoints available for service "p"',
    'webhook-failing Deployment/web: 2 of 2 pods of web cannot be created: admission webhook policy.example.com does not answer: failed to call webhook: Post "https://p.s.svc:443/v": no endpoints available for service "p"',
  ],
  [
    'any other refusal is told in the words of the API server',
    'pods "web-1" is forbidden: no PriorityClass with name gold was found',
    'invalid-value Deployment/web: 2 of 2 pods of web cannot be created: the API server says: no PriorityClass with name gold was found',
  ],
]

for (const [name, message, expect] of REFUSALS)
  test(name, async () => {
    assert.deepEqual(await told([...without(message), make('v1 ServiceAccount', { metadata: { name: 'mail' } })]), [
      expect,
    ])
  })

const KINDS: readonly (readonly [type: string, fields: Record<string, unknown>, prefix: string])[] = [
  [
    'apps/v1 StatefulSet',
    { spec: { replicas: 3 }, status: { replicas: 1, readyReplicas: 1 } },
    'create Pod web-1 in StatefulSet web failed error: pods "web-1" is forbidden: ',
  ],
  [
    'apps/v1 DaemonSet',
    { status: { desiredNumberScheduled: 3, currentNumberScheduled: 1, numberReady: 1 } },
    'Error creating: pods "web-x" is forbidden: ',
  ],
  [
    'batch/v1 Job',
    { spec: { parallelism: 3 }, status: { active: 1, ready: 1 } },
    'Error creating: pods "web-x" is forbidden: ',
  ],
]

for (const [type, { spec, status }, prefix] of KINDS)
  test(`a ${type.split(' ')[1]} whose pods are refused is told by its events`, async () => {
    const made = make(type, { spec, status: Object.assign({ observedGeneration: 1 }, status) })
    const said = event(
      made,
      'Warning',
      'FailedCreate',
      `${prefix}exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1`,
    )
    const [finding, ...others] = await findings([made, said])
    assert.deepEqual([finding?.id, finding?.severity, others], ['quota-exceeded', 'warning', []])
    assert.match(
      finding?.cause ?? '',
      /^2 of 3 pods of web cannot be created: ResourceQuota shop\/q is used up: pods 1 of 1 taken/,
    )
  })

const ready = pod({ ready: true, restartCount: 0, state: { running: { startedAt: ago(HOUR) } } })
const LATE = {
  conditions: [
    { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', lastTransitionTime: ago(300) },
  ],
}
const broken = waiting(
  'ImagePullBackOff',
  'Back-off pulling image "shop/web:v10": ErrImagePull: shop/web:v10: not found',
  { image: 'shop/web:v10' },
)

test('a rollout that does not come on tells the reason of the new pods, what still runs, and how to go back', async () => {
  const objects = deployment({ readyReplicas: 2 }, [
    { revision: 3, pods: [broken] },
    { revision: 2, pods: [ready, ready], status: { readyReplicas: 2 } },
    { revision: 1, pods: [] },
  ])
  const [finding, ...others] = await findings(objects)
  assert.deepEqual([finding?.id, finding?.severity, others], ['rollout-stuck', 'warning', []])
  assert.equal(
    finding?.cause,
    'the rollout of web to revision 3 is stuck: image shop/web:v10 of container app of web cannot be pulled: registry docker.io has no such image or tag: shop/web:v10: not found; ready from before: 2 of 2 pods of revision 2',
  )
  assert.deepEqual(finding?.next.at(-1)?.arguments, { namespace: 'shop', name: 'web' })
  assert.equal(finding?.next.at(-1)?.operation, 'infra.k8s.deployments.undoRollout')
})

test('a rollout that somebody paused is not stuck: its new pods speak for themselves', async () => {
  const revisions = [
    { revision: 2, pods: [broken] },
    { revision: 1, pods: [ready], status: { readyReplicas: 1 } },
  ]
  const paused = await findings(deployment({ readyReplicas: 1 }, revisions, { paused: true }))
  assert.deepEqual(
    paused.map(({ id, severity }) => `${id} ${severity}`),
    ['image-pull-backoff warning'],
  )
})

test('a rollout past its deadline for a reason that nothing read tells says that it is not known', async () => {
  const objects = deployment(LATE, [{ revision: 1, pods: [] }], { progressDeadlineSeconds: 30 })
  assert.deepEqual(await told(objects), [
    'rollout-stuck Deployment/web: the rollout of web to revision 1 is stuck: 0 of 0 new pods are ready, and nothing that was read says why (its deadline of 30 s has passed); no pod of a revision before is left',
  ])
})

test('many pods of a workload in the same trouble are one finding about the workload, with the pods counted', async () => {
  const objects = deployment({}, [{ revision: 1, pods: [looping(1), looping(1), looping(1)] }])
  const tails = [{ namespace: 'shop', pod: 'web-r1-2', container: 'app', previous: true, lines: ['no route to db'] }]
  const [finding, ...others] = await findings(objects, { tails })
  assert.deepEqual([finding?.object.name, finding?.pods, others], ['web', 3, []])
  assert.equal(
    finding?.cause,
    'container app of web exits with code 1: no route to db',
    'the log of one speaks for all',
  )
})

test('a workload that no controller has seen says so', async () => {
  const unseen = make('apps/v1 StatefulSet', { spec: { replicas: 1 } })
  assert.deepEqual(await told([unseen]), [
    'rollout-stuck StatefulSet/web: no controller has acted on StatefulSet web since it was created',
  ])
})

test('a ReplicaSet that a deleted Deployment left behind is good to know', async () => {
  const set = make('apps/v1 ReplicaSet', {
    metadata: { labels: { 'pod-template-hash': '5d9' } },
    spec: { replicas: 1 },
    status: { observedGeneration: 1, replicas: 1, readyReplicas: 1 },
  })
  const [finding] = await findings([set])
  assert.deepEqual([finding?.id, finding?.severity], ['replicaset-orphaned', 'info'])
})

const failedJob = (reason: string, more: Record<string, unknown> = {}) => ({
  spec: { backoffLimit: 1, activeDeadlineSeconds: 60, ...more },
  status: {
    failed: 2,
    conditions: [{ type: 'Failed', status: 'True', reason, message: 'it is over', lastTransitionTime: ago(HOUR) }],
  },
})
const ended = (code: number): KubeObject =>
  pod({ state: terminated(code) }, { spec: { restartPolicy: 'Never' }, podStatus: { phase: 'Failed' } })

test('a Job that gave up tells how its pods ended, and stands for them', async () => {
  const job = owned(make('batch/v1 Job', failedJob('BackoffLimitExceeded')), 'web')
  const pods = [owned(ended(2), 'web-a', job), owned(ended(2), 'web-b', job)]
  const tails = [{ namespace: 'shop', pod: 'web-a', container: 'app', previous: false, lines: ['unknown flag --bad'] }]
  assert.deepEqual(await told([job, ...pods], { tails }), [
    'job-backoff-limit Job/web: Job web gave up after 2 failed pods (backoffLimit 1): container app of web ended with code 2 (usually: it was called with arguments it does not take): unknown flag --bad',
  ])
})

test('a Job past its deadline says so, and that its pods are gone', async () => {
  const job = make('batch/v1 Job', failedJob('DeadlineExceeded'))
  assert.deepEqual(await told([job]), [
    'job-deadline Job/web: Job web was ended because it ran longer than its deadline of 60 s: its pods are gone with their logs',
  ])
})

const cronJob = (spec: Record<string, unknown> = {}, status: Record<string, unknown> = {}) =>
  owned(make('batch/v1 CronJob', { spec: { schedule: '*/5 * * * *', ...spec }, status }), 'nightly')

test('the newest Job of a CronJob counts: an older one that failed is over', async () => {
  const top = cronJob()
  const job = (name: string, created: string, fields: Record<string, unknown>) =>
    owned(make('batch/v1 Job', { ...fields, metadata: { creationTimestamp: created } }), name, top)
  const old = job('nightly-1', ago(2 * HOUR), failedJob('BackoffLimitExceeded'))
  const done = job('nightly-2', ago(HOUR), { status: { conditions: [{ type: 'Complete', status: 'True' }] } })
  const oldPod = owned(ended(1), 'nightly-1-x', old)
  assert.deepEqual(await told([top, old, oldPod, done]), [])
  assert.match(
    (await told([top, { ...done, ...failedJob('BackoffLimitExceeded') }, old])).join(),
    /^job-backoff-limit CronJob\/nightly: Job nightly-2 gave up/,
  )
})

test('a CronJob that starts no Jobs says why, while that is so', async () => {
  const top = cronJob({ timeZone: 'Mars/Olympus' })
  const unknown = event(
    top,
    'Warning',
    'UnknownTimeZone',
    'invalid timeZone: "Mars/Olympus": unknown time zone Mars/Olympus',
  )
  assert.deepEqual(await told([top, unknown]), [
    'cronjob-suspended CronJob/nightly: CronJob nightly starts no Jobs: its time zone "Mars/Olympus" is not known',
  ])
  const missed = event(top, 'Warning', 'MissSchedule', 'Missed scheduled time to start a job', {
    lastTimestamp: ago(900),
  })
  assert.deepEqual(await told([cronJob({}, { lastScheduleTime: ago(300) }), missed]), [], 'it has started since')
})
