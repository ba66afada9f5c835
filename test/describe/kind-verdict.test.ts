import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { owned } from '../diagnose/build.ts'
import { ago, event, make, pod } from './build.ts'
import { diagnosed, verdictOf as of } from './judged.ts'

/** An object that is in no namespace. */
function global(
  type: string,
  { metadata, ...fields }: { metadata?: object; [field: string]: unknown } = {},
): KubeObject {
  const { namespace: _, ...made } = make(type, { metadata: { ...metadata } }).metadata
  return { ...make(type, fields), metadata: made }
}

const NETWORK = ['Pod', 'EndpointSlice.discovery.k8s.io', 'Service']
const SLICE = 'discovery.k8s.io/v1 EndpointSlice'
const labels = { 'kubernetes.io/service-name': 'web' }
const slice = (endpoints: unknown, metadata: object = { labels }, ports: unknown = [{ name: '', port: 8080 }]) =>
  make(SLICE, { metadata: { name: 'web-x', ...metadata }, endpoints, ports })
const ready = { addresses: ['10.0.0.1'], conditions: { ready: true } }
const unready = { addresses: ['10.0.0.2'], conditions: { ready: false } }

const behind = (status: object, ports: object[] = []) =>
  pod(
    { ...status },
    {
      metadata: { name: 'web-1', labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'shop/web:v9', ports }] },
      podStatus: { phase: 'Pending' },
    },
  )
const image = behind({ state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } })
const MISSING =
  'image shop/web:v9 of container app of web-1 cannot be pulled: registry docker.io has no such image or tag: not found'
const well = (...ports: object[]) => behind({ ready: true, state: { running: { startedAt: ago(900) } } }, ports)
const service = (spec: object = {}, more: object = {}) =>
  make('v1 Service', { spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec }, ...more })

test('a Service with one ready endpoint works, and one whose slices were not read is not judged', async () => {
  assert.equal(await of(service(), [slice([ready, unready]), well()], NETWORK), undefined)
  assert.equal(await of(service()), undefined)
  const elsewhere = make('v1 Service', { spec: { type: 'ExternalName', externalName: 'db.example.com' } })
  assert.equal(await of(elsewhere, [], NETWORK), undefined)
})

test('a Service whose pods have no address yet names their trouble, and so does its slice', async () => {
  assert.equal(await of(service(), [slice(null), image], NETWORK), MISSING)
  assert.equal(await of(slice(null), [service(), image], NETWORK), MISSING)
})

test('a slice that has nobody says why its Service finds nobody; one of a Service that is served is silent', async () => {
  const lost = 'Service shop/web selects app=web, and no pod has these labels'
  assert.equal(await of(slice([]), [service()], NETWORK), lost)
  assert.equal(await of(slice([]), [service(), slice([ready], { name: 'web-y', labels }), well()], NETWORK), undefined)
  assert.equal(await of(slice([ready]), [], NETWORK), undefined)
})

test('a Service and its slices are one finding, and what a slice still serves is no trouble of that slice', async () => {
  const found = await diagnosed(slice([]), [service(), slice([unready], { name: 'web-y', labels })], NETWORK)
  assert.deepEqual(
    found.map(({ id, object }) => `${id} ${object.kind}/${object.name}`),
    ['selector-unmatched Service/web'],
  )
  const top = owned(service(), 'web')
  assert.equal(await of(owned(slice([ready]), 'web-x', top), [top], NETWORK), undefined)
})

test('a slice of no Service, and a Service that is to be given its endpoints, say that there is nobody', async () => {
  assert.equal(
    await of(slice([unready], {}), [], NETWORK),
    'EndpointSlice shop/web-x has no ready endpoint, and is of no Service',
  )
  assert.equal(
    await of(slice([unready]), [], NETWORK),
    'EndpointSlice shop/web-x has no ready endpoint; its Service web was not found',
  )
  const given = service({ selector: undefined })
  assert.equal(
    await of(given, [slice([])], NETWORK),
    'Service shop/web has no selector, and nobody has given it a ready endpoint',
  )
  assert.equal(await of(given, [slice([ready])], NETWORK), undefined)
  assert.equal(await of(given, [], NETWORK), undefined)
})

