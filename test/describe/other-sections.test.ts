import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe } from '../../src/services/describe/describe.ts'
import { ago, HOUR, make, snapshot, told } from './build.ts'

test('a ConfigMap tells its keys, sizes and short values; a Secret its keys only', () => {
  const data = { mode: 'fast', conf: 'a\nb' }
  const map = make('v1 ConfigMap', { data, binaryData: { logo: 'AAAA' } })
  assert.deepEqual(told(map), [
    'Data:',
    '  mode (4 bytes): fast',
    '  conf (3 bytes): "a\\nb"',
    'Binary data:',
    '  logo (3 bytes)',
  ])
  const secret = make('v1 Secret', { type: 'Opaque', data: { password: 'aHVudGVyMg==' } })
  assert.deepEqual(told(secret), ['Secret:', '  Type: Opaque', 'Keys:', '  password'])
})

test('roles tell their rules, bindings whom they are for', () => {
  const role = make('rbac.authorization.k8s.io/v1 ClusterRole', {
    rules: [
      { apiGroups: ['', 'apps'], resources: ['pods', 'deployments'], verbs: ['get', 'list'] },
      { nonResourceURLs: ['/metrics'], verbs: ['get'] },
    ],
  })
  assert.deepEqual(told(role), [
    'Rules:',
    '  RESOURCES                                       URLS      VERBS',
    '  pods, deployments, pods.apps, deployments.apps  -         get, list',
    '  -                                               /metrics  get',
  ])
  const binding = make('rbac.authorization.k8s.io/v1 RoleBinding', {
    roleRef: { kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'shop', name: 'web' }],
  })
  assert.deepEqual(told(binding), [
    'Binding:',
    '  Role: ClusterRole/view',
    'Subjects:',
    '  KIND            NAMESPACE  NAME',
    '  ServiceAccount  shop       web',
  ])
})

test('an autoscaler tells each metric beside its target', () => {
  const scaler = make('autoscaling/v2 HorizontalPodAutoscaler', {
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'web' },
      maxReplicas: 5,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        { type: 'Pods', pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '100' } } },
      ],
    },
    status: {
      currentReplicas: 2,
      desiredReplicas: 2,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12, averageValue: '12m' } } },
      ],
    },
  })
  assert.deepEqual(told(scaler), [
    'Autoscaler:',
    '  Target: Deployment/web',
    '  Replicas: 2 now, 2 wanted',
    '  Bounds: 1 to 5',
    'Metrics:',
    '  METRIC    CURRENT    TARGET',
    '  cpu       12%        50%',
    '  requests  <unknown>  100',
  ])
})

test('quotas, limit ranges and the namespace that has them tell what is left', () => {
  const quota = make('v1 ResourceQuota', {
    metadata: { name: 'small' },
    status: { hard: { pods: '3', cpu: '1' }, used: { pods: '1' } },
  })
  const range = make('v1 LimitRange', {
    metadata: { name: 'range' },
    spec: { limits: [{ type: 'Container', default: { cpu: '1' }, max: { cpu: '2', memory: '1Gi' } }] },
  })
  const namespace = make('v1 Namespace', {
    metadata: { name: 'shop', namespace: undefined },
    status: { phase: 'Active' },
  })
  assert.deepEqual(told(namespace, { related: [quota, range] }), [
    'Namespace:',
    '  Phase: Active',
    'Quota small:',
    '  RESOURCE  USED  HARD',
    '  pods      1     3',
    '  cpu       0     1',
    'Limits range:',
    '  TYPE       RESOURCE  MAX  DEFAULT LIMIT',
    '  Container  cpu       2    1',
    '  Container  memory    1Gi  -',
  ])
})

