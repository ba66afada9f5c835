import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { certificateRules } from '../../src/services/diagnose/rules/certificates.ts'
import { deletionRules } from '../../src/services/diagnose/rules/deletions.ts'
import { extensionRules } from '../../src/services/diagnose/rules/extensions.ts'
import { helmRules } from '../../src/services/diagnose/rules/helm.ts'
import { nodeRules } from '../../src/services/diagnose/rules/nodes.ts'
import { ago, DAY, HOUR, make, now } from '../describe/build.ts'
import { found, told } from './told.ts'

const node = (conditions: object[], spec: object = {}, age = DAY): KubeObject =>
  make('v1 Node', {
    metadata: { name: 'n1', namespace: undefined, uid: 'n1', creationTimestamp: ago(age) },
    spec,
    status: { conditions },
  })
const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: ago(HOUR) }

test('a node that is ready, joins, or was cordoned today is silent', async () => {
  assert.deepEqual(await told(nodeRules, [node([ready, { type: 'DiskPressure', status: 'False' }])]), [])
  assert.deepEqual(await told(nodeRules, [node([], {}, 30)]), [])
  const taints = [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: ago(HOUR) }]
  assert.deepEqual(await told(nodeRules, [node([ready], { unschedulable: true, taints })]), [])
})

test('a node that is not ready explains its pods', async () => {
  const lost = {
    ...ready,
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  }
  const objects = [node([lost]), make('v1 Pod', { metadata: { uid: 'p' }, spec: { nodeName: 'n1' } })]
  assert.deepEqual(await told(nodeRules, objects), [
    'critical node-not-ready: Node n1 is not ready for 60m, with 1 pod on it: NodeStatusUnknown: Kubelet stopped posting node status.',
  ])
})

test('pressure is told, and a cordon that was forgotten', async () => {
  const full = {
    type: 'DiskPressure',
    status: 'True',
    reason: 'KubeletHasDiskPressure',
    message: 'kubelet has disk pressure',
  }
  assert.deepEqual(await told(nodeRules, [node([ready, full])]), [
    'warning node-pressure: Node n1 reports DiskPressure: KubeletHasDiskPressure: kubelet has disk pressure',
  ])
  const taints = [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: ago(3 * DAY) }]
  const [finding] = await found(nodeRules, [node([ready], { unschedulable: true, taints })])
  assert.equal(finding?.cause, 'Node n1 has been cordoned for 3d: no new pod goes there')
  assert.deepEqual(finding.next[0]?.arguments, { name: 'n1', cordon: false })
})

const secret = make('v1 Secret', { metadata: { name: 'web-tls' } })
const dates = (notBefore: number, notAfter: number) => ({
  certificates: [
    {
      namespace: 'shop',
      secret: 'web-tls',
      notBefore: new Date(now.getTime() + notBefore * 1000).toISOString(),
      notAfter: new Date(now.getTime() + notAfter * 1000).toISOString(),
      names: ['shop.example'],
    },
  ],
})

test('a certificate with a month left is silent; one that expires, has expired or is not valid yet is told', async () => {
  const says = 'The certificate for shop.example in Secret shop/web-tls'
  assert.deepEqual(await told(certificateRules, [secret], dates(-DAY, 30 * DAY)), [])
  assert.deepEqual(await told(certificateRules, [secret], dates(-DAY, 5 * DAY)), [
    `warning certificate-expired: ${says}, expires in 5d`,
  ])
  assert.deepEqual(await told(certificateRules, [secret], dates(-9 * DAY, -2 * DAY)), [
    `warning certificate-expired: ${says}, expired 2d ago`,
  ])
  assert.deepEqual(await told(certificateRules, [secret], dates(HOUR, DAY)), [
    `warning certificate-expired: ${says}, is not valid for another 60m`,
  ])
})

test('an expired certificate that an Ingress serves is critical', async () => {
  const ingress = make('networking.k8s.io/v1 Ingress', { spec: { tls: [{ secretName: 'web-tls' }] } })
  assert.match(
    (await told(certificateRules, [secret, ingress], dates(-9 * DAY, -2 * DAY)))[0] ?? '',
    /^critical .*, which Ingress shop\/web serves, expired 2d ago$/,
  )
})

const release = (status: string, version: string, age = HOUR): KubeObject =>
  make('v1 Secret', {
    metadata: {
      name: `sh.helm.release.v1.cart.v${version}`,
      labels: {
        owner: 'helm',
        name: 'cart',
        status,
        version,
        modifiedAt: String(Math.floor(now.getTime() / 1000) - age),
      },
    },
  })

