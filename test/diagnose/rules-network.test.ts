import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { ingressTlsRules } from '../../src/services/diagnose/rules/ingress-tls.ts'
import { ingressRules } from '../../src/services/diagnose/rules/ingresses.ts'
import { loadBalancerRules } from '../../src/services/diagnose/rules/load-balancers.ts'
import { serviceRules } from '../../src/services/diagnose/rules/services.ts'
import { defineRule } from '../../src/services/diagnose/rule.ts'
import { ago, event, HOUR, make, pod } from '../describe/build.ts'
import { found, told } from './told.ts'

const service = (selector: Record<string, string>, more: Record<string, unknown> = {}): KubeObject =>
  make('v1 Service', { spec: { selector, ports: [{ port: 80, targetPort: 8080 }], ...more } })

const web = (labels: Record<string, string>, ports: object[] = [{ containerPort: 8080, name: 'http' }]): KubeObject =>
  pod(
    { ready: true },
    { metadata: { name: 'web-1', uid: 'p1', labels }, spec: { containers: [{ name: 'app', ports }] } },
  )

const slice = (...ready: boolean[]): KubeObject =>
  make('discovery.k8s.io/v1 EndpointSlice', {
    metadata: { name: 'web-x', labels: { 'kubernetes.io/service-name': 'web' } },
    endpoints: ready.map((each) => ({ addresses: ['10.0.0.1'], conditions: { ready: each } })),
    ports: [{ name: '', port: 8080 }],
  })

test('a Service whose pods are ready is silent', async () => {
  assert.deepEqual(await told(serviceRules, [service({ app: 'web' }), web({ app: 'web' }), slice(true)]), [])
})

test('a selector that no pod matches is told with the labels that come nearest, and how to select them', async () => {
  const [finding] = await found(serviceRules, [
    service({ app: 'web', tier: 'front' }),
    web({ app: 'web', tier: 'frontend' }),
    slice(),
  ])
  assert.equal(
    finding?.cause,
    'Service shop/web selects app=web,tier=front, and no pod has these labels; nearest is Pod web-1 with app=web,tier=frontend',
  )
  assert.equal(finding.severity, 'critical')
  assert.deepEqual(finding.next[0]?.arguments?.['patch'], { spec: { selector: { app: 'web', tier: 'frontend' } } })
})

test('a selector that nothing comes near is told as it is', async () => {
  assert.deepEqual(await told(serviceRules, [service({ app: 'web' }), web({ role: 'db' }), slice()]), [
    'critical selector-unmatched: Service shop/web selects app=web, and no pod has these labels',
  ])
})

test('a Service of a Deployment scaled to nothing is worth a word, not an alarm', async () => {
  const deployment = make('apps/v1 Deployment', {
    metadata: { uid: 'd' },
    spec: { replicas: 0, template: { metadata: { labels: { app: 'web' } } } },
  })
  assert.deepEqual(await told(serviceRules, [service({ app: 'web' }), deployment, slice()]), [
    'info selector-unmatched: Service shop/web has nobody behind it: Deployment web has 0 replicas',
  ])
})

test('where pods were not read, or the Service is new or has no selector, nothing is said of its pods', async () => {
  const young = make('v1 Service', { metadata: { creationTimestamp: ago(5) }, spec: { selector: { app: 'web' } } })
  assert.deepEqual(await told(serviceRules, [young]), [])
  assert.deepEqual(await told(serviceRules, [service({})]), [])
  assert.deepEqual(await told(serviceRules, [service({ app: 'web' }, { type: 'ExternalName' })]), [])
  assert.deepEqual(await told(serviceRules, [service({ app: 'web' })], { partial: ['Pod'] }), [])
})

const unready = pod(
  { ready: false },
  { metadata: { name: 'web-1', uid: 'p1', labels: { app: 'web' } }, spec: { containers: [{ name: 'app' }] } },
)

test('a Service with no ready endpoint is told', async () => {
  assert.deepEqual(await told(serviceRules, [service({ app: 'web' }), unready, slice(false)]), [
    'critical no-ready-endpoints: Service shop/web has no ready endpoint: none of 1 pod behind it is ready',
  ])
})

test('where its pods have a trouble of their own, that explains the Service', async () => {
  const crash = defineRule({
    id: 'crash-loop',
    title: 'crash',
    severity: 'critical',
    looksAt: ['Pod'],
    judge: () => ({ cause: 'it ends', evidence: [], next: [] }),
  })
  const findings = await found([...serviceRules, crash], [service({ app: 'web' }), unready, slice(false)])
  assert.deepEqual(
    findings.map(({ id, explains }) => ({ id, explains })),
    [{ id: 'crash-loop', explains: [{ kind: 'Service', namespace: 'shop', name: 'web' }] }],
  )
})

test('a named port that no container has is certain', async () => {
  const named = service({ app: 'web' }, { ports: [{ port: 80, targetPort: 'web' }] })
  assert.deepEqual(await told(serviceRules, [named, web({ app: 'web' }), slice(true)]), [
    'critical service-port-mismatch: Service shop/web sends port 80 to port "web" of its pods, which declare 8080 named http',
  ])
})