test('a named port that no pod has is told', async () => {
  const named = service({ ports: [{ name: 'http', port: 80, targetPort: 'web' }] })
  assert.equal(
    await of(named, [slice([ready]), well()], NETWORK),
    'Service shop/web sends port 80 to port "web" of its pods, which declare no ports',
  )
  assert.equal(await of(named, [slice([ready]), well({ name: 'web', containerPort: 8080 })], NETWORK), undefined)
})

test('a load balancer that does not come is told with what its controller says', async () => {
  const balanced = service({ type: 'LoadBalancer', selector: undefined }, { status: { loadBalancer: {} } })
  const failed = event(balanced, 'Warning', 'SyncLoadBalancerFailed', 'quota exceeded')
  assert.match((await of(balanced)) ?? '', /^Service shop\/web of type LoadBalancer has no address after 60m: no event/)
  assert.match((await of(balanced, [failed])) ?? '', /after 60m: SyncLoadBalancerFailed: quota exceeded$/)
})

test('a load balancer that has its address is silent', async () => {
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } }
  assert.equal(await of(service({ type: 'LoadBalancer', selector: undefined }, { status })), undefined)
})

test('an Ingress tells of a backend that does not exist, else of what its controller complains about last', async () => {
  const spec = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } }
  const ingress = make('networking.k8s.io/v1 Ingress', { spec })
  const taken = event(ingress, 'Warning', 'Rejected', 'host taken')
  const synced = event(ingress, 'Normal', 'Sync', 'Scheduled for sync', { lastTimestamp: ago(5) })
  const lost = 'Ingress shop/web sends default backend to Service web, which does not exist'
  assert.deepEqual(
    (await diagnosed(ingress, [taken], ['Service'])).map(({ cause }) => cause),
    [lost],
  )
  const others = [service({ selector: undefined })]
  assert.equal(await of(ingress, others), undefined)
  assert.equal(
    await of(ingress, [...others, taken]),
    'the controller of Ingress shop/web complains: Rejected: host taken',
  )
  assert.equal(await of(ingress, [...others, taken, synced]), undefined)
})

const claim = (fields: Record<string, unknown> = { status: { phase: 'Pending' } }) =>
  make('v1 PersistentVolumeClaim', fields)

test('a claim that waits for its first pod is as it should be, one that waits without a word is not', async () => {
  const waits = event(claim(), 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer')
  assert.equal(await of(claim(), [waits]), undefined)
  assert.equal(await of(claim()), 'PersistentVolumeClaim shop/web is not provisioned after 60m: no event says why')
  assert.equal(
    await of(claim({ spec: { volumeName: 'pv-1' }, status: { phase: 'Lost' } })),
    'PersistentVolumeClaim shop/web has lost its volume pv-1: it does not exist any more, and with it the data',
  )
})

test('a claim may take a while to be provisioned, and not longer', async () => {
  const young = claim({ metadata: { creationTimestamp: ago(60) }, status: { phase: 'Pending' } })
  const events = [event(claim(), 'Normal', 'ExternalProvisioning', 'Waiting for a volume to be created')]
  assert.equal(await of(young, events), undefined)
  assert.equal(
    await of(claim(), events),
    'PersistentVolumeClaim shop/web is not provisioned after 60m: ExternalProvisioning: Waiting for a volume to be created',
  )
})

test('a volume that was to be deleted and was not, and a resize that failed, are told', async () => {
  const volume = global('v1 PersistentVolume', { status: { phase: 'Released' } })
  const kept = event(volume, 'Warning', 'VolumeFailedDelete', 'disk is attached')
  assert.equal(await of(volume, [kept]), 'PersistentVolume web is Released: disk is attached')
  const conditions = [{ type: 'ControllerResizeError', status: 'True', message: 'too large' }]
  const told = 'PersistentVolumeClaim shop/web cannot be resized to what it asks for: too large'
  assert.equal(await of(claim({ status: { phase: 'Bound', conditions } })), told)
  const bound = claim({ status: { phase: 'Bound' } })
  assert.equal(await of(bound, [event(bound, 'Warning', 'VolumeResizeFailed', 'too large')]), told)
})

test('volumes and attachments tell the words of the storage driver', async () => {
  assert.equal(await of(global('v1 PersistentVolume', { status: { phase: 'Released' } })), undefined)
  assert.equal(
    await of(global('v1 PersistentVolume', { status: { phase: 'Failed', message: 'disk is attached' } })),
    'PersistentVolume web is Failed: disk is attached',
  )
  const attachment = global('storage.k8s.io/v1 VolumeAttachment', {
    spec: { nodeName: 'node1', source: { persistentVolumeName: 'pv-1' } },
    status: { attached: false, attachError: { message: 'no such instance' } },
  })
  assert.equal(await of(attachment), 'Volume pv-1 cannot be attached to node node1: no such instance')
})

const autoscaler = (conditions: object[]) =>
  make('autoscaling/v2 HorizontalPodAutoscaler', {
    spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'web' } },
    status: { conditions },
  })