test('storage tells where a claim, a volume and a class stand', () => {
  const claim = make('v1 PersistentVolumeClaim', {
    spec: {
      volumeName: 'pv-1',
      storageClassName: 'fast',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
    status: { phase: 'Bound', capacity: { storage: '2Gi' } },
  })
  assert.deepEqual(told(claim), [
    'Claim:',
    '  Phase: Bound',
    '  Volume: pv-1',
    '  Storage class: fast',
    '  Requested: 1Gi',
    '  Capacity: 2Gi',
    '  Access modes: ReadWriteOnce',
  ])
  const volume = make('v1 PersistentVolume', {
    spec: {
      capacity: { storage: '2Gi' },
      claimRef: { namespace: 'shop', name: 'data' },
      csi: { driver: 'ebs', volumeHandle: 'vol-1' },
    },
    status: { phase: 'Bound' },
  })
  assert.deepEqual(told(volume), [
    'Volume:',
    '  Phase: Bound',
    '  Claim: shop/data',
    '  Capacity: 2Gi',
    '  Source: csi (driver=ebs, volumeHandle=vol-1)',
  ])
  const storageClass = make('storage.k8s.io/v1 StorageClass', {
    provisioner: 'ebs',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
  })
  assert.deepEqual(told(storageClass), [
    'Storage class:',
    '  Provisioner: ebs',
    '  Reclaim policy: Delete',
    '  Binding mode: WaitForFirstConsumer',
  ])
})

test('definitions and webhooks tell what they add to the API server', () => {
  const definition = make('apiextensions.k8s.io/v1 CustomResourceDefinition', {
    spec: {
      group: 'example.test',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets', shortNames: ['w'] },
      versions: [
        { name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: {} } },
      ],
    },
  })
  assert.deepEqual(told(definition), [
    'Definition:',
    '  Group: example.test',
    '  Kind: Widget',
    '  Plural: widgets',
    '  Short names: w',
    '  Scope: Namespaced',
    'Versions:',
    '  VERSION  SERVED  STORED  SUBRESOURCES',
    '  v1       true    true    status',
  ])
  const webhook = make('admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration', {
    webhooks: [
      {
        name: 'check.test',
        clientConfig: { service: { namespace: 'sys', name: 'check', path: '/v' } },
        failurePolicy: 'Fail',
        rules: [{ operations: ['CREATE'], resources: ['pods'], apiGroups: [''] }],
      },
    ],
  })
  assert.deepEqual(told(webhook), [
    'Webhook check.test:',
    '  Calls: service sys/check/v',
    '  Where it fails: Fail',
    '  Rules: CREATE of pods',
  ])
})

test('a kind that nobody here knows is told field by field, its conditions as a table', () => {
  const widget = make('example.test/v1 Widget', {
    spec: { size: 3, parts: [{ name: 'a', tags: ['x', 'y'] }, { name: 'b' }], empty: {} },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: ago(60) }] },
    mode: 'fast',
  })
  assert.deepEqual(told(widget), [
    'Conditions:',
    '  TYPE   STATUS  FOR',
    '  Ready  True    60s',
    'Fields:',
    '  mode: fast',
    'spec:',
    '  size: 3',
    '  parts:',
    '    - name: a',
    '      tags: x, y',
    '    - name: b',
    'status:',
    '  phase: Running',
  ])
})

test('labels, annotations and finalizers are told, copies of the object are not', () => {
  const object = make('v1 ServiceAccount', {
    metadata: {
      generation: 4,
      labels: { app: 'web' },
      finalizers: ['example.test/keep'],
      annotations: { role: 'reader', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    },
    automountServiceAccountToken: false,
    status: { observedGeneration: 3 },
  })
  const [account, metadata] = describe(snapshot(object), { maxBytes: 8192 }).sections
  assert.deepEqual(account, { title: 'Service account', lines: ['Mounts its token: false'] })
  assert.deepEqual(metadata?.lines, [
    'Labels: app=web',
    'Finalizers: example.test/keep',
    `Created: ${ago(HOUR)}`,
    'Generation: 4, its controller has seen 3',
    'Annotations:',
    '  role: reader',
  ])
})
