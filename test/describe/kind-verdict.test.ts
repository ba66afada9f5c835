import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { verdict } from '../../src/services/describe/verdict.ts'
import { ago, event, make, pod, snapshot } from './build.ts'

const of = (...parts: Parameters<typeof snapshot>) => verdict(snapshot(...parts))

const image = (name: string): KubeObject =>
  pod(
    { state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } },
    { metadata: { name }, podStatus: { phase: 'Pending' } },
  )

const slice = (endpoints: unknown, ports: unknown = [{ name: '', port: 8080 }]) =>
  make('discovery.k8s.io/v1 EndpointSlice', { endpoints, ports })
const ready = { addresses: ['10.0.0.1'], conditions: { ready: true } }

test('a Service with one ready endpoint works, and one whose slices were not read is not judged', () => {
  const service = make('v1 Service', { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } })
  assert.equal(
    of(service, { owned: [slice([ready, { addresses: ['10.0.0.2'], conditions: { ready: false } }])] }),
    undefined,
  )
  assert.equal(of(service), undefined)
  assert.equal(of(make('v1 Service', { spec: { type: 'ExternalName', externalName: 'db.example.com' } })), undefined)
})

test('a Service whose pods have no address yet names their trouble', () => {
  const service = make('v1 Service', { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } })
  assert.equal(
    of(service, { owned: [slice(null)], related: [image('x')] }),
    'no endpoints: 1 pod matching selector app=web without an address in it: 1 ImagePullBackOff (image shop/web:v9 not found)',
  )
})

test('a named port that no pod has is told', () => {
  const service = make('v1 Service', {
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
  })
  assert.equal(
    of(service, { owned: [slice([ready], null)] }),
    'port 80 leads nowhere: no container port of the pods behind it is named "web"',
  )
  assert.equal(of(service, { owned: [slice([ready], [{ name: 'http', port: 8080 }])] }), undefined)
})

test('a load balancer that does not come is told with what its controller says', () => {
  const service = make('v1 Service', { spec: { type: 'LoadBalancer', ports: [] }, status: { loadBalancer: {} } })
  const failed = event(service, 'Warning', 'SyncLoadBalancerFailed', 'quota exceeded')
  assert.equal(of(service), 'no load balancer address for 60m: no event says why')
  assert.equal(
    of(service, { events: [failed] }),
    'no load balancer address for 60m: SyncLoadBalancerFailed: quota exceeded',
  )
})

test('a load balancer that has its address is silent', () => {
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } }
  const service = make('v1 Service', { spec: { type: 'LoadBalancer', ports: [] }, status })
  assert.equal(of(service), undefined)
})

test('an Ingress tells of a backend that does not exist, and of what its controller complains about', () => {
  const ingress = make('networking.k8s.io/v1 Ingress', { spec: {} })
  assert.equal(of(ingress), undefined)
  assert.equal(of(ingress, { missing: ['Service/web'] }), 'backend Service/web does not exist')
  assert.equal(of(ingress, { events: [event(ingress, 'Warning', 'Rejected', 'host taken')] }), 'Rejected: host taken')
})