test('a release that is deployed, or at work, is silent; one that was left in the middle is told with the way out', async () => {
  assert.deepEqual(await told(helmRules, [release('superseded', '1'), release('deployed', '2')]), [])
  assert.deepEqual(await told(helmRules, [release('pending-upgrade', '2', 60)]), [])
  assert.deepEqual(await told(helmRules, [release('pending-upgrade', '2'), release('deployed', '3')]), [])
  const [finding] = await found(helmRules, [release('deployed', '1'), release('pending-upgrade', '2')])
  assert.equal(
    finding?.cause,
    'Helm release shop/cart has been pending-upgrade for 60m (revision 2): whoever ran helm was cut off, and every further change is refused',
  )
  assert.deepEqual(finding.object, { kind: 'Release.helm.sh', namespace: 'shop', name: 'cart' })
  assert.equal(finding.next[1]?.operation, 'infra.k8s.helm.rollbackRelease')
  assert.match(finding.next[1]?.text ?? '', /revision 1, the last that was deployed/)
  const [later] = await found(helmRules, [
    release('superseded', '1'),
    release('failed', '2'),
    release('pending-upgrade', '3'),
  ])
  assert.deepEqual(
    later?.next[1]?.arguments,
    { namespace: 'shop', name: 'cart', revision: 1 },
    'not to one that failed',
  )
  const [never] = await found(helmRules, [release('failed', '1'), release('pending-upgrade', '2')])
  assert.equal(never?.next[1]?.operation, 'infra.k8s.helm.uninstallRelease')
  const [first] = await found(helmRules, [release('pending-install', '1')])
  assert.equal(first?.next[1]?.operation, 'infra.k8s.helm.uninstallRelease')
})

test('a deleted object that goes in time is silent; one that is held is told with who holds it', async () => {
  const held = (age: number, finalizers: string[]) =>
    make('v1 ConfigMap', { metadata: { deletionTimestamp: ago(age), finalizers } })
  assert.deepEqual(await told(deletionRules, [held(20, ['example.com/cleanup'])]), [])
  assert.deepEqual(await told(deletionRules, [held(HOUR, ['example.com/cleanup'])]), [
    'warning finalizer-stuck: ConfigMap shop/web was deleted 60m ago and is held by finalizer example.com/cleanup, which only the controller of example.com takes away',
  ])
  assert.match(
    (await told(deletionRules, [held(HOUR, ['kubernetes.io/pvc-protection'])]))[0] ?? '',
    /\(a pod still uses the claim\)$/,
  )
})

test('a namespace that does not go says what is left in it', async () => {
  const namespace = make('v1 Namespace', {
    metadata: { name: 'old', namespace: undefined, deletionTimestamp: ago(HOUR) },
    spec: { finalizers: ['kubernetes'] },
    status: {
      conditions: [
        {
          type: 'NamespaceContentRemaining',
          status: 'True',
          message: 'Some resources are remaining: orders.shop.example has 2 resource instances',
        },
        { type: 'NamespaceDeletionContentFailure', status: 'False', message: 'All content successfully deleted' },
      ],
    },
  })
  assert.deepEqual(await told(deletionRules, [namespace]), [
    'warning namespace-terminating: Namespace old was deleted 60m ago and does not go: Some resources are remaining: orders.shop.example has 2 resource instances',
  ])
})

const webhook = (failurePolicy: string): KubeObject =>
  make('admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration', {
    metadata: { name: 'policy', namespace: undefined },
    webhooks: [
      {
        name: 'policy.example.com',
        failurePolicy,
        clientConfig: { service: { namespace: 'shop', name: 'web' } },
        rules: [{ operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  })

test('a webhook that nobody answers for is told with what it does to requests', async () => {
  assert.deepEqual(await told(extensionRules, [webhook('Fail')]), [
    'critical webhook-failing: Webhook policy.example.com of ValidatingWebhookConfiguration policy is served by Service shop/web, which does not exist: every CREATE of pods it is asked about is refused',
  ])
  assert.match(
    (await told(extensionRules, [webhook('Ignore')]))[0] ?? '',
    /^warning .* goes on unchecked \(failurePolicy Ignore\)$/,
  )
})

const api = (status: string): KubeObject =>
  make('apiregistration.k8s.io/v1 APIService', {
    metadata: { name: 'v1beta1.metrics.k8s.io', namespace: undefined },
    spec: { group: 'metrics.k8s.io', service: { namespace: 'kube-system', name: 'metrics-server' } },
    status: {
      conditions: [
        {
          type: 'Available',
          status,
          reason: 'MissingEndpoints',
          message: 'no endpoints',
          lastTransitionTime: ago(HOUR),
        },
      ],
    },
  })

test('an aggregated API that is available is silent, and one that is not is told', async () => {
  assert.deepEqual(await told(extensionRules, [api('True')]), [])
  assert.deepEqual(await told(extensionRules, [api('False')]), [
    'critical api-service-unavailable: API v1beta1.metrics.k8s.io is not available: MissingEndpoints: no endpoints',
  ])
})
