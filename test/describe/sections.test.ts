import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ago, HOUR, make, told } from './build.ts'

const full = {
  nodeName: 'node1',
  serviceAccountName: 'web',
  priority: 100,
  priorityClassName: 'high',
  nodeSelector: { disktype: 'ssd' },
  tolerations: [
    { key: 'dedicated', operator: 'Equal', value: 'web', effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    { operator: 'Exists' },
  ],
  initContainers: [{ name: 'mesh', image: 'mesh:1', restartPolicy: 'Always' }],
  containers: [
    {
      name: 'app',
      image: 'shop/web:v9',
      ports: [
        { name: 'http', containerPort: 8080 },
        { containerPort: 9, protocol: 'UDP', hostPort: 99 },
      ],
      command: ['/web', '--listen', ':8080 all'],
      resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      livenessProbe: { httpGet: { path: '/livez', port: 'http', scheme: 'HTTPS' }, periodSeconds: 5 },
      readinessProbe: { exec: { command: ['cat', '/ready'] }, initialDelaySeconds: 3 },
      startupProbe: { grpc: { port: 9000 } },
      envFrom: [{ configMapRef: { name: 'settings' } }, { prefix: 'DB_', secretRef: { name: 'db', optional: true } }],
      env: [
        { name: 'MODE', value: 'fast' },
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ],
      volumeMounts: [
        { name: 'data', mountPath: '/data' },
        { name: 'conf', mountPath: '/conf', readOnly: true, subPath: 'web' },
      ],
    },
  ],
  volumes: [
    { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'conf', configMap: { name: 'settings' } },
    { name: 'tmp', emptyDir: {} },
    {
      name: 'token',
      projected: { sources: [{ serviceAccountToken: { path: 'token' } }, { configMap: { name: 'kube-root-ca.crt' } }] },
    },
  ],
}

test('a pod tells where it runs, each container, and its volumes', () => {
  const status = {
    phase: 'Running',
    hostIP: '192.0.2.1',
    podIPs: [{ ip: '10.0.0.7' }],
    qosClass: 'Burstable',
    initContainerStatuses: [
      { name: 'mesh', ready: true, started: true, restartCount: 0, state: { running: { startedAt: ago(120) } } },
    ],
    containerStatuses: [
      {
        name: 'app',
        ready: true,
        restartCount: 1,
        imageID: 'sha256:1',
        state: { running: { startedAt: ago(60) } },
        lastState: {
          terminated: { exitCode: 2, reason: 'Error', message: 'bad flag', startedAt: ago(100), finishedAt: ago(65) },
        },
      },
    ],
  }
  assert.deepEqual(told(make('v1 Pod', { spec: full, status })), [
    'Pod:',
    '  Phase: Running',
    '  Node: node1/192.0.2.1',
    '  IPs: 10.0.0.7',
    '  QoS class: Burstable',
    '  Service account: web',
    '  Priority: 100 high',
    '  Node selector: disktype=ssd',
    '  Tolerations: dedicated=web:NoSchedule, node.kubernetes.io/not-ready:NoExecute op=Exists for 300s, everything op=Exists',
    'Sidecar container mesh:',
    '  Image: mesh:1',
    '  State: running, since 2m',
    '  Ready: true, 0 restarts',
    'Container app:',
    '  Image: shop/web:v9',
    '  Ports: 8080/TCP (http), 9/UDP (host port 99)',
    '  Command: ["/web","--listen",":8080 all"]',
    '  State: running, since 60s',
    '  Last state: terminated, Error, exit code 2, ran 35s, ended 65s ago: bad flag',
    '  Ready: true, 1 restarts',
    '  Image id: sha256:1',
    '  Requests: cpu=250m, memory=64Mi',
    '  Limits: memory=128Mi',
    '  Liveness: http-get https://:http/livez delay=0s timeout=1s period=5s #success=1 #failure=3',
    '  Readiness: exec ["cat","/ready"] delay=3s timeout=1s period=10s #success=1 #failure=3',
    '  Startup: grpc :9000 delay=0s timeout=1s period=10s #success=1 #failure=3',
    '  Env:',
    '    all of configmap settings',
    '    all of secret db (optional), prefixed: DB_',
    '    MODE=fast',
    '    PASSWORD from key password of secret db',
    '    NODE from field spec.nodeName',
    '  Mounts:',
    '    /data from data (rw)',
    '    /conf from conf (ro, subPath: web)',
    'Volumes:',
    '  data: persistentVolumeClaim (claimName=data)',
    '  conf: configMap (name=settings)',
    '  tmp: emptyDir',
    '  token: projected (serviceAccountToken, configMap kube-root-ca.crt)',
  ])
})

test('a StatefulSet tells its counts, strategy and claims', () => {
  const set = make('apps/v1 StatefulSet', {
    spec: {
      replicas: 3,
      serviceName: 'web',
      selector: {
        matchLabels: { app: 'web' },
        matchExpressions: [
          { key: 'tier', operator: 'In', values: ['a', 'b'] },
          { key: 'old', operator: 'DoesNotExist' },
        ],
      },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
      volumeClaimTemplates: [
        { metadata: { name: 'data' }, spec: { storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } } },
      ],
    },
    status: { observedGeneration: 1, readyReplicas: 3, currentRevision: 'web-1', updateRevision: 'web-2' },
  })
  assert.deepEqual(told(set), [
    'StatefulSet:',
    '  Replicas: 3 desired, 3 ready',
    '  Service: web',
    '  Selector: app=web,tier in (a,b),!old',
    '  Update strategy: RollingUpdate: partition=1',
    '  Revision: web-1 -> web-2',
    '  Volume claims: data 1Gi class fast',
  ])
})

