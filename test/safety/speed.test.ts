import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { maskObject } from '../../src/services/safety/mask-object.ts'
import { LineScrubber, scrubText, scrubValue } from '../../src/services/safety/scrub-text.ts'

/** Milliseconds of processor time, the best of `rounds`: other processes must not decide a test. */
function cost(work: () => unknown, rounds = 5): number {
  const times = Array.from({ length: rounds }, () => {
    const start = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  })
  return Math.min(...times)
}

const MB = 1_000_000

/** Units that, repeated, make each rule begin and fail, or begin and never end. */
const attacks: readonly string[] = [
  'eyJ',
  'eyJ.',
  'eyJaaaaaaaaaa.',
  'ewo',
  '-----BEGIN RSA PRIVATE KEY-----',
  `-----BEGIN RSA PRIVATE KEY-----\n${'A'.repeat(64)}\n`,
  '-----BEGIN ',
  'password',
  'password=',
  'password="',
  'password=,',
  'password= ',
  'token:',
  'token: ',
  'token:/',
  'token: token',
  'token=',
  '"token":"',
  '\\"token\\":\\"',
  '\\\\\\"',
  `secretName=${'\\'.repeat(9)}"`,
  '://',
  'a://',
  'a://b:',
  'a://b:c/',
  `a://b:${'x'.repeat(250)}`,
  '@tcp(',
  'x:y@tcp(',
  'ghp_',
  'AKIA',
  'sk-',
  'SG.',
  'SG.aaaaaaaaaaaaaaaaaaaaa.',
  'H4sIA',
  `H4sIA${'x'.repeat(190)} `,
  'bearer ',
  'bearer  ',
  'name: ',
  'name: PASSWORD\n',
  'name: PASSWORD value: ',
  'kind: Secret\n',
  'kind: Secret\ndata:\n',
  'kind: Secret\ndata:\n  a: b\n',
  '"kind":"Secret","data":{',
  '---\nkind: Secret\n',
  '\n---\ndata:\nkind: Secret\n',
  'api key: ',
  'secret key=',
  '--password ',
  'a',
  ' ',
  '\n',
  '\\',
  '"',
  "token'",
  'aaaaaa.bbbbbbbbbbbbbbbb',
  'token aaaaaa.bbbbbbbbbbbbbbb',
  'curl -u a',
  'curl -u a:b',
  'password: |\n',
  '  password: |\n    x\n',
  'authorization: ',
  'authorization: bearer ',
  'cookie: ',
  'cookie: a',
  '\u001b[0m',
  '\u001b[0mtoken',
  'identified by',
  'connection string',
  'sig=',
  '?sig=',
  'pypi-',
  'glpat-',
  'token={{',
  'token=${',
  'token=<',
  'token: Invalid value: "',
  '<password>',
  'password>',
  '$2a$',
  'token"]: ',
  'x/token: ',
  'tokenfile=',
  'tokenfile:',
  'secret:a/',
  'topology_key=',
  'password: x\\n',
  'password:["a"]',
  'password:["',
  'password is x',
  'PASSWORD=x\n',
  'PASSWORD=x\\n',
  'PASSWORD=x y\\n',
  'kind: Secret\\ndata:\\n  a: b\\n',
  'key: PASSWORD,value: ',
]

/** In front of an attack, so that no scanner is skipped for want of its marks. */
const EVERY_MARK = 'curl token kind: Secret PRIVATE KEY value bearer :// eyJ ghp_ '

test('no text takes more than linear time: 400 KB of each attack, and 5 MB of all of them', () => {
  for (const unit of attacks) {
    const text = EVERY_MARK + unit.repeat(Math.ceil((0.4 * MB) / unit.length))
    const milliseconds = cost(() => scrubText(text), 1)
    // Measured: 55 ms for the worst, on two cores shared by many; anything quadratic takes ten seconds.
    assert.ok(milliseconds < 400, `${milliseconds} ms for ${JSON.stringify(unit)}`)
  }
  const all = attacks.map((unit) => unit.repeat(Math.ceil((5 * MB) / attacks.length / unit.length))).join('')
  assert.ok(cost(() => scrubText(all), 1) < 1200)
})

