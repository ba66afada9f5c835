import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verdict } from '../../src/services/describe/verdict.ts'
import { ago, DAY, event, HOUR, make, pod, snapshot } from './build.ts'

const running = (seconds: number) => ({ running: { startedAt: ago(seconds) } })
const crashed = (exitCode: number, reason: string, seconds = 60) => ({
  terminated: { exitCode, reason, startedAt: ago(seconds + 5), finishedAt: ago(seconds) },
})
const of = (...parts: Parameters<typeof snapshot>) => verdict(snapshot(...parts))

test('a pod that restarted once last week is well', () => {
  const once = pod({ ready: true, state: running(7 * DAY), restartCount: 1, lastState: crashed(1, 'Error', 7 * DAY) })
  assert.equal(of(once), undefined)
})

test('a pod between two crashes is not well though it runs', () => {
  const looping = pod({ ready: true, state: running(20), restartCount: 4, lastState: crashed(1, 'Error', 25) })
  assert.equal(of(looping), 'Restarting: container app exited with code 1, 4 restarts, last 25s ago')
})

test('a pod that ran out of memory within the hour says so, and names the missing limit', () => {
  const once = pod({ ready: true, state: running(1800), restartCount: 1, lastState: crashed(137, 'OOMKilled', 1800) })
  assert.match(
    of(once) ?? '',
    /^Restarting: container app OOMKilled \(exit code 137, no memory limit of its own\), 1 restart, /,
  )
})

test('a container that just started may be unready, and one that was given time to start takes it', () => {
  assert.equal(of(pod({ state: running(20) })), undefined)
  const slow = { containers: [{ name: 'app', readinessProbe: { initialDelaySeconds: 300 } }] }
  assert.equal(of(pod({ state: running(200) }, { spec: slow })), undefined)
  const starting = { containers: [{ name: 'app', startupProbe: { failureThreshold: 100 } }] }
  assert.equal(of(pod({ state: running(500), started: false }, { spec: starting })), undefined)
})

test('a container that stays unready says for how long where no event says why', () => {
  assert.equal(of(pod({ state: running(900) })), 'not ready: container app for 15m, no event says why')
})

test('an exit of its own is not blamed on the probe that killed the container before', () => {
  const crash = pod({
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    restartCount: 3,
    lastState: crashed(1, 'Error'),
  })
  const kill = event(crash, 'Normal', 'Killing', 'Container app failed liveness probe, will be restarted')
  assert.match(of(crash, { events: [kill] }) ?? '', /exited with code 1, 3 restarts/)
})

test('the last words of a container are part of the verdict', () => {
  const state = { terminated: { ...crashed(1, 'Error').terminated, message: 'no such table: users\n' } }
  const failed = pod({ state }, { podStatus: { phase: 'Failed' } })
  assert.equal(of(failed), 'Failed: container app exited with code 1: no such table: users')
})

test('an image that the registry does not have is said to be missing, whatever layers told it', () => {
  const message =
    'Back-off pulling image "shop/web:v9": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/shop/web:v9": failed to resolve reference "docker.io/shop/web:v9": docker.io/shop/web:v9: not found'
  const missing = pod({ state: { waiting: { reason: 'ImagePullBackOff', message } } })
  assert.equal(of(missing), 'ImagePullBackOff: image shop/web:v9 not found')
})

test('a kubelet that only says that it backs off is completed from the events', () => {
  const message = 'Back-off pulling image "shop/web:v9"'
  const denied = pod({ state: { waiting: { reason: 'ImagePullBackOff', message } } })
  const failure = event(
    denied,
    'Warning',
    'Failed',
    'Failed to pull image "shop/web:v9": rpc error: code = Unknown desc = pull access denied for shop/web',
  )
  assert.equal(
    of(denied, { events: [failure] }),
    'ImagePullBackOff: image shop/web:v9: pull access denied for shop/web',
  )
})

test('of two containers each has its own events', () => {
  const spec = { containers: [{ name: 'app' }, { name: 'proxy' }] }
  const containerStatuses = [
    { name: 'app', ready: true, state: running(HOUR), restartCount: 0 },
    { name: 'proxy', ready: false, state: running(HOUR), restartCount: 0 },
  ]
  const two = pod({}, { spec, podStatus: { containerStatuses } })
  const told = (name: string, message: string) =>
    event(two, 'Warning', 'Unhealthy', `Readiness probe failed: ${message}`, {
      involvedObject: { kind: 'Pod', name: 'web', fieldPath: `spec.containers{${name}}` },
    })
  const events = [told('app', 'statuscode: 500'), told('proxy', 'statuscode: 503')]
  assert.equal(
    of(two, { events }),
    '1 of 2 containers ready: not ready: readiness probe of container proxy failed: statuscode: 503',
  )
})

test('a sidecar that crashes is called a sidecar, and holds up the others', () => {
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
  assert.match(of(held) ?? '', /^CrashLoopBackOff: sidecar container mesh exited with code 2, 6 restarts/)
})