test('an autoscaler at its maximum is told, one that was switched off is not', async () => {
  const limited = {
    type: 'ScalingLimited',
    status: 'True',
    reason: 'TooManyReplicas',
    message: 'more than the maximum',
  }
  assert.equal(
    await of(autoscaler([limited])),
    'HorizontalPodAutoscaler shop/web is at its maximum of 3 replicas and would want more for Deployment web',
  )
  assert.equal(await of(autoscaler([{ ...limited, reason: 'TooFewReplicas' }])), undefined)
  assert.equal(await of(autoscaler([{ type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' }])), undefined)
})

test('a budget without pods and a quota of zero are meant', async () => {
  const quota = (hard: object, used: object) => make('v1 ResourceQuota', { status: { hard, used } })
  const idle = make('policy/v1 PodDisruptionBudget', { status: { disruptionsAllowed: 0, expectedPods: 0 } })
  assert.equal(await of(idle), undefined)
  assert.equal(await of(quota({ pods: '0' }, { pods: '0' })), undefined)
  assert.equal(
    await of(quota({ 'limits.memory': '1Gi' }, { 'limits.memory': '1024Mi' })),
    'ResourceQuota shop/web is used up (limits.memory 1024Mi of 1Gi): what asks for more is refused',
  )
})

const node = (conditions: object[], spec = {}) =>
  global('v1 Node', { metadata: { name: 'node3' }, spec, status: { conditions } })

test('a node tells why it is not ready, for how long, and its pressures; a cordoned one is silent', async () => {
  const lost = {
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: ago(840),
  }
  const named = { ...node([lost]), metadata: { ...node([lost]).metadata, name: 'node3' } }
  assert.match(
    (await of(named)) ?? '',
    /^Node node3 is not ready for 14m, with 0 pods on it: NodeStatusUnknown: Kubelet stopped posting node status\.$/,
  )
  const fine = { type: 'Ready', status: 'True' }
  const pressure = { type: 'DiskPressure', status: 'True', reason: 'KubeletHasDiskPressure', message: 'it has' }
  assert.equal(await of(node([fine, pressure])), 'Node node3 reports DiskPressure: KubeletHasDiskPressure: it has')
  assert.equal(await of(node([fine, { ...pressure, status: 'False' }], { unschedulable: true })), undefined)
})

test('a namespace that does not go tells what is left in it', async () => {
  const remaining = 'Some resources are remaining: configmaps. has 1 resource instances'
  const conditions = [
    { type: 'NamespaceDeletionDiscoveryFailure', status: 'False', reason: 'ResourcesDiscovered' },
    { type: 'NamespaceContentRemaining', status: 'True', reason: 'SomeResourcesRemain', message: remaining },
    { type: 'NamespaceFinalizersRemaining', status: 'True', message: 'example.test/never in 1 resource instances' },
  ]
  const stuck = global('v1 Namespace', {
    metadata: { name: 'old', deletionTimestamp: ago(300) },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Terminating', conditions },
  })
  assert.equal(
    await of(stuck),
    `Namespace old was deleted 5m ago and does not go: ${remaining}; example.test/never in 1 resource instances`,
  )
})

test('a finalizer of Kubernetes says what it waits for, and any kind of object may be held', async () => {
  const held = claim({
    metadata: { deletionTimestamp: ago(120), finalizers: ['kubernetes.io/pvc-protection'] },
    status: { phase: 'Bound' },
  })
  assert.equal(
    await of(held),
    'PersistentVolumeClaim shop/web was deleted 2m ago and is held by finalizer kubernetes.io/pvc-protection (a pod still uses the claim)',
  )
  const metadata = (seconds: number) => ({ deletionTimestamp: ago(seconds), finalizers: ['example.test/never'] })
  const told = 'finalizer example.test/never, which only the controller of example.test takes away'
  for (const type of ['policy/v1 PodDisruptionBudget', 'example.test/v1 Widget', 'v1 LimitRange']) {
    assert.equal(
      await of(make(type, { metadata: metadata(120) })),
      `${type.split(' ')[1]} shop/web was deleted 2m ago and is held by ${told}`,
    )
    assert.equal(await of(make(type, { metadata: metadata(5) })), undefined)
  }
  const odd = make('example.test/v1 Widget', { metadata: { deletionTimestamp: ago(120) } })
  assert.equal(await of(odd), 'Widget shop/web was deleted 2m ago and is held by nothing that it says')
})

test('an API that is not served and a definition that is refused are told', async () => {
  const message = 'endpoints for service/metrics-server in "kube-system" have no addresses'
  const conditions = [{ type: 'Available', status: 'False', reason: 'MissingEndpoints', message }]
  assert.equal(
    await of(global('apiregistration.k8s.io/v1 APIService', { status: { conditions } })),
    `API web is not available: MissingEndpoints: ${message}`,
  )
  const definition = (type: string, status: string) =>
    global('apiextensions.k8s.io/v1 CustomResourceDefinition', {
      status: { conditions: [{ type, status, reason: 'ListKindConflict', message: '"WidgetList" is already in use' }] },
    })
  assert.equal(
    await of(definition('NamesAccepted', 'False')),
    'CustomResourceDefinition web is not in order: NamesAccepted is False: ListKindConflict: "WidgetList" is already in use',
  )
  assert.match((await of(definition('NonStructuralSchema', 'True'))) ?? '', /NonStructuralSchema is True/)
  assert.equal(await of(definition('Established', 'True')), undefined)
})

const WELL = 'Widget shop/web says that it is not well'
const widget = (status: object, metadata: Record<string, unknown> = {}) =>
  of(make('example.test/v1 Widget', { metadata, status }))

const withCondition = (type: string, status: string, reason: string) => ({
  conditions: [{ type, status, reason, message: 'because' }],
})

test('custom resources are judged by their conditions, their phase or their error', async () => {
  const bad = withCondition('Ready', 'False', 'IssuerNotFound')
  for (const [status, told] of [
    [bad, 'Ready is False: IssuerNotFound: because'],
    [withCondition('Stalled', 'True', 'BadSpec'), 'Stalled is True: BadSpec: because'],
    [{ conditions: [{ type: 'Ready', status: 'False' }] }, 'Ready is False: it does not say why'],
    [{ phase: 'Failed', message: 'no disk' }, 'Failed: no disk'],
    [{ health: { status: 'Degraded', message: 'pod x' } }, 'Degraded: pod x'],
    [{ error: { message: 'snapshot refused' } }, 'error: snapshot refused'],
    [
      { parents: [withCondition('Accepted', 'False', 'NoMatchingParent')] },
      'Accepted is False: NoMatchingParent: because',
    ],
  ] as const)
    assert.equal(await widget(status), `${WELL}: ${told}`)
  assert.equal(await widget(bad, { deletionTimestamp: ago(5) }), undefined, 'it goes')
})

test('custom resources that are well, at work, at rest or silent are silent', async () => {
  for (const silent of [
    withCondition('Ready', 'True', 'Ok'),
    withCondition('Ready', 'Unknown', 'Checking'),
    withCondition('Ready', 'False', 'Reconciling'),
    withCondition('Stalled', 'False', ''),
    withCondition('Suspended', 'True', 'User'),
    { phase: 'Running' },
    {},
  ]) {
    assert.equal(await widget(silent), undefined, JSON.stringify(silent))
  }
})

test('a kind that shares only its name with one we know is judged as any other', async () => {
  const status = withCondition('Ready', 'False', 'RevisionFailed')
  assert.equal(
    await of(make('serving.knative.dev/v1 Service', { status })),
    'Service shop/web says that it is not well: Ready is False: RevisionFailed: because',
  )
})

test('what a custom resource owns is told beside what it says itself', async () => {
  const top = make('example.test/v1 Widget', {
    metadata: { uid: 'w' },
    status: withCondition('Ready', 'False', 'Waits'),
  })
  const controller = { apiVersion: top.apiVersion, kind: top.kind, name: 'web', uid: 'w', controller: true }
  const made = { ...image, metadata: { ...image.metadata, ownerReferences: [controller] } }
  const found = (await diagnosed(top, [made])).map(({ id, object }) => `${id} ${object.kind}`)
  assert.deepEqual(found, ['image-pull-backoff Widget.example.test', 'resource-not-ready Widget.example.test'])
})
