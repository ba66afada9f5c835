import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { ago, event, HOUR, make, pod } from '../describe/build.ts'
import { deployment, findings, node, owned, told, unplaced, waiting } from './build.ts'

const AFTER = ' preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.'
const unfit = (reasons: string, spec?: Record<string, unknown>) =>
  unplaced(`0/3 nodes are available: ${reasons}.${AFTER}`, spec)
const asking = (requests: object) => ({ containers: [{ name: 'app', image: 'a', resources: { requests } }] })

const nodes = [
  node('n1', { labels: { disktype: 'hdd', 'kubernetes.io/arch': 'amd64' } }),
  node('n2', { labels: { disktype: 'hdd' }, allocatable: { cpu: '8' } }),
  node('n3', { spec: { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] } }),
]

const PLACES: readonly (readonly [name: string, pod: KubeObject, expect: string])[] = [
  [
    'a request that no node can meet is told with the largest node',
    unfit(
      '1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu',
      asking({ cpu: '16' }),
    ),
    'insufficient-resources Pod/web: no node takes web: on 2 nodes: it asks for 16 of cpu, and the largest node that it may be on (n2) has 8; on 1 node: taint node-role.kubernetes.io/control-plane is not tolerated',
  ],
  [
    'a request that would fit an empty node is told as that',
    unfit('3 Insufficient memory', asking({ memory: '6Gi' })),
    'insufficient-resources Pod/web: no node takes web: it asks for 6Gi of memory, and the largest node that it may be on (n1) has 8Gi, of which other pods have too much',
  ],
  [
    'a device that no node has',
    unfit('3 Insufficient nvidia.com/gpu', asking({ 'nvidia.com/gpu': '1' })),
    'insufficient-resources Pod/web: no node takes web: it asks for 1 of nvidia.com/gpu, and no node that it may be on has any',
  ],
  [
    'a node selector is told with the values that there are',
    unfit("3 node(s) didn't match Pod's node affinity/selector", { nodeSelector: { disktype: 'ssd' } }),
    'node-selector-unmatched Pod/web: no node takes web: no node has disktype=ssd (there is disktype=hdd)',
  ],
  [
    'a node affinity on a label that is spelt otherwise is told with the nearest',
    unfit(
      "3 node(s) didn't match Pod's node affinity/selector",
      affinity({ key: 'disk-type', operator: 'In', values: ['hdd'] }),
    ),
    'node-selector-unmatched Pod/web: no node takes web: no node has disk-type=hdd (there is disktype=hdd)',
  ],
  [
    'demands that each are met, but by no node at once',
    unfit("3 node(s) didn't match Pod's node affinity/selector", {
      nodeSelector: { disktype: 'hdd', 'kubernetes.io/arch': 'arm64' },
    }),
    'node-selector-unmatched Pod/web: no node takes web: no node has kubernetes.io/arch=arm64 (there is kubernetes.io/arch=amd64)',
  ],
  [
    'a pod whose own anti-affinity keeps it away from others',
    unfit("3 node(s) didn't match pod anti-affinity rules", {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' },
          ],
        },
      },
    }),
    'node-selector-unmatched Pod/web: no node takes web: a pod runs there that its anti-affinity keeps away from ({"matchLabels":{"app":"web"}} by kubernetes.io/hostname)',
  ],
  [
    'a pod that others keep away from themselves',
    unfit("3 node(s) didn't satisfy existing pods anti-affinity rules"),
    'node-selector-unmatched Pod/web: no node takes web: a pod runs there whose anti-affinity keeps this one away',
  ],
  [
    'a taint of every node',
    unfit('3 node(s) had untolerated taint {team: gold}'),
    'taint-not-tolerated Pod/web: no node takes web: taint team=gold is not tolerated',
  ],
  [
    'a claim that is not there, with the nearest',
    unplaced('0/3 nodes are available: persistentvolumeclaim "dat" not found. not found'),
    'claim-missing Pod/web: no node takes web: PersistentVolumeClaim shop/dat does not exist; there is data',
  ],
]

function affinity(expression: object) {
  const nodeSelectorTerms = [{ matchExpressions: [expression] }]
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } }
}

const bound = make('v1 PersistentVolumeClaim', {
  metadata: { name: 'data' },
  spec: { volumeName: 'v' },
  status: { phase: 'Bound' },
})

for (const [name, each, expect] of PLACES)
  test(name, async () => assert.deepEqual(await told([each, ...nodes, bound]), [expect]))

