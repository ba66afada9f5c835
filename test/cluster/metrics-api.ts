import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { issue } from './certificates.ts'
import { ApiError, isKubernetesObject, isRecord, type KubernetesObject } from './client.ts'
import type { TestCluster } from './cluster.ts'
import { freePorts } from './ports.ts'

/** What one container or node uses, as Kubernetes quantities. */
export interface Usage {
  readonly cpu: string
  readonly memory: string
}

/** Says what is used; by default every container uses 5m and 16Mi, every node 400m and 2Gi. */
export interface UsageSource {
  readonly container?: (pod: string, container: string) => Usage
  readonly node?: (name: string) => Usage
}

/** A running stand-in for metrics-server. */
export interface MetricsApi {
  /** Takes the metrics API off the cluster again. */
  stop(): Promise<void>
}

const group = 'metrics.k8s.io'
const apiVersion = `${group}/v1beta1`
const root = `/apis/${apiVersion}`
const service = { name: 'metrics-server', namespace: 'kube-system' }
const apiService = `v1beta1.${group}`
const apiServices = '/apis/apiregistration.k8s.io/v1/apiservices'
const services = `/api/v1/namespaces/${service.namespace}/services`

const resource = (name: string, kind: string, namespaced: boolean): object => ({
  name,
  singularName: '',
  namespaced,
  kind,
  verbs: ['get', 'list'],
})

const discovery = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: apiVersion,
  resources: [resource('nodes', 'NodeMetrics', false), resource('pods', 'PodMetrics', true)],
}

const notFound = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }

const itemsOf = (list: unknown): KubernetesObject[] =>
  isRecord(list) && Array.isArray(list['items']) ? list['items'].filter(isKubernetesObject) : []

function metadataOf({ metadata: { name, namespace } }: KubernetesObject): object {
  const creationTimestamp = new Date().toISOString()
  return namespace === undefined ? { name, creationTimestamp } : { name, namespace, creationTimestamp }
}

const measured = (): object => ({ timestamp: new Date().toISOString(), window: '15s' })

function containerNames(pod: KubernetesObject): string[] {
  const containers = isRecord(pod['spec']) ? pod['spec']['containers'] : undefined
  if (!Array.isArray(containers)) return []
  return containers.flatMap((each: unknown) =>
    isRecord(each) && typeof each['name'] === 'string' ? [each['name']] : [],
  )
}

const isRunning = (pod: KubernetesObject): boolean => isRecord(pod['status']) && pod['status']['phase'] === 'Running'

// The real objects are asked for at every request, so what is measured is what is there.
function answersOf({ api }: TestCluster, source: UsageSource) {
  const container = source.container ?? (() => ({ cpu: '5m', memory: '16Mi' }))
  const node = source.node ?? (() => ({ cpu: '400m', memory: '2Gi' }))

  const podMetrics = (pod: KubernetesObject): object => ({
    kind: 'PodMetrics',
    apiVersion,
    metadata: metadataOf(pod),
    ...measured(),
    containers: containerNames(pod).map((name) => ({ name, usage: container(pod.metadata.name, name) })),
  })
  const nodeMetrics = (each: KubernetesObject): object => ({
    kind: 'NodeMetrics',
    apiVersion,
    metadata: metadataOf(each),
    ...measured(),
    usage: node(each.metadata.name),
  })

  const list = async (kind: string, path: string, search: string): Promise<object> => {
    const objects = itemsOf(await api.get(`/api/v1${path}${search}`))
    const items = kind === 'NodeMetrics' ? objects.map(nodeMetrics) : objects.filter(isRunning).map(podMetrics)
    return { kind: `${kind}List`, apiVersion, metadata: {}, items }
  }
  const one = async (kind: string, path: string): Promise<object | undefined> => {
    const object = await api.get(`/api/v1${path}`)
    if (!isKubernetesObject(object)) return undefined
    if (kind === 'NodeMetrics') return nodeMetrics(object)
    return isRunning(object) ? podMetrics(object) : undefined
  }
  return { list, one }
}

async function answer(cluster: TestCluster, source: UsageSource, url: URL): Promise<object | undefined> {
  if (url.pathname === root) return discovery
  const path = url.pathname.startsWith(`${root}/`) ? url.pathname.slice(root.length) : ''
  const match = /^(?:\/namespaces\/[^/]+)?\/(?<resource>pods|nodes)(?<name>\/[^/]+)?$/.exec(path)
  if (match === null) return undefined
  const kind = match.groups?.['resource'] === 'nodes' ? 'NodeMetrics' : 'PodMetrics'
  const { list, one } = answersOf(cluster, source)
  return match.groups?.['name'] === undefined ? list(kind, path, url.search) : one(kind, path)
}

function send(response: ServerResponse, body: object | undefined): void {
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body ?? notFound))
}

// What the API server refuses (a bad selector, say), metrics-server refuses too.
function refuse(response: ServerResponse, error: unknown): void {
  if (!(error instanceof ApiError)) return send(response, undefined)
  const { status: code, message } = error
  response.writeHead(code, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code }))
}

async function listen(cluster: TestCluster, source: UsageSource, port: number): Promise<Server> {
  const names = [`${service.name}.${service.namespace}.svc`]
  const { certificate, key } = issue(cluster.authority, { commonName: service.name, usage: 'server', names })
  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(incoming.url ?? '/', 'https://localhost')
    answer(cluster, source, url).then(
      (body) => send(response, body),
      (error: unknown) => refuse(response, error),
    )
  }
  const server = createServer({ cert: certificate, key }, handle)
  server.listen(port, '127.0.0.1').unref()
  await once(server, 'listening')
  return server
}

const caBundle = ({ authority }: TestCluster): string => Buffer.from(authority.certificate).toString('base64')

async function register(cluster: TestCluster, port: number): Promise<void> {
  await cluster.api.ensure(services, { metadata: service, spec: { type: 'ExternalName', externalName: 'localhost' } })
  await cluster.api.ensure(apiServices, {
    metadata: { name: apiService },
    spec: {
      group,
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      caBundle: caBundle(cluster),
      service: { ...service, port },
    },
  })
}

async function untilAnswered(cluster: TestCluster): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await cluster.api.answers(`${root}/nodes`))) {
    if (performance.now() > deadline) throw new Error('The API server did not reach the metrics API within 20 s.')
    await delay(50)
  }
}

/**
 * Puts a metrics API (metrics.k8s.io/v1beta1) on the cluster: a server in this process, which the API server's
 * aggregator reaches through a Service of type ExternalName. It measures nothing; `source` says what each thing uses.
 * Answers once the API server serves it. One at a time per cluster; it ends with `stop` or with this process.
 */
export async function startMetricsApi(cluster: TestCluster, source: UsageSource = {}): Promise<MetricsApi> {
  const [port = 0] = await freePorts(1)
  const server = await listen(cluster, source, port)
  await register(cluster, port)
  await untilAnswered(cluster)
  return {
    async stop() {
      await cluster.api.delete(`${apiServices}/${apiService}`)
      await cluster.api.delete(`${services}/${service.name}`)
      server.closeAllConnections()
      server.close()
    },
  }
}
