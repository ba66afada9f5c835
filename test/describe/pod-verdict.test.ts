import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ago, DAY, event, HOUR, make, pod } from './build.ts'
import { diagnosed, verdictOf as of } from './judged.ts'

const running = (seconds: number) => ({ running: { startedAt: ago(seconds) } })
const crashed = (exitCode: number, reason: string, seconds = 60) => ({
  terminated: { exitCode, reason, startedAt: ago(seconds + 5), finishedAt: ago(seconds) },
})
const PROBE = { httpGet: { path: '/', port: 80 } }

test('a pod that restarted once last week is well', async () => {
  const once = pod({ ready: true, state: running(7 * DAY), restartCount: 1, lastState: crashed(1, 'Error', 7 * DAY) })
  assert.equal(await of(once), undefined)
})

test('a pod between two crashes is not well though it runs', async () => {
  const looping = pod({ ready: true, state: running(20), restartCount: 4, lastState: crashed(1, 'Error', 25) })
  assert.equal(await of(looping), 'container app of web exits with code 1: its last words were not read')
})

test('a pod that ran out of memory within the hour says so, and names the missing limit', async () => {
  const once = pod({ ready: true, state: running(1800), restartCount: 1, lastState: crashed(137, 'OOMKilled', 1800) })
  assert.match(
    (await of(once)) ?? '',
    /^container app of web has no memory limit of its own and was killed by the kernel \(OOMKilled, exit code 137\)/,
  )
})

test('a container that just started may be unready, and one that was given time to start takes it', async () => {
  assert.equal(await of(pod({ state: running(20) })), undefined)
  const slow = { containers: [{ name: 'app', readinessProbe: { ...PROBE, initialDelaySeconds: 300 } }] }
  assert.equal(await of(pod({ state: running(200) }, { spec: slow })), undefined)
  const starting = { containers: [{ name: 'app', startupProbe: { ...PROBE, failureThreshold: 100 } }] }
  assert.equal(await of(pod({ state: running(500), started: false }, { spec: starting })), undefined)
})

test('a container that stays unready is told where no event says why', async () => {
  assert.equal(
    await of(pod({ state: running(900) })),
    'container app of web runs, has no readiness probe and is not ready all the same; nothing that was read says why',
  )
})

test('an exit of its own is not blamed on the probe that killed the container before', async () => {
  const crash = pod({
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    restartCount: 3,
    lastState: crashed(1, 'Error'),
  })
  const kill = event(crash, 'Normal', 'Killing', 'Container app failed liveness probe, will be restarted', {
    lastTimestamp: ago(600),
  })
  assert.match((await of(crash, [kill])) ?? '', /^container app of web exits with code 1/)
})

test('the last words of a container are part of the verdict', async () => {
  const state = { terminated: { ...crashed(1, 'Error').terminated, message: 'no such table: users\n' } }
  const failed = pod({ state }, { podStatus: { phase: 'Failed' } })
  assert.equal(await of(failed), 'container app of web ended with code 1: no such table: users')
})

test('an image that the registry does not have is said to be missing, whatever layers told it', async () => {
  const message =
    'Back-off pulling image "shop/web:v9": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/shop/web:v9": failed to resolve reference "docker.io/shop/web:v9": docker.io/shop/web:v9: not found'
  const missing = pod({ state: { waiting: { reason: 'ImagePullBackOff', message } } })
  assert.equal(
    await of(missing),
    'image shop/web:v9 of container app of web cannot be pulled: registry docker.io has no such image or tag: docker.io/shop/web:v9: not found',
  )
})

test('a kubelet that only says that it backs off is completed from the events', async () => {
  const message = 'Back-off pulling image "shop/web:v9"'
  const denied = pod({ state: { waiting: { reason: 'ImagePullBackOff', message } } })
  const failure = event(
    denied,
    'Warning',
    'Failed',
    'Failed to pull image "shop/web:v9": rpc error: code = Unknown desc = pull access denied for shop/web',
  )
  assert.match((await of(denied, [failure])) ?? '', /it says pull access denied for shop\/web$/)
})

test('of two containers each has its own events', async () => {
  const spec = { containers: ['app', 'proxy'].map((name) => ({ name, readinessProbe: PROBE })) }
  const containerStatuses = [
    { name: 'app', ready: true, state: running(HOUR), restartCount: 0 },
    { name: 'proxy', ready: false, state: running(HOUR), restartCount: 0 },
  ]
  const two = pod({}, { spec, podStatus: { containerStatuses } })
  const told = (name: string, message: string) =>
    event(two, 'Warning', 'Unhealthy', `Readiness probe failed: ${message}`, {
      involvedObject: { kind: 'Pod', name: 'web', fieldPath: `spec.containers{${name}}` },
    })
  const failed = 'HTTP probe failed with statuscode: '
  assert.match(
    (await of(two, [told('app', `${failed}500`), told('proxy', `${failed}503`)])) ?? '',
    /^the readiness probe of container proxy of web fails: .*\b503\b/,
  )
})

test('a sidecar that crashes is called a sidecar', async () => {
  const spec = { initContainers: [{ name: 'mesh', restartPolicy: 'Always' }], containers: [{ name: 'app' }] }
  const initContainerStatuses = [
    {
      name: 'mesh',
      ready: false,
      restartCount: 6,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: crashed(2, 'Error'),
    },
  ]
  const held = pod(
    { state: { waiting: { reason: 'PodInitializing' } } },
    { spec, podStatus: { phase: 'Pending', initContainerStatuses } },
  )
  assert.match((await of(held)) ?? '', /^sidecar container mesh of web exits with code 2/)
})

