import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { type Call, LOCAL } from '../../src/call.ts'
import { Connections } from '../../src/kubernetes/connection.ts'
import { Cluster } from '../../src/services/cluster.ts'
import type { Execution } from '../../src/services/changes/plan.ts'
import { isRecord, type KubernetesObject } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import type { ContextName } from '../cluster/kubeconfig.ts'
import { createKwokNode } from '../cluster/nodes.ts'
import { until } from '../support/until.ts'
import type { Ends } from '../support/ends.ts'
import { type Arrived, type Instead, type Recorder, startRecorder } from '../support/recorder.ts'

export { until }

/** A caller's hold on the test cluster, through the real connection. `kubeconfig`: another one than the cluster's. */
export async function clusterOf(
  ends: Ends,
  cluster: TestCluster,
  context: ContextName = 'admin',
  kubeconfig = cluster.kubeconfig,
): Promise<Cluster> {
  const connections = new Connections({
    kubeconfig,
    homeDirectory: homedir(),
    inClusterEnvironment: { host: undefined, port: undefined },
    serviceAccountDirectory: '/nonexistent',
    execPlugins: [],
    environment: {},
  })
  await connections.start()
  const ending = new AbortController()
  ends.after(async () => {
    ending.abort()
    await connections.close()
  })
  return new Cluster(connections.open(context), callOf(ending.signal))
}

const callOf = (signal: AbortSignal): Call => ({
  door: 'rest',
  ...LOCAL,
  correlationId: randomUUID(),
  signal,
  progress() {},
  wantsProgress: false,
  requests: [],
})

/** An execution as the core runs one, and what it was told. */
export interface Told extends Execution {
  sent: number
  steps: string[]
}

/** `onStep` may throw, as a cancellation does. */
export function execution(onStep: (message: string) => void = () => {}): Told {
  const told: Told = {
    id: randomUUID(),
    sent: 0,
    steps: [],
    async beforeSend() {
      told.sent++
    },
    async step(_done, _total, message) {
      told.steps.push(message)
      onStep(message)
    },
  }
  return told
}

/** What the audit log says of the writes of one execution: verb, resource with subresource, status; dry runs have no such id. */
export async function audited({ auditLog }: TestCluster, id: string): Promise<string[]> {
  const lines = (await readFile(auditLog, 'utf8')).split('\n').filter((line) => line.includes(id))
  return lines
    .map((line) => JSON.parse(line))
    .filter((each) => each.auditID === id && each.stage === 'ResponseComplete')
    .map(auditText)
}

const auditText = (entry: {
  verb: string
  objectRef: { resource: string; subresource?: string }
  responseStatus: { code: number }
}) =>
  [
    entry.verb,
    [entry.objectRef.resource, entry.objectRef.subresource].filter((part) => part !== undefined).join('/'),
    entry.responseStatus.code,
  ].join(' ')

const pathOf = (namespace: string, kind: string, name = '') => {
  const group = ['deployments', 'daemonsets', 'replicasets', 'statefulsets'].includes(kind)
    ? 'apis/apps/v1'
    : kind === 'poddisruptionbudgets'
      ? 'apis/policy/v1'
      : 'api/v1'
  return `/${group}/namespaces/${namespace}/${kind}${name === '' ? '' : `/${name}`}`
}
export { pathOf }

export interface PodTemplate {
  labels?: Record<string, string>
  annotations?: Record<string, string>
  pod?: object
  container?: object
}

/** Makes a Deployment on the nodes that kwok runs and waits until its pods are ready. */
export async function deploy(
  cluster: TestCluster,
  namespace: string,
  name: string,
  replicas: number,
  more: PodTemplate = {},
): Promise<void> {
  const labels = { app: name }
  const container = { name: 'app', image: 'shop/app:v1.2.3', ...more.container }
  await cluster.api.create(pathOf(namespace, 'deployments'), {
    metadata: { name, labels: more.labels ?? {}, annotations: more.annotations ?? {} },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container], ...more.pod } },
    },
  })
  await ready(cluster, namespace, name, replicas)
}

