import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { ago, event, make, pod } from '../describe/build.ts'
import { deployment, findings, looping, tail, terminated, told, waiting } from './build.ts'
import { check } from './cases.ts'

const killed = (probe: string) => (each: KubeObject) =>
  event(each, 'Normal', 'Killing', `Container app failed ${probe} probe, will be restarted`)
const HTTP = { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 2 }
const LIVENESS = { livenessProbe: { ...HTTP, timeoutSeconds: 3 }, ports: [{ containerPort: 80, name: 'http' }] }
const alive = looping(137, 'Error', LIVENESS)
const unready = pod(
  { state: { running: { startedAt: ago(300) } } },
  { spec: { containers: [{ name: 'app', image: 'shop/web:v9', readinessProbe: HTTP }] } },
)
const named = looping(137, 'Error', {
  livenessProbe: { httpGet: { port: 'http' } },
  ports: [{ containerPort: 80, name: 'http' }],
})
const starting = looping(143, 'Error', { startupProbe: { tcpSocket: { port: 'admin' } } })

check([
  {
    name: 'a crash tells its exit code and the line that says why, though others follow it',
    objects: [looping(3)],
    around: tail('starting', '2026-11-22T11:59:00Z panic: no database', 'goroutine 1 [running]:', 'flushed 3 spans'),
    expect: 'crash-loop: container app of web exits with code 3: panic: no database',
  },
  {
    name: 'a termination message says more than a log',
    objects: [looping(78, 'Error', {}, 'PORT is not a number\n')],
    around: tail('error: something else'),
    expect:
      'crash-loop: container app of web exits with code 78 (EX_CONFIG: its configuration is wrong): PORT is not a number',
  },
  {
    name: 'a crash whose log was not read says so',
    objects: [looping(139)],
    expect:
      'crash-loop: container app of web exits with code 139 (SIGSEGV: it touched memory that is not its own): its last words were not read',
  },
  {
    name: 'a program that ends in order where it should run on is told as that',
    objects: [looping(0, 'Completed')],
    around: tail(),
    expect:
      'crash-loop: container app of web ends in order (exit code 0) where it is meant to keep running: it wrote nothing to its log',
  },
  {
    name: 'memory is told with its limit',
    objects: [looping(137, 'OOMKilled', { resources: { limits: { memory: '64Mi' } } })],
    expect:
      'oom-killed: container app of web wanted more memory than its limit of 64Mi and was killed by the kernel (OOMKilled, exit code 137)',
  },
  {
    name: 'memory without a limit of its own is that of the pod or the node',
    objects: [looping(137, 'OOMKilled')],
    expect:
      'oom-killed: container app of web has no memory limit of its own and was killed by the kernel (OOMKilled, exit code 137): the memory of its pod or of the node ran out',
  },
  {
    name: 'a SIGKILL that is not for memory is not called out of memory',
    objects: [looping(137, 'Error', { resources: { limits: { memory: '64Mi' } } })],
    around: tail('working'),
    expect: 'crash-loop: container app of web exits with code 137 (SIGKILL, not for its memory limit): working',
  },
  {
    name: 'a liveness probe tells what it asks, what answered and which port is declared',
    objects: [
      alive,
      killed('liveness')(alive),
      event(
        alive,
        'Warning',
        'Unhealthy',
        'Liveness probe failed: Get "http://10.1.2.3:8080/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      ),
    ],
    expect:
      'liveness-failing: the liveness probe of container app of web fails and the kubelet restarts it: GET http://:8080/ready: no answer within 3 s; the container declares port 80 http',
  },
  {
    name: 'a startup probe by a name that no port has says so',
    objects: [
      starting,
      killed('startup')(starting),
      event(starting, 'Warning', 'Unhealthy', 'Startup probe errored: strconv.Atoi: parsing "admin": invalid syntax'),
    ],
    expect:
      'startup-failing: the startup probe of container app of web fails before it has started: TCP port admin: strconv.Atoi: parsing "admin": invalid syntax; the container has no port named "admin"',
  },
  {
    name: 'a probe of a port by its name is no mismatch',
    objects: [named, killed('liveness')(named)],
    expect:
      'liveness-failing: the liveness probe of container app of web fails and the kubelet restarts it: GET http://:http/: no event says what answered',
  },
  {
    name: 'a readiness probe tells the status that it got',
    objects: [
      unready,
      event(unready, 'Warning', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503'),
    ],
    expect: 'readiness-failing: the readiness probe of container app of web fails: GET http://:8080/ready: status 503',
  },
  {
    name: 'a readiness probe whose events are gone is told without guessing',
    objects: [unready],
    expect:
      'readiness-failing: the readiness probe of container app of web fails: GET http://:8080/ready: no event says what answered',
  },
])

test('a container that runs between two crashes is a warning while it is ready', async () => {
  const running = pod({
    ready: true,
    restartCount: 4,
    state: { running: { startedAt: ago(50) } },
    lastState: terminated(1),
  })
  const [finding, ...others] = await findings([running], tail('error: lost the broker'))
  assert.deepEqual([finding?.id, finding?.severity, others], ['crash-loop', 'warning', []])
  assert.match(finding?.cause ?? '', /exits with code 1: error: lost the broker$/)
})

test('what the system refused says more than the words after it', async () => {
  for (const why of [
    'open /var/cache/x: read-only file system',
    'listen tcp :8080: bind: address already in use',
    'write /data/log: no space left on device',
    'dial tcp 10.0.0.5:5432: i/o timeout',
    'DATABASE_URL is required',
  ])
    assert.match((await told([looping(1)], tail('starting', why, 'bye'))).join(), new RegExp(`code 1: ${why}$`))
})

test('the frames of a stack do not hide the error above them', async () => {
  const lines = ['Exception in thread "main" no database', '\tat com.shop.Error.of(Error.java:3)', 'bye']
  assert.match((await told([looping(1)], tail(...lines))).join(), /code 1: Exception in thread "main" no database$/)
})

test('the log of another pod says nothing of this one, though it ended the same way', async () => {
  const other = looping(1)
  const stranger = { ...other, metadata: { ...other.metadata, name: 'other' } }
  const tails = [{ namespace: 'shop', pod: 'other', container: 'app', previous: true, lines: ['fatal: its own'] }]
  const [, mine = ''] = await told([stranger, looping(1)], { tails })
  assert.match(mine, /^crash-loop Pod\/web: .*: its last words were not read$/)
})

test('evidence has at most five lines of a log, in their order, the telling ones', async () => {
  const lines = Array.from({ length: 40 }, (_, index) => (index % 9 === 0 ? `error ${index}` : `step ${index}`))
  const [finding] = await findings([looping(1)], tail('fatal: first', ...lines))
  const logged = finding?.evidence.filter(({ from }) => from === 'log').map(({ text }) => text)
  assert.deepEqual(logged, ['fatal: first', 'error 9', 'error 18', 'error 27', 'error 36'])
})

const container = (name: string, more: object = {}) => ({ name, image: 'shop/web:v9', ...more })
const crashed = (name: string) => ({
  name,
  ready: false,
  restartCount: 5,
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: terminated(1),
})
const runs = (name: string) => ({ name, ready: true, restartCount: 0, state: { running: { startedAt: ago(300) } } })
const waits = (name: string) => ({
  name,
  ready: false,
  restartCount: 0,
  state: { waiting: { reason: 'PodInitializing' } },
})

check([
  {
    name: 'one container of several that crashes is told as that',
    objects: [
      make('v1 Pod', {
        spec: { nodeName: 'n', containers: [container('app'), container('proxy')] },
        status: { phase: 'Running', containerStatuses: [runs('app'), crashed('proxy')] },
      }),
    ],
    expect:
      'sidecar-crash: container proxy of web exits with code 1: its last words were not read; its other containers run',
  },
  {
    name: 'an init container that fails holds up the others',
    objects: [
      make('v1 Pod', {
        spec: { nodeName: 'n', initContainers: [container('migrate')], containers: [container('app')] },
        status: { phase: 'Pending', initContainerStatuses: [crashed('migrate')], containerStatuses: [waits('app')] },
      }),
    ],
    expect:
      'init-failing: init container migrate of web exits with code 1: its last words were not read; the other containers wait for it',
  },
  {
    name: 'a sidecar that crashes before the containers start is told by its role',
    objects: [
      make('v1 Pod', {
        spec: {
          nodeName: 'n',
          initContainers: [container('mesh', { restartPolicy: 'Always' })],
          containers: [container('app')],
        },
        status: { phase: 'Pending', initContainerStatuses: [crashed('mesh')], containerStatuses: [waits('app')] },
      }),
    ],
    expect: 'crash-loop: sidecar container mesh of web exits with code 1: its last words were not read',
  },
])

const START = (message: string, code = 128) => looping(code, 'StartError', { command: ['/bin/app'] }, message)
const CONTAINERD =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: '

check([
  {
    name: 'a program that is not in the image, by containerd',
    objects: [
      START(`${CONTAINERD}error during container init: exec: "serve": executable file not found in $PATH: unknown`),
    ],
    expect: 'command-not-found: container app of web cannot start: program serve is not in its image',
  },
  {
    name: 'a program that is not in the image, by CRI-O',
    objects: [
      waiting(
        'CreateContainerError',
        'container create failed: executable file `serve` not found in $PATH: No such file or directory',
      ),
    ],
    expect: 'command-not-found: container app of web cannot start: program serve is not in its image',
  },
  {
    name: 'a program that is not in the image, by docker',
    objects: [
      looping(
        127,
        'ContainerCannotRun',
        {},
        'OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "serve": executable file not found in $PATH: unknown',
      ),
    ],
    expect: 'command-not-found: container app of web cannot start: program serve is not in its image',
  },
  {
    name: 'a program that may not be run',
    objects: [START(`${CONTAINERD}exec: "/srv/run.sh": permission denied: unknown`, 126)],
    expect:
      'command-not-found: container app of web cannot start: program /srv/run.sh may not be run: permission denied',
  },
  {
    name: 'a shell that did not find a program',
    objects: [looping(127)],
    around: tail('sh: serve: not found'),
    expect:
      'command-not-found: container app of web exits with code 127, a program that it calls was not found: sh: serve: not found',
  },
  {
    name: 'a program for another processor',
    objects: [looping(255)],
    around: tail('exec /app/server: exec format error'),
    expect:
      'command-not-found: container app of web exits with code 255, its program is for another processor: exec /app/server: exec format error',
  },
  {
    name: 'a limit too low for the container to start is told as memory',
    objects: [
      looping(
        128,
        'StartError',
        { resources: { limits: { memory: '1Mi' } } },
        `${CONTAINERD}container init was OOM-killed (memory limit too low?): unknown`,
      ),
    ],
    expect:
      'oom-killed: container app of web wanted more memory than its limit of 1Mi and could not even start (OOM-killed)',
  },
  {
    name: 'whatever else a runtime says is told in its words',
    objects: [START(`${CONTAINERD}chdir to cwd ("/srv") set in config.json failed: no such file or directory`)],
    expect:
      'container-not-created: container app of web cannot be started: chdir to cwd ("/srv") set in config.json failed: no such file or directory',
  },
])

const hooked = looping(137)

check([
  {
    name: 'a container that ends because of its postStart hook is told by the hook, not by its exit code',
    objects: [
      hooked,
      event(
        hooked,
        'Warning',
        'FailedPostStartHook',
        'Exec lifecycle hook ([/bin/warm]) for Container "app" in Pod "web_shop(1-2)" failed - error: exited with 1',
      ),
    ],
    expect:
      'container-not-created: container app of web cannot be started: its postStart hook fails: Exec lifecycle hook ([/bin/warm]) for Container "app" failed - error: exited with 1',
  },
])

test('the next step of a container out of memory raises the limit of its workload by a patch', async () => {
  const limits = { resources: { limits: { memory: '64Mi' } } }
  const objects = deployment({ readyReplicas: 1 }, [{ revision: 1, pods: [looping(137, 'OOMKilled', limits)] }])
  const [finding] = await findings(objects)
  assert.deepEqual([finding?.object.name, finding?.severity], ['web', 'warning'])
  assert.deepEqual(finding?.next[0]?.arguments, {
    kind: 'Deployment',
    namespace: 'shop',
    name: 'web',
    patch: {
      spec: { template: { spec: { containers: [{ name: 'app', resources: { limits: { memory: '128Mi' } } }] } } },
    },
  })
})