const endpoint = (ip: string, ready: boolean) => ({
  addresses: [ip],
  conditions: { ready },
  targetRef: { kind: 'Pod', name: `web-${ip}` },
  nodeName: 'node1',
})

test('a Service tells its addresses, ports and endpoints, those that are not ready first', () => {
  const service = make('v1 Service', {
    spec: {
      type: 'NodePort',
      selector: { app: 'web' },
      clusterIPs: ['10.0.0.1', 'fd00::1'],
      ports: [{ name: 'http', port: 80, targetPort: 'web', nodePort: 30080 }],
      sessionAffinity: 'None',
    },
  })
  const slice = make('discovery.k8s.io/v1 EndpointSlice', {
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [endpoint('10.1.0.1', true), endpoint('10.1.0.2', false)],
  })
  assert.deepEqual(told(service, { owned: [slice] }), [
    'Service:',
    '  Type: NodePort',
    '  Selector: app=web',
    '  IPs: 10.0.0.1, fd00::1',
    '  Session affinity: None',
    'Ports:',
    '  NAME  PORT    TARGET  NODE PORT',
    '  http  80/TCP  web     30080',
    'Endpoints:',
    '  ADDRESS   TARGET            STATE      NODE',
    '  10.1.0.2  Pod/web-10.1.0.2  not ready  node1',
    '  10.1.0.1  Pod/web-10.1.0.1  ready      node1',
  ])
})

test('an Ingress tells where each path leads', () => {
  const backend = { service: { name: 'web', port: { number: 80 } } }
  const ingress = make('networking.k8s.io/v1 Ingress', {
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.test'], secretName: 'cert' }],
      rules: [{ host: 'shop.test', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
    status: { loadBalancer: { ingress: [{ hostname: 'lb.test' }] } },
  })
  assert.deepEqual(told(ingress), [
    'Ingress:',
    '  Class: nginx',
    '  Address: lb.test',
    '  TLS: secret cert for shop.test',
    'Rules:',
    '  HOST       PATH  TYPE    BACKEND',
    '  shop.test  /     Prefix  web:80',
  ])
})

test('a NetworkPolicy tells what it lets in and out', () => {
  const policy = make('networking.k8s.io/v1 NetworkPolicy', {
    spec: {
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            { podSelector: { matchLabels: { app: 'api' } } },
            { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
          ],
          ports: [{ port: 80 }, { port: 8000, endPort: 8010, protocol: 'UDP' }],
        },
        { from: [{ namespaceSelector: { matchLabels: { team: 'a' } }, podSelector: {} }] },
      ],
    },
  })
  assert.deepEqual(told(policy), [
    'NetworkPolicy:',
    '  Pods: app=web',
    '  Policy types: Ingress, Egress',
    'Ingress:',
    '  from pods app=api or 10.0.0.0/8 except 10.1.0.0/16, ports 80/TCP, 8000-8010/UDP',
    '  from pods <all> in namespaces team=a, any port',
    'Egress:',
    '  nothing is allowed (pods are isolated for egress)',
  ])
})

test('a Node tells what it has, what pods on it ask for, and its taints', () => {
  const node = make('v1 Node', {
    metadata: { name: 'node1', namespace: undefined, labels: { 'node-role.kubernetes.io/control-plane': '' } },
    spec: { taints: [{ key: 'dedicated', value: 'web', effect: 'NoSchedule' }], podCIDRs: ['10.1.0.0/24'] },
    status: {
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: ago(HOUR) }],
      addresses: [{ type: 'InternalIP', address: '192.0.2.1' }],
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      nodeInfo: { kubeletVersion: 'v1.36.2', osImage: 'Debian 13', operatingSystem: 'linux' },
    },
  })
  const done = make('v1 Pod', { metadata: { name: 'done' }, spec: full, status: { phase: 'Succeeded' } })
  const init = { name: 'init', resources: { requests: { cpu: '1' } } }
  const busy = make('v1 Pod', { spec: { ...full, initContainers: [init] }, status: { phase: 'Running' } })
  assert.deepEqual(told(node, { related: [done, busy] }), [
    'Conditions:',
    '  TYPE   STATUS  FOR  REASON',
    '  Ready  True    60m  KubeletReady',
    'Node:',
    '  Roles: control-plane',
    '  Taints: dedicated=web:NoSchedule',
    '  Addresses: InternalIP 192.0.2.1',
    '  Pod CIDRs: 10.1.0.0/24',
    'System:',
    '  Kubelet: v1.36.2',
    '  Operating system: Debian 13, linux',
    'Resources:',
    '  RESOURCE  CAPACITY  ALLOCATABLE  REQUESTS   LIMITS',
    '  cpu       4         4            1 (25%)    -',
    '  memory    8Gi       8Gi          64Mi (1%)  128Mi (2%)',
    '  pods      110       110          1          -',
    'Pods:',
    '  NAMESPACE  NAME  CPU REQUESTS  MEMORY REQUESTS  MEMORY LIMITS  AGE',
    '  shop       web   1             64Mi             128Mi          60m',
  ])
})