const debugged = (state: object) =>
  pod(
    { ready: true, state: running(HOUR) },
    {
      spec: { containers: [{ name: 'app' }], ephemeralContainers: [{ name: 'debug', image: 'tools:1' }] },
      podStatus: { ephemeralContainerStatuses: [{ name: 'debug', state, restartCount: 0 }] },
    },
  )

test('a debugger that ended badly does not make a pod bad, one that cannot start is told', async () => {
  assert.equal(await of(debugged(crashed(1, 'Error'))), undefined)
  assert.equal(await of(debugged({ waiting: { reason: 'ContainerCreating' } })), undefined)
  assert.equal(
    await of(debugged({ waiting: { reason: 'ErrImagePull', message: 'not found' } })),
    'debugger debug of pod web does not start: ErrImagePull: image tools:1: not found',
  )
})

test('volumes that failed before the image was pulled are over', async () => {
  const creating = pod(
    { state: { waiting: { reason: 'ContainerCreating' } } },
    { podStatus: { phase: 'Pending', startTime: ago(120) } },
  )
  const mount = event(creating, 'Warning', 'FailedMount', 'timed out', { lastTimestamp: ago(90) })
  const pulling = event(creating, 'Normal', 'Pulling', 'Pulling image', { lastTimestamp: ago(30) })
  assert.equal(await of(creating, [mount]), 'a volume of web cannot be mounted: timed out')
  assert.equal(await of(creating, [pulling, mount]), undefined)
})

test('a pod that is created for long without a word about it says so', async () => {
  const creating = pod({ state: { waiting: { reason: 'ContainerCreating' } } }, { podStatus: { phase: 'Pending' } })
  assert.equal(await of(creating), 'the pod of web cannot be set up on its node: no event says why')
})

test('an init container that runs for long is named', async () => {
  const spec = { initContainers: [{ name: 'wait-for-db' }], containers: [{ name: 'app' }] }
  const initContainerStatuses = [{ name: 'wait-for-db', state: running(HOUR), restartCount: 0 }]
  const waiting = pod(
    { state: { waiting: { reason: 'PodInitializing' } } },
    { spec, podStatus: { phase: 'Pending', initContainerStatuses } },
  )
  assert.equal(
    await of(waiting),
    'init container wait-for-db of web still runs; the other containers wait for it to end',
  )
})

const unplaced = (conditions: object[], spec: object = {}) =>
  pod(
    {},
    {
      spec: { nodeName: undefined, schedulerName: 'mine', ...spec },
      podStatus: { phase: 'Pending', conditions, containerStatuses: [] },
    },
  )

test('scheduling gates are meant: they are good to know, and no more', async () => {
  const gated = unplaced([{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }], {
    schedulingGates: [{ name: 'example.com/wait' }],
  })
  assert.deepEqual(
    (await diagnosed(gated)).map(({ severity, cause }) => [severity, cause]),
    [['info', 'web is not placed: its scheduling gate example.com/wait is not lifted']],
  )
})

test('a scheduler that never looked is told', async () => {
  assert.equal(await of(unplaced([])), 'web is not placed: no scheduler called mine has looked at it')
})

const unready = (reason?: string, message?: string) =>
  pod(
    { ready: true, state: running(HOUR) },
    { podStatus: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(300), reason, message }] } },
  )
const node = (status: string) =>
  make('v1 Node', {
    metadata: { name: 'node1', namespace: undefined },
    status: { conditions: [{ type: 'Ready', status }] },
  })

test('a pod whose node is lost names the node', async () => {
  assert.equal(
    await of(unready(), [node('Unknown')]),
    'web is on node node1, which is not ready: its kubelet never reported',
  )
})

test('a pod that is not ready though its containers are is told in its own words', async () => {
  const message = 'corresponding condition of pod readiness gate "lb" does not exist.'
  assert.equal(
    await of(unready('ReadinessGatesNotReady', message), [node('True')]),
    `all containers of web are ready, the pod is not: ReadinessGatesNotReady: ${message}`,
  )
  const just = { type: 'Ready', status: 'False', lastTransitionTime: ago(10) }
  assert.equal(await of(pod({ ready: true, state: running(HOUR) }, { podStatus: { conditions: [just] } })), undefined)
})

test('a deletion in its grace period is not wrong, one that hangs names the node', async () => {
  const state = { ready: true, state: running(HOUR) }
  assert.equal(await of(pod(state, { metadata: { deletionTimestamp: ago(-30) } })), undefined)
  const hanging = pod(state, { metadata: { deletionTimestamp: ago(600) } })
  assert.equal(
    await of(hanging),
    'pod web was deleted and does not go: the kubelet on node node1 has not confirmed that it stopped',
  )
})

test('an eviction by a drain is told where the pod failed without other reason', async () => {
  const conditions = [
    { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' },
  ]
  const evicted = pod({ state: crashed(0, 'Completed') }, { podStatus: { phase: 'Failed', conditions } })
  assert.equal(await of(evicted), 'web was ended from outside: EvictionByEvictionAPI: Eviction API: evicting')
})

test('a resize that the node cannot give is told', async () => {
  const conditions = [
    { type: 'Ready', status: 'True' },
    { type: 'PodResizePending', status: 'True', reason: 'Infeasible', message: 'Node did not have enough capacity' },
  ]
  const wanting = pod({ ready: true, state: running(HOUR) }, { podStatus: { conditions } })
  assert.equal(await of(wanting), 'web cannot be resized in place: Infeasible: Node did not have enough capacity')
})

test('a message of many lines and terminal codes becomes one plain line', async () => {
  const message = 'line one\nline two \u001b[31mred\u001b[0m \u202eturned'
  const odd = pod({ state: { waiting: { reason: 'CreateContainerError', message } } })
  assert.equal(await of(odd), 'container app of web cannot be started: line one line two [31mred [0m turned')
})