test('5 MB of ordinary log lines take less than 300 ms', () => {
  const line =
    '2026-11-22T17:24:39Z INFO [http-nio-8080-exec-3] c.e.shop.OrderController : GET /orders/55 200 in 33 ms user=alice items=3 request=7f3e\n'
  const text = line.repeat(Math.ceil((5 * MB) / line.length))
  assert.ok(cost(() => scrubText(text)) < 300)
  const lines = text.split('\n')
  assert.ok(cost(() => lines.forEach((each) => new LineScrubber().line(each))) < 300)
})

const container = (number: number) => ({
  name: `c${number}`,
  image: `registry.example.com/shop/web:1.2.${number}`,
  imagePullPolicy: 'IfNotPresent',
  command: ['/usr/local/bin/shop-web'],
  args: ['--port=8080', '--log-level=info', '--config=/etc/shop/web.yaml'],
  env: [
    { name: 'LOG_LEVEL', value: 'info' },
    { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    { name: 'DB_HOST', value: 'db.shop.svc.cluster.local' },
    { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
  ],
  ports: [{ containerPort: 8080, name: 'http', protocol: 'TCP' }],
  resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
  livenessProbe: {
    httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' },
    periodSeconds: 10,
    failureThreshold: 3,
    timeoutSeconds: 1,
  },
  readinessProbe: {
    httpGet: { path: '/readyz', port: 'http', scheme: 'HTTP' },
    periodSeconds: 10,
    failureThreshold: 3,
    timeoutSeconds: 1,
  },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
  volumeMounts: [
    { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', name: 'kube-api-access-hcmlp', readOnly: true },
  ],
})

const containerStatus = (number: number) => ({
  name: `c${number}`,
  containerID: `containerd://${'fa29a4ff7afa498bb7d0d7dc7399ab79'.repeat(2)}`,
  image: `registry.example.com/shop/web:1.2.${number}`,
  imageID: `registry.example.com/shop/web@sha256:${'f4d2ac294bcbc6772277b9705810fedf'.repeat(2)}`,
  ready: true,
  restartCount: 0,
  state: { running: { startedAt: '2026-11-22T17:24:43Z' } },
  volumeMounts: [
    { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', name: 'kube-api-access-hcmlp', readOnly: true },
  ],
})

const condition = (type: string) => ({
  type,
  status: 'True',
  lastProbeTime: null,
  lastTransitionTime: '2026-11-22T17:24:44Z',
  observedGeneration: 1,
})

const pod = (number: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `web-7d4b9c8f6d-${number}`,
    namespace: 'shop',
    uid: '550e8400-e29b-41d4-a716-446655440000',
    resourceVersion: '123456',
    creationTimestamp: '2026-11-22T17:24:39Z',
    labels: { app: 'web', 'app.kubernetes.io/name': 'web', 'pod-template-hash': '7d4b9c8f6d' },
    annotations: { 'prometheus.io/scrape': 'true', 'checksum/config': 'f4d2ac294bcbc6772277b9705810fedf'.repeat(2) },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web-7d4b9c8f6d',
        uid: '550e8400-e29b-41d4-a716-446655440001',
        controller: true,
      },
    ],
  },
  spec: {
    containers: [1, 2, 3, 4].map(container),
    volumes: [
      {
        name: 'kube-api-access-hcmlp',
        projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }] },
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    preemptionPolicy: 'PreemptLowerPriority',
    priority: 0,
    dnsPolicy: 'ClusterFirst',
    nodeName: 'node1',
    serviceAccountName: 'default',
    schedulerName: 'default-scheduler',
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
  },
  status: {
    phase: 'Running',
    conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
    containerStatuses: [1, 2, 3, 4].map(containerStatus),
    hostIP: '10.123.0.1',
    podIP: '10.244.0.20',
    qosClass: 'Burstable',
    startTime: '2026-11-22T17:24:39Z',
  },
})

test('500 pods of 9 KB are masked, or scrubbed, in a page of milliseconds, and stay the same objects', () => {
  const pods: KubeObject[] = JSON.parse(JSON.stringify(Array.from({ length: 500 }, (_, number) => pod(number))))
  const size = JSON.stringify(pods[0]).length
  assert.ok(size > 8500 && size < 9500, `${size} bytes`)
  for (const each of pods) assert.equal(scrubValue(maskObject(each)), each)
  // Measured: 20 to 25 ms on two shared cores. The bound leaves room for a slower machine.
  assert.ok(cost(() => pods.forEach((each) => maskObject(each)), 10) < 75)
  assert.ok(cost(() => pods.forEach((each) => scrubValue(each)), 10) < 75)
})