/** Waits until a Deployment has so many available pods, and no others. */
export const ready = (cluster: TestCluster, namespace: string, name: string, replicas: number): Promise<void> =>
  until(
    `deployment ${name} has ${replicas} pods`,
    async () => {
      const path = pathOf(namespace, 'deployments', name)
      const { generation } = await read(cluster, path, 'metadata')
      const status = await read(cluster, path, 'status')
      if (status['observedGeneration'] !== generation) return false
      const count = (field: string) => Number(status[field] ?? 0)
      return (
        count('availableReplicas') === replicas &&
        count('updatedReplicas') === replicas &&
        count('replicas') === replicas
      )
    },
    60,
  )

/** A part of an object, by name. */
export async function read({ api }: TestCluster, path: string, part: string): Promise<Record<string, unknown>> {
  const object = await api.get(path)
  const found = isRecord(object) ? object[part] : undefined
  return isRecord(found) ? found : {}
}

/** The pods of a label. */
export async function podsWith({ api }: TestCluster, namespace: string, app: string): Promise<KubernetesObject[]> {
  const list = await api.get(`${pathOf(namespace, 'pods')}?labelSelector=app%3D${app}`)
  return isRecord(list) && Array.isArray(list['items']) ? list['items'] : []
}

/** Makes a PodDisruptionBudget and waits until its status says how many disruptions it allows. */
export async function budget(
  cluster: TestCluster,
  namespace: string,
  app: string,
  minAvailable: number,
  allowed: number,
): Promise<void> {
  const spec = { minAvailable, selector: { matchLabels: { app } } }
  await cluster.api.create(pathOf(namespace, 'poddisruptionbudgets'), { metadata: { name: app }, spec })
  await until(
    `budget ${app} allows ${allowed}`,
    async () => {
      const status = await read(cluster, pathOf(namespace, 'poddisruptionbudgets', app), 'status')
      return (
        status['disruptionsAllowed'] === allowed &&
        status['observedGeneration'] === 1 &&
        Number(status['expectedPods']) > 0
      )
    },
    30,
  )
}

/** Makes a Service over a label and waits for so many ready endpoints. */
export async function service(cluster: TestCluster, namespace: string, app: string, endpoints: number): Promise<void> {
  await cluster.api.create(pathOf(namespace, 'services'), {
    metadata: { name: app },
    spec: { selector: { app }, ports: [{ port: 80 }] },
  })
  await until(
    `service ${app} has ${endpoints} endpoints`,
    async () => {
      const list = await cluster.api.get(
        `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io/service-name%3D${app}`,
      )
      return JSON.stringify(list).split('"ready":true').length - 1 === endpoints
    },
    30,
  )
}

const OWN = { key: 'k8s-mcp.test/own', value: 'yes' }
export const tolerations = [{ ...OWN }, { key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }]

/** A node of the test's own: a drain must not meet, or evict, the pods of the tests beside it. */
export async function newNode({ api }: TestCluster): Promise<string> {
  const name = `node-${randomBytes(4).toString('hex')}`
  await createKwokNode(api, name, [{ ...OWN, effect: 'NoSchedule' }])
  // The node controller has the last word: it copies labels to their old names, and takes the taint of a new node away.
  await until('the node is ready', async () => {
    const node = JSON.stringify(await api.get(`/api/v1/nodes/${name}`))
    return node.includes('KubeletReady') && node.includes('beta.kubernetes.io/os') && !node.includes('/not-ready')
  })
  return name
}

/** What puts pods on that node; `more` are further fields of their spec. */
export const on = (node: string, more: object = {}): PodTemplate => ({
  pod: { nodeSelector: { 'kubernetes.io/hostname': node }, tolerations, ...more },
})

/** Whether a request changes something: not a read, a rehearsal or a question about rights. */
export const isWrite = ({ method, path, query }: Arrived): boolean =>
  method !== 'GET' && query.get('dryRun') === null && !path.includes('/authorization.k8s.io/')

/** A hold on the cluster through a proxy that writes down what comes, and may answer writes in its stead. */
export async function watched(
  ends: Ends,
  cluster: TestCluster,
  instead: (write: Arrived) => Instead | undefined = () => undefined,
): Promise<{ hold: Cluster; writes: () => Arrived[]; recorder: Recorder }> {
  const recorder = await startRecorder(ends, cluster, {
    instead: (each) => (isWrite(each) ? instead(each) : undefined),
  })
  const hold = await clusterOf(ends, cluster, 'admin', recorder.kubeconfig)
  return { hold, writes: () => recorder.arrived.filter(isWrite), recorder }
}