test('what is free on the nodes is told where all pods of the cluster were read', async () => {
  const busy = pod(
    { ready: true },
    { metadata: { name: 'busy' }, spec: { nodeName: 'n2', ...asking({ cpu: '7500m' }) } },
  )
  const small = unfit('3 Insufficient cpu', asking({ cpu: '6' }))
  const [finding] = await findings([small, busy, ...nodes.slice(1, 2)], { scope: { of: 'cluster' } })
  assert.match(
    finding?.cause ?? '',
    /asks for 6 of cpu, and the largest node that it may be on \(n2\) has 8; at most 500m is free on one node$/,
  )
})

test('a node that keeps the pod away counts for nothing, however large it is', async () => {
  const large = node('n4', {
    spec: { taints: [{ key: 'team', value: 'gold', effect: 'NoSchedule' }] },
    allocatable: { cpu: '64' },
  })
  const each = unfit('3 Insufficient cpu, 1 node(s) had untolerated taint {team: gold}', asking({ cpu: '16' }))
  assert.match(
    (await told([each, ...nodes, large])).join(),
    /the largest node that it may be on \(n2\) has 8; on 1 node: taint team=gold/,
  )
  const tolerations = [{ key: 'team', operator: 'Exists' }]
  const tolerant = unfit('4 Insufficient cpu', { ...asking({ cpu: '65' }), tolerations })
  assert.match((await told([tolerant, ...nodes, large])).join(), /the largest node that it may be on \(n4\) has 64$/)
})

test('a node that is not as the pod demands counts for nothing either', async () => {
  const large = node('n4', { labels: { disktype: 'ssd' }, allocatable: { cpu: '64' } })
  const each = unfit('2 Insufficient cpu', { ...asking({ cpu: '16' }), nodeSelector: { disktype: 'hdd' } })
  assert.match((await told([each, ...nodes, large])).join(), /the largest node that it may be on \(n2\) has 8$/)
})

test('a pod that no scheduler looks at names the scheduler that it asks for', async () => {
  const unseen = make('v1 Pod', { spec: { schedulerName: 'mine', containers: [] }, status: { phase: 'Pending' } })
  assert.deepEqual(await told([unseen]), [
    'pod-unscheduled Pod/web: web is not placed: no scheduler called mine has looked at it',
  ])
})

const setUp = (volumes: readonly object[] = [], startTime = ago(300)) => {
  const each = waiting('ContainerCreating', '', {}, { volumes })
  return { ...each, status: Object.assign({}, each['status'], { startTime }) }
}
const mounting = setUp([{ name: 'v', secret: { secretName: 'tls' } }])
const unmounted =
  'Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[v]: timed out waiting for the condition'

test('a volume whose Secret is not there names it, whatever the kubelet repeated since', async () => {
  const first = event(
    mounting,
    'Warning',
    'FailedMount',
    'MountVolume.SetUp failed for volume "v" : secret "tls" not found',
    { lastTimestamp: ago(120) },
  )
  const later = event(mounting, 'Warning', 'FailedMount', unmounted)
  assert.deepEqual(await told([mounting, first, later]), [
    'volume-missing Pod/web: Secret shop/tls does not exist; web mounts it as volume v',
  ])
})

test('a volume whose Secret is not there is found without events, by what was read', async () => {
  const other = make('v1 Secret', { metadata: { name: 'tls2' } })
  assert.deepEqual(await told([mounting, other]), [
    'volume-missing Pod/web: Secret shop/tls does not exist; there is tls2; web mounts it as volume v',
  ])
  assert.deepEqual(
    await told([mounting, other], { partial: ['Secret'] }),
    [],
    'where not all were read, nothing is said',
  )
})

test('a disk that another node has, and a network that cannot be set up, are told apart', async () => {
  const plain = setUp()
  const attach = event(
    plain,
    'Warning',
    'FailedAttachVolume',
    'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) db-0',
  )
  assert.match(
    (await told([plain, attach])).join(),
    /^volume-attach Pod\/web: a disk of web cannot be attached to node node1: it is attached/,
  )
  const network = event(
    plain,
    'Warning',
    'FailedCreatePodSandBox',
    `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${'a1'.repeat(32)}": plugin type="calico" failed`,
  )
  assert.deepEqual(await told([plain, network]), [
    'container-creating Pod/web: the pod of web cannot be set up on its node: failed to setup network for sandbox …: plugin type="calico" failed',
  ])
})