test('a claim that waits for its first pod is as it should be, one that waits without a word is not', () => {
  const claim = make('v1 PersistentVolumeClaim', { status: { phase: 'Pending' } })
  assert.equal(
    of(claim, { events: [event(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer')] }),
    undefined,
  )
  assert.equal(of(claim), 'Pending for 60m, no event says why')
  assert.equal(
    of(make('v1 PersistentVolumeClaim', { spec: { volumeName: 'pv-1' }, status: { phase: 'Lost' } })),
    'Lost: its volume pv-1 no longer exists',
  )
})

test('a claim may take a while to be provisioned, and not longer', () => {
  const young = make('v1 PersistentVolumeClaim', {
    metadata: { creationTimestamp: ago(60) },
    status: { phase: 'Pending' },
  })
  const old = make('v1 PersistentVolumeClaim', { status: { phase: 'Pending' } })
  const events = [event(old, 'Normal', 'ExternalProvisioning', 'Waiting for a volume to be created')]
  assert.equal(of(young, { events }), undefined)
  assert.equal(of(old, { events }), 'Pending: ExternalProvisioning: Waiting for a volume to be created')
})

test('a volume that was to be deleted and was not, and a resize that failed, are told', () => {
  const volume = make('v1 PersistentVolume', { status: { phase: 'Released' } })
  const kept = event(volume, 'Warning', 'VolumeFailedDelete', 'disk is attached')
  assert.equal(of(volume, { events: [kept] }), 'Released, not deleted: disk is attached')
  const conditions = [{ type: 'ControllerResizeError', status: 'True', message: 'too large' }]
  const claim = make('v1 PersistentVolumeClaim', { status: { phase: 'Bound', conditions } })
  assert.equal(of(claim), 'ControllerResizeError: too large')
})

test('volumes and attachments tell the words of the storage driver', () => {
  assert.equal(of(make('v1 PersistentVolume', { status: { phase: 'Released' } })), undefined)
  assert.equal(
    of(make('v1 PersistentVolume', { status: { phase: 'Failed', message: 'disk is attached' } })),
    'Failed: disk is attached',
  )
  const attachment = make('storage.k8s.io/v1 VolumeAttachment', {
    status: { attached: false, attachError: { message: 'no such instance' } },
  })
  assert.equal(of(attachment), 'attachError: no such instance')
})

const autoscaler = (conditions: object[]) =>
  make('autoscaling/v2 HorizontalPodAutoscaler', { spec: { maxReplicas: 3 }, status: { conditions } })

test('an autoscaler at its maximum is told, one that was switched off is not', () => {
  const limited = {
    type: 'ScalingLimited',
    status: 'True',
    reason: 'TooManyReplicas',
    message: 'the desired replica count is more than the maximum replica count',
  }
  assert.equal(
    of(autoscaler([limited])),
    'at its maximum of 3 replicas: the desired replica count is more than the maximum replica count',
  )
  assert.equal(of(autoscaler([{ ...limited, reason: 'TooFewReplicas' }])), undefined)
  assert.equal(of(autoscaler([{ type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' }])), undefined)
})

test('a budget without pods and a quota of zero are meant', () => {
  assert.equal(
    of(make('policy/v1 PodDisruptionBudget', { status: { disruptionsAllowed: 0, expectedPods: 0 } })),
    undefined,
  )
  assert.equal(of(make('v1 ResourceQuota', { status: { hard: { pods: '0' }, used: { pods: '0' } } })), undefined)
  assert.equal(
    of(make('v1 ResourceQuota', { status: { hard: { 'limits.memory': '1Gi' }, used: { 'limits.memory': '1024Mi' } } })),
    'quota reached: limits.memory 1024Mi of 1Gi',
  )
})

const node = (conditions: object[], spec = {}) =>
  make('v1 Node', { metadata: { name: 'node3', namespace: undefined }, spec, status: { conditions } })

test('a node tells why it is not ready, for how long, and its pressures; a cordoned one is silent', () => {
  const lost = {
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: ago(840),
  }
  assert.equal(of(node([lost])), 'not ready for 14m: NodeStatusUnknown: Kubelet stopped posting node status.')
  const fine = { type: 'Ready', status: 'True' }
  const pressure = {
    type: 'DiskPressure',
    status: 'True',
    reason: 'KubeletHasDiskPressure',
    message: 'kubelet has disk pressure',
  }
  assert.equal(of(node([fine, pressure])), 'DiskPressure: KubeletHasDiskPressure: kubelet has disk pressure')
  assert.equal(of(node([fine, { ...pressure, status: 'False' }], { unschedulable: true })), undefined)
})

test('a namespace that does not go tells what is left in it', () => {
  const conditions = [
    { type: 'NamespaceDeletionDiscoveryFailure', status: 'False', reason: 'ResourcesDiscovered' },
    {
      type: 'NamespaceContentRemaining',
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: 'Some resources are remaining: configmaps. has 1 resource instances',
    },
    {
      type: 'NamespaceFinalizersRemaining',
      status: 'True',
      reason: 'SomeFinalizersRemain',
      message: 'example.test/never in 1 resource instances',
    },
  ]
  const stuck = make('v1 Namespace', {
    metadata: { deletionTimestamp: ago(300) },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Terminating', conditions },
  })
  assert.equal(
    of(stuck),
    'Terminating: deleted 5m ago, SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances; SomeFinalizersRemain: example.test/never in 1 resource instances',
  )
})

test('a finalizer of Kubernetes says what it waits for', () => {
  const claim = make('v1 PersistentVolumeClaim', {
    metadata: { deletionTimestamp: ago(120), finalizers: ['kubernetes.io/pvc-protection'] },
    status: { phase: 'Bound' },
  })
  assert.equal(
    of(claim),
    'Terminating: deleted 2m ago, held by finalizer kubernetes.io/pvc-protection (a pod still uses the claim)',
  )
})

test('an API that is not served and a definition that is refused are told', () => {
  const api = make('apiregistration.k8s.io/v1 APIService', {
    status: {
      conditions: [
        {
          type: 'Available',
          status: 'False',
          reason: 'MissingEndpoints',
          message: 'endpoints for service/metrics-server in "kube-system" have no addresses',
        },
      ],
    },
  })
  assert.equal(
    of(api),
    'Available is False: MissingEndpoints: endpoints for service/metrics-server in "kube-system" have no addresses',
  )
  const definition = make('apiextensions.k8s.io/v1 CustomResourceDefinition', {
    status: {
      conditions: [
        {
          type: 'NamesAccepted',
          status: 'False',
          reason: 'ListKindConflict',
          message: '"WidgetList" is already in use',
        },
      ],
    },
  })
  assert.equal(of(definition), 'NamesAccepted is False: ListKindConflict: "WidgetList" is already in use')
})

const widget = (status: object) => of(make('example.test/v1 Widget', { status }))

const withCondition = (type: string, status: string, reason: string) => ({
  conditions: [{ type, status, reason, message: 'because' }],
})

test('custom resources are judged by their conditions, their phase or their error', () => {
  assert.equal(widget(withCondition('Ready', 'False', 'IssuerNotFound')), 'Ready is False: IssuerNotFound: because')
  assert.equal(widget(withCondition('Stalled', 'True', 'BadSpec')), 'Stalled is True: BadSpec: because')
  assert.equal(widget({ phase: 'Failed', message: 'no disk' }), 'Failed: no disk')
  assert.equal(widget({ health: { status: 'Degraded', message: 'pod x' } }), 'Degraded: pod x')
  assert.equal(widget({ error: { message: 'snapshot refused' } }), 'error: snapshot refused')
  assert.equal(
    widget({ parents: [withCondition('Accepted', 'False', 'NoMatchingParent')] }),
    'Accepted is False: NoMatchingParent: because',
  )
  for (const silent of [
    withCondition('Ready', 'True', 'Ok'),
    withCondition('Ready', 'Unknown', 'Checking'),
    withCondition('Ready', 'False', 'Reconciling'),
    withCondition('Stalled', 'False', ''),
    withCondition('Suspended', 'True', 'User'),
    { phase: 'Running' },
    {},
  ]) {
    assert.equal(widget(silent), undefined, JSON.stringify(silent))
  }
})

test('a kind that shares only its name with one we know is judged as any other', () => {
  const knative = make('serving.knative.dev/v1 Service', {
    status: { conditions: [{ type: 'Ready', status: 'False', reason: 'RevisionFailed', message: 'boom' }] },
  })
  assert.equal(of(knative), 'Ready is False: RevisionFailed: boom')
})
