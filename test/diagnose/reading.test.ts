import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { test, type TestContext } from 'node:test'
import { LOCAL } from '../../src/call.ts'
import { readConfig } from '../../src/config.ts'
import { connectionOptions } from '../../src/connecting.ts'
import { Connections } from '../../src/kubernetes/connection.ts'
import { Cluster } from '../../src/services/cluster.ts'
import { gather } from '../../src/services/diagnose/gather.ts'
import { troubleTest } from '../cluster/shared.ts'
import { listAt } from '../support/json.ts'
import { kubeconfigBehind } from '../support/loopback.ts'
import { make } from '../describe/build.ts'
import { isWell } from '../../src/services/describe/pod-status.ts'
import { podSlim } from '../../src/services/diagnose/slim-pods.ts'

type Answers = (pathname: string, answer: ServerResponse, query: URLSearchParams) => void

const SHOP = { of: 'namespace', namespace: 'shop' } as const
const send = (answer: ServerResponse, body: object) =>
  void answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const list = (...items: object[]) => ({ metadata: {}, items })

/** A cluster whose API server answers like this; everything that it does not answer is an empty list. */
async function clusterOf(t: TestContext, ...[cluster, answers]: [Parameters<typeof kubeconfigBehind>[1], Answers]) {
  const api = createServer((request, answer) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://api')
    if (pathname.endsWith('/namespaces/shop')) return send(answer, make('v1 Namespace', { metadata: { name: 'shop' } }))
    answers(pathname, answer, searchParams)
    return undefined
  })
  const KUBECONFIG = await kubeconfigBehind(t, cluster, api)
  const connections = new Connections(connectionOptions(readConfig({ environment: { KUBECONFIG } }).config))
  await connections.start()
  t.after(() => connections.close())
  const call = {
    ...LOCAL,
    door: 'rest',
    correlationId: 'test',
    signal: new AbortController().signal,
    progress: () => undefined,
    wantsProgress: false,
    requests: [],
  } as const
  return new Cluster(connections.open('admin'), { ...call, requests: [] })
}

troubleTest('what does not come in time is a gap, and the rest is there', async ({ cluster }, t) => {
  const slow = await clusterOf(t, cluster, (pathname, answer) => {
    if (!pathname.endsWith('/events')) send(answer, list(make('v1 Thing')))
  })
  const { gaps, objects } = await gather(slow, SHOP, { milliseconds: 2000 })
  assert.deepEqual(gaps, [{ what: 'events', why: 'Context admin did not answer within 2 s.' }])
  assert.equal(objects['Pod']?.length, 1)
  assert.equal(objects['Event'], undefined, 'what was not read is not an empty list')
})

/** A pod that has crashed, as a list tells it. */
const crashed = (name: string, owner: string, restarts: number) => ({
  metadata: {
    name,
    namespace: 'shop',
    uid: name,
    ownerReferences: [{ kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
  },
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'app',
        ready: false,
        restartCount: restarts,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, finishedAt: '2026-11-22T12:00:00Z' } },
      },
    ],
  },
})

troubleTest(
  'of a workload that crashes two logs are read: 16 KB of their ends, of the run before',
  async ({ cluster }, t) => {
    const asked: string[] = []
    const crowd = Array.from({ length: 30 }, (_, index) => crashed(`web-${index}`, 'web', index))
    const api = await clusterOf(t, cluster, (pathname, answer, query) => {
      if (pathname.endsWith('/pods')) return send(answer, list(...crowd, crashed('other', 'other', 1)))
      if (!pathname.endsWith('/log')) return send(answer, list())
      asked.push(`${pathname.split('/').at(-2)} previous=${query.get('previous')}`)
      const lines = Array.from(
        { length: 600 },
        (_, index) => `2026-11-22T12:00:00.${String(index).padStart(9, '0')}Z line ${index} ${'x'.repeat(60)}`,
      )
      return void answer.end(`${lines.slice(-Number(query.get('tailLines'))).join('\n')}\n`)
    })
    const { tails, gaps } = await gather(api, SHOP)
    assert.deepEqual(gaps, [])
    assert.deepEqual(asked.toSorted(), ['other previous=true', 'web-28 previous=true', 'web-29 previous=true'])
    const [first] = tails
    assert.equal(first?.lines.at(-1)?.startsWith('line 599'), true)
    const size = Buffer.byteLength(first?.lines.join('\n') ?? '')
    assert.ok(size > 8 * 1024 && size <= 16 * 1024, `${size} bytes`)
  },
)

test('a pod that is well keeps who it is, where it runs and what it offers; one in trouble no value of a variable', () => {
  const spec = {
    nodeName: 'n1',
    containers: [
      {
        name: 'app',
        image: 'shop/web:1',
        ports: [{ containerPort: 80 }],
        args: ['a'],
        env: [{ name: 'PASSWORD', value: 'x' }],
      },
    ],
  }
  const status = (ready: boolean) => ({
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', message: 'm' }],
    containerStatuses: [{ name: 'app', ready, restartCount: 0, imageID: 'sha256:1' }],
  })
  const [well, troubled] = [true, false].map((ready) => make('v1 Pod', { spec, status: status(ready) }))
  assert.deepEqual(
    [well, troubled].map((each) => each && isWell(each)),
    [true, false],
  )
  const [slimWell, slimTroubled] = [well, troubled].map((each) => each && podSlim(each))
  assert.deepEqual(slimWell?.['spec'], {
    nodeName: 'n1',
    containers: [{ name: 'app', ports: [{ containerPort: 80 }] }],
  })
  assert.deepEqual(Object(slimTroubled?.['spec']).containers, [
    { name: 'app', image: 'shop/web:1', ports: [{ containerPort: 80 }], args: ['a'], env: [{ name: 'PASSWORD' }] },
  ])
})

test('a pod that waits for a debugger or for other resources is not well; a well one keeps its sidecars', () => {
  const containerStatuses = [{ name: 'app', ready: true, restartCount: 0 }]
  const conditions = [{ type: 'Ready', status: 'True' }]
  const pod = (status: object, spec: object = {}) =>
    make('v1 Pod', { spec, status: { phase: 'Running', conditions, containerStatuses, ...status } })
  const debug = (state: object) => pod({ ephemeralContainerStatuses: [{ name: 'debug', state }] })
  const resize = pod({
    conditions: [...conditions, { type: 'PodResizePending', status: 'True', reason: 'Infeasible' }],
  })
  assert.deepEqual(
    [pod({}), debug({ terminated: { exitCode: 1 } }), debug({ waiting: { reason: 'ErrImagePull' } }), resize].map(
      isWell,
    ),
    [true, true, false, false],
  )
  const mesh = { name: 'mesh', restartPolicy: 'Always', ports: [{ containerPort: 15_000 }] }
  const initContainerStatuses = [{ name: 'mesh', ready: true, started: true, restartCount: 0 }]
  const slim = podSlim(pod({ initContainerStatuses }, { initContainers: [{ ...mesh, image: 'shop/mesh:1' }] }))
  assert.deepEqual(listAt(slim, 'spec', 'initContainers'), [mesh])
  assert.deepEqual(listAt(slim, 'status', 'initContainerStatuses'), initContainerStatuses)
})