test('an evicted pod is told with the reason, and a rejected one with the words of its node', async () => {
  const gone = (reason: string, message: string) =>
    make('v1 Pod', { spec: {}, status: { phase: 'Failed', reason, message } })
  assert.deepEqual(
    await told([gone('Evicted', 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 61Mi.')]),
    [
      'pod-evicted Pod/web: the kubelet evicted web: The node was low on resource: memory. Threshold quantity: 100Mi, available: 61Mi',
    ],
  )
  assert.deepEqual(await told([gone('OutOfcpu', 'Pod was rejected: Node did not have enough resource: cpu')]), [
    'pod-failed Pod/web: web was ended from outside: OutOfcpu: Pod was rejected: Node did not have enough resource: cpu',
  ])
})

test('a pod that does not go is held by its finalizer, or by a kubelet that is silent', async () => {
  const held = make('v1 Pod', {
    metadata: { deletionTimestamp: ago(HOUR), finalizers: ['example.com/backup'] },
    spec: {},
  })
  assert.deepEqual(await told([held]), [
    'pod-terminating Pod/web: pod web was deleted and does not go: held by finalizer example.com/backup',
  ])
  const silent = make('v1 Pod', { metadata: { deletionTimestamp: ago(HOUR) }, spec: { nodeName: 'n9' } })
  assert.match((await told([silent])).join(), /does not go: the kubelet on node n9 has not confirmed that it stopped$/)
})

test('an init container that does not end is told after three minutes, and a warning after ten', async () => {
  const each = (seconds: number) =>
    make('v1 Pod', {
      spec: { nodeName: 'n', initContainers: [{ name: 'wait' }], containers: [{ name: 'app' }] },
      status: {
        phase: 'Pending',
        initContainerStatuses: [{ name: 'wait', restartCount: 0, state: { running: { startedAt: ago(seconds) } } }],
      },
    })
  const severities = [60, 200, HOUR].map(async (seconds) =>
    (await findings([each(seconds)])).map(({ id, severity }) => `${id} ${severity}`),
  )
  assert.deepEqual(await Promise.all(severities), [[], ['init-failing info'], ['init-failing warning']])
  const lines = ['waiting for db.shop.svc', 'waiting for db.shop.svc']
  const tails = [{ namespace: 'shop', pod: 'web', container: 'wait', previous: false, lines }]
  assert.deepEqual(await told([each(HOUR)], { tails }), [
    'init-failing Pod/web: init container wait of web still runs; the other containers wait for it to end; it says: waiting for db.shop.svc',
  ])
})

test('a closed readiness gate is told with who has not set it', async () => {
  const gated = pod(
    { ready: true, restartCount: 0, state: { running: { startedAt: ago(300) } } },
    {
      spec: { readinessGates: [{ conditionType: 'lb.example.com/ready' }] },
      podStatus: {
        conditions: [
          { type: 'ContainersReady', status: 'True' },
          { type: 'Ready', status: 'False', lastTransitionTime: ago(300) },
        ],
      },
    },
  )
  assert.deepEqual(await told([gated]), [
    'readiness-failing Pod/web: all containers of web are ready, its readiness gate is not: nobody has set condition lb.example.com/ready',
  ])
})

test('a static pod is told by its own name, not by that of its node', async () => {
  const home = node('n1')
  const mirror = owned(
    waiting('ImagePullBackOff', 'Back-off pulling image "a": ErrImagePull: a: not found'),
    'apiserver-n1',
    home,
  )
  const [finding] = await findings([mirror, home])
  assert.match(finding?.cause ?? '', /container app of apiserver-n1 cannot be pulled/)
})

test('a pod bound to a node that does not exist names the nearest that does', async () => {
  const lost = make('v1 Pod', { spec: { nodeName: 'node-1', containers: [] }, status: { phase: 'Pending' } })
  assert.deepEqual(await told([lost, node('node1')], { scope: { of: 'cluster' } }), [
    'pod-unscheduled Pod/web: web is bound to node node-1, which does not exist; there is node1',
  ])
})

test('a pod that was evicted lately is told though it was replaced: the next may be too', async () => {
  const well = pod({ ready: true, restartCount: 0, state: { running: { startedAt: ago(60) } } })
  const evicted = make('v1 Pod', {
    spec: {},
    status: {
      phase: 'Failed',
      reason: 'Evicted',
      message: 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
      conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(300) }],
    },
  })
  const [finding] = await findings(
    deployment({ readyReplicas: 2 }, [{ revision: 1, pods: [well, well, evicted], status: { readyReplicas: 2 } }]),
  )
  assert.deepEqual([finding?.id, finding?.severity, finding?.object.name], ['pod-evicted', 'warning', 'web'])
})