test('a port that containers do not declare is suspicious where they declare others, and unknown where they declare none', async () => {
  const other = service({ app: 'web' }, { ports: [{ port: 80, targetPort: 9090 }] })
  assert.deepEqual(await told(serviceRules, [other, web({ app: 'web' }), slice(true)]), [
    'warning service-port-mismatch: Service shop/web sends port 80 to 9090 of its pods, which declare 8080 named http',
  ])
  assert.deepEqual(await told(serviceRules, [other, web({ app: 'web' }, []), slice(true)]), [])
})

test('a load balancer without an address is given time, then told with the reason', async () => {
  const balanced = (age: number) =>
    make('v1 Service', { metadata: { creationTimestamp: ago(age) }, spec: { type: 'LoadBalancer' } })
  assert.deepEqual(await told(loadBalancerRules, [balanced(60)]), [])
  const old = balanced(HOUR)
  assert.match(
    (await told(loadBalancerRules, [old]))[0] ?? '',
    /^warning load-balancer-pending: .* after 60m: no event says why/,
  )
  const refused = event(old, 'Warning', 'SyncLoadBalancerFailed', 'quota of addresses is used up')
  assert.match(
    (await told(loadBalancerRules, [old, refused]))[0] ?? '',
    /SyncLoadBalancerFailed: quota of addresses is used up$/,
  )
})

const ingress = (name: string, port: object, more: object = {}): KubeObject =>
  make('networking.k8s.io/v1 Ingress', {
    spec: {
      rules: [{ host: 'shop.example', http: { paths: [{ path: '/', backend: { service: { name, port } } }] } }],
      ...more,
    },
  })

test('an Ingress to a Service that is there and answers is silent', async () => {
  const objects = [ingress('web', { number: 80 }), service({ app: 'web' }), web({ app: 'web' }), slice(true)]
  assert.deepEqual(await told([...serviceRules, ...ingressRules], objects), [])
})

test('an Ingress to a Service or port that is not there is told with what is', async () => {
  const objects = [service({ app: 'web' }), web({ app: 'web' }), slice(true)]
  assert.deepEqual(await told(ingressRules, [ingress('webb', { number: 80 }), ...objects]), [
    'critical ingress-errors: Ingress shop/web sends shop.example/ to Service webb, which does not exist; there is web',
  ])
  assert.deepEqual(await told(ingressRules, [ingress('web', { number: 81 }), ...objects]), [
    'critical ingress-errors: Ingress shop/web sends shop.example/ to port 81 of Service web, which has 80',
  ])
})

test('an Ingress whose Service has its own trouble says nothing more', async () => {
  const objects = [ingress('web', { number: 80 }), service({ app: 'web' }), unready, slice(false)]
  assert.deepEqual(
    (await found([...serviceRules, ...ingressRules], objects)).map(({ id }) => id),
    ['no-ready-endpoints'],
  )
})

test('an Ingress of a class that does not exist is served by nobody', async () => {
  const objects = [
    ingress('web', { number: 80 }, { ingressClassName: 'nginx' }),
    service({ app: 'web' }),
    web({ app: 'web' }),
    slice(true),
  ]
  assert.deepEqual(await told(ingressRules, objects), [
    'critical ingress-errors: Ingress shop/web is of class nginx, which does not exist: no controller serves it',
  ])
})

const secret = (name: string): KubeObject => make('v1 Secret', { metadata: { name }, type: 'kubernetes.io/tls' })
const certificate = (...names: string[]) => ({
  certificates: [{ namespace: 'shop', secret: 'web-tls', notBefore: ago(HOUR), notAfter: ago(-HOUR), names }],
})
const withTls = (...hosts: string[]) => ingress('web', { number: 80 }, { tls: [{ hosts, secretName: 'web-tls' }] })

test('an Ingress whose certificate is not there is told, once whatever makes it had time to', async () => {
  const its = withTls('shop.example')
  assert.deepEqual(await told(ingressTlsRules, [its, secret('web-tl')]), [
    'warning ingress-errors: Ingress shop/web takes the certificate for shop.example from Secret web-tls, which does not exist; there is web-tl: its controller shows a certificate of its own, which no browser trusts',
  ])
  const young = { ...its, metadata: { ...its.metadata, creationTimestamp: ago(60) } }
  assert.deepEqual(await told(ingressTlsRules, [young]), [])
  assert.deepEqual(await told(ingressTlsRules, [its], { partial: ['Secret'] }), [], 'nor where Secrets may not be read')
})

test('an Ingress with the certificate of another host is told; a wildcard stands for one label', async () => {
  const hosts = ['shop.example', 'WWW.shop.example', 'a.b.shop.example']
  const objects = [withTls(...hosts), secret('web-tls')]
  assert.deepEqual(await told(ingressTlsRules, objects, certificate('*.shop.example')), [
    'warning ingress-errors: Ingress shop/web serves shop.example, a.b.shop.example with the certificate in Secret web-tls, which is for *.shop.example',
  ])
  const all = certificate('shop.example', '*.shop.example', '*.b.shop.example')
  assert.deepEqual(await told(ingressTlsRules, objects, all), [])
  const many = Array.from({ length: 100 }, (_, index) => `${index}.example`)
  assert.deepEqual(await told(ingressTlsRules, objects, certificate(...many)), [], 'one that was cut may have it')
})
