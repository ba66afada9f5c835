import { createHash } from 'node:crypto'
import type { KubernetesObject } from './client.ts'
import { collectionPath } from './resources.ts'

/** One pod to create: where, which, what. */
export interface PodPlan {
  readonly path: string
  readonly index: number
  readonly pod: object
}

const containerNames = ['web', 'log-shipper'] as const
const image = (name: string): string => `registry.example.test/shop/${name}:v1.42.0`

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

const settings = (name: string): object[] =>
  ['LOG_LEVEL', 'REGION', 'CACHE_SIZE'].map((variable) => ({
    name: variable,
    value: `${name}-${variable.toLowerCase().replaceAll('_', '-')}-value`,
  }))

const container = (name: string, index: number): object => ({
  name,
  image: image(name),
  args: ['--listen=:8080', '--config=/etc/app/config.yaml', '--graceful-shutdown=25s'],
  ports: [{ name: `http-${index}`, containerPort: 8080 + index }],
  env: [...settings(name), { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
  resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
  readinessProbe: { httpGet: { path: '/readyz', port: 8080 + index }, periodSeconds: 5 },
  livenessProbe: { httpGet: { path: '/livez', port: 8080 + index }, periodSeconds: 10 },
  volumeMounts: [{ name: 'config', mountPath: '/etc/app', readOnly: true }],
})

/** The pod number `index` of a namespace, bound to `node`. Its shape is a web server's with a side container. */
export function benchmarkPod(namespace: string, index: number, node: string): PodPlan {
  const app = `app-${index % 10}`
  const templateHash = hash(`${namespace}/${app}`).slice(0, 10)
  const name = `${app}-${templateHash}-${hash(`${namespace}/${index}`).slice(0, 5)}`
  const labels = { app, tier: index % 3 === 0 ? 'frontend' : 'backend', 'pod-template-hash': templateHash }
  const annotations = { 'checksum/config': hash(app), 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9090' }
  const spec = {
    nodeName: node,
    containers: containerNames.map(container),
    volumes: [{ name: 'config', configMap: { name: `${app}-config` } }],
  }
  return { path: collectionPath('Pod', namespace), index, pod: { metadata: { name, labels, annotations }, spec } }
}

const isUnready = (index: number): boolean => index % 20 === 7

const condition = (type: string, status: boolean, lastTransitionTime: string): object => ({
  type,
  status: status ? 'True' : 'False',
  lastTransitionTime,
  ...(!status && { reason: 'ContainersNotReady', message: 'containers with unready status: [web]' }),
})

function containerStatus(pod: KubernetesObject, name: string, ready: boolean, startedAt: string): object {
  const id = hash(`${pod.metadata.uid ?? ''}/${name}`)
  const imageID = `${image(name).split(':')[0] ?? ''}@sha256:${hash(name)}`
  const state = { running: { startedAt } }
  return {
    name,
    image: image(name),
    imageID,
    containerID: `containerd://${id}`,
    ready,
    started: true,
    restartCount: 0,
    state,
  }
}

/** The status that a kubelet writes for a running pod; one in twenty is not ready. */
export function runningStatus(pod: KubernetesObject, index: number): object {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const ready = !isUnready(index)
  const podIP = `10.0.${Math.floor(index / 250) % 250}.${(index % 250) + 1}`
  const always = ['PodReadyToStartContainers', 'Initialized', 'PodScheduled'].map((type) => condition(type, true, now))
  const readiness = ['Ready', 'ContainersReady'].map((type) => condition(type, ready, now))
  return {
    phase: 'Running',
    conditions: [...always, ...readiness],
    containerStatuses: containerNames.map((name) => containerStatus(pod, name, ready || name !== 'web', now)),
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    podIP,
    podIPs: [{ ip: podIP }],
    qosClass: 'Burstable',
    startTime: now,
  }
}