const debugged = (state: object) =>
  pod(
    { ready: true, state: running(HOUR) },
    {
      spec: { containers: [{ name: 'app' }], ephemeralContainers: [{ name: 'debug', image: 'tools:1' }] },
      podStatus: { ephemeralContainerStatuses: [{ name: 'debug', state, restartCount: 0 }] },
    },
  )

test('a debugger that ended badly does not make a pod bad, one that cannot start is told', () => {
  assert.equal(of(debugged(crashed(1, 'Error'))), undefined)
  assert.equal(
    of(debugged({ waiting: { reason: 'ErrImagePull', message: 'not found' } })),
    'ErrImagePull: image tools:1 not found',
  )
})

test('volumes that failed before the image was pulled are over', () => {
  const creating = pod(
    { state: { waiting: { reason: 'ContainerCreating' } } },
    { podStatus: { phase: 'Pending', startTime: ago(120) } },
  )
  const mount = event(creating, 'Warning', 'FailedMount', 'timed out', { lastTimestamp: ago(90) })
  const pulling = event(creating, 'Normal', 'Pulling', 'Pulling image', { lastTimestamp: ago(30) })
  assert.equal(of(creating, { events: [mount] }), 'FailedMount: timed out')
  assert.equal(of(creating, { events: [pulling, mount] }), undefined)
})

test('a pod that is created for long without a word about it says so', () => {
  const creating = pod({ state: { waiting: { reason: 'ContainerCreating' } } }, { podStatus: { phase: 'Pending' } })
  assert.equal(of(creating), 'ContainerCreating: for 60m, no event says why')
})

test('an init container that runs for long is named', () => {
  const spec = { initContainers: [{ name: 'wait-for-db' }], containers: [{ name: 'app' }] }
  const initContainerStatuses = [{ name: 'wait-for-db', state: running(HOUR), restartCount: 0 }]
  const waiting = pod(
    { state: { waiting: { reason: 'PodInitializing' } } },
    { spec, podStatus: { phase: 'Pending', initContainerStatuses } },
  )
  assert.equal(of(waiting), 'not initialized: init container wait-for-db has run for 60m')
})

test('scheduling gates are meant, a scheduler that never looked is not', () => {
  const spec = { nodeName: undefined, schedulerName: 'mine' }
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }]
  assert.equal(of(pod({}, { spec, podStatus: { phase: 'Pending', conditions, containerStatuses: [] } })), undefined)
  const unseen = pod({}, { spec, podStatus: { phase: 'Pending', conditions: [], containerStatuses: [] } })
  assert.equal(of(unseen), 'Unscheduled: scheduler mine has not looked at it since it was created')
})

test('a pod whose node is gone names the node', () => {
  const lost = pod(
    { ready: true, state: running(HOUR) },
    { podStatus: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(300) }] } },
  )
  const node = make('v1 Node', {
    metadata: { name: 'node1' },
    status: { conditions: [{ type: 'Ready', status: 'Unknown' }] },
  })
  assert.equal(of(lost, { related: [node] }), 'not ready: node node1 is not ready, for 5m')
})

test('a closed readiness gate is told in its own words', () => {
  const conditions = [
    {
      type: 'Ready',
      status: 'False',
      lastTransitionTime: ago(300),
      reason: 'ReadinessGatesNotReady',
      message: 'corresponding condition of pod readiness gate "lb" does not exist.',
    },
  ]
  const gated = pod({ ready: true, state: running(HOUR) }, { podStatus: { conditions } })
  assert.match(
    of(gated) ?? '',
    /^not ready: ReadinessGatesNotReady: corresponding condition of pod readiness gate "lb"/,
  )
})

test('a deletion in its grace period is not wrong, one that hangs names the node', () => {
  const state = { ready: true, state: running(HOUR) }
  assert.equal(of(pod(state, { metadata: { deletionTimestamp: ago(-30) } })), undefined)
  const hanging = pod(state, { metadata: { deletionTimestamp: ago(600) } })
  assert.equal(of(hanging), 'Terminating: deleted 10m ago, the kubelet on node node1 has not confirmed that it stopped')
})

test('an eviction by a drain is told where the pod failed without other reason', () => {
  const conditions = [
    { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' },
  ]
  const evicted = pod({ state: crashed(0, 'Completed') }, { podStatus: { phase: 'Failed', conditions } })
  assert.equal(of(evicted), 'EvictionByEvictionAPI: Eviction API: evicting')
})

test('a resize that the node cannot give is told', () => {
  const conditions = [
    { type: 'Ready', status: 'True' },
    { type: 'PodResizePending', status: 'True', reason: 'Infeasible', message: 'Node did not have enough capacity' },
  ]
  const wanting = pod({ ready: true, state: running(HOUR) }, { podStatus: { conditions } })
  assert.equal(of(wanting), 'PodResizePending: Infeasible: Node did not have enough capacity')
})

test('a message of many lines and terminal codes becomes one plain line', () => {
  const message = 'line one\nline two \u001b[31mred\u001b[0m \u202eturned'
  const odd = pod({ state: { waiting: { reason: 'CreateContainerError', message } } })
  assert.equal(of(odd), 'CreateContainerError: container app: line one line two [31mred [0m turned')
})
