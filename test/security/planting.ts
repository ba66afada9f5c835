import { gzipSync } from 'node:zlib'
import { isKubernetesObject } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { type Canary, canaries, type Plant } from '../data/canaries.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { until } from '../support/process.ts'

type Of<Place extends Plant['place']> = Extract<Plant, { place: Place }>

/** What is planted in one kind of place. */
function plantsIn<Place extends Plant['place']>(place: Place): Of<Place>[] {
  const isOf = (each: Plant): each is Of<Place> => each.place === place
  return canaries.map((canary) => canary.plant).filter(isOf)
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const base64Of = (data: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]))

/** Objects with canaries in them, by what they are good for. */
export interface Planted {
  readonly namespace: string
  /** Names of Secrets and ConfigMaps. */
  readonly secrets: readonly string[]
  readonly configMaps: readonly string[]
  /** Deployment and Pod whose environment, arguments, annotations, logs, status and events hold some. */
  readonly deployment: string
  readonly pod: string
}

/** A Secret as a chart renders it: some keys encoded, some not. */
function secretDocument({ type, data }: Of<'secret'>, index: number): string {
  const values = index % 2 === 0 ? { data: base64Of(data) } : { stringData: data }
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: `planted-${index}` }, type, ...values }
  return `---\n# Source: shop/templates/secret.yaml\n${JSON.stringify(object)}\n`
}

async function plantSecrets({ api }: TestCluster, namespace: string): Promise<string[]> {
  const path = `/api/v1/namespaces/${namespace}/secrets`
  const own = plantsIn('secret').map(({ type, data }, index) => ({
    name: `planted-${index}`,
    type,
    data: base64Of(data),
  }))
  // As Helm keeps a release: its JSON compressed and encoded, and that encoded again as every Secret's data.
  const values = Object.assign({}, ...plantsIn('helm').map((each) => each.values))
  const release = {
    name: 'shop',
    namespace,
    version: 1,
    info: {
      status: 'deployed',
      notes: plantsIn('event')
        .map(({ message }) => message)
        .join('\n'),
    },
    chart: { metadata: { name: 'shop', version: '1.0.0' }, values },
    config: values,
    manifest: plantsIn('secret').map(secretDocument).join(''),
  }
  const packed = base64(gzipSync(JSON.stringify(release)).toString('base64'))
  const helm = { name: 'sh.helm.release.v1.shop.v1', type: 'helm.sh/release.v1', data: { release: packed } }
  const all = [...own, helm]
  const labels = { owner: 'helm', name: 'shop', version: '1', status: 'deployed' }
  await Promise.all(
    all.map(({ name, ...rest }) =>
      api.create(path, { metadata: { name, labels: name === helm.name ? labels : { owner: 'helm' } }, ...rest }),
    ),
  )
  return all.map(({ name }) => name)
}

async function plantConfigMaps({ api }: TestCluster, namespace: string): Promise<string[]> {
  const path = `/api/v1/namespaces/${namespace}/configmaps`
  const applied = 'kubectl.kubernetes.io/last-applied-configuration'
  const data = plantsIn('configmap').map((each) => ({ data: each.data, annotations: {} }))
  const last = plantsIn('last-applied').map(({ manifest }) => ({
    data: {},
    annotations: { [applied]: JSON.stringify(manifest) },
  }))
  const values = plantsIn('helm').map((each) => ({
    data: { 'values.json': JSON.stringify(each.values) },
    annotations: {},
  }))
  const all = [...data, ...last, ...values].map((each, index) => ({ name: `planted-${index}`, ...each }))
  await Promise.all(
    all.map(({ name, annotations, ...rest }) => api.create(path, { metadata: { name, annotations }, ...rest })),
  )
  return all.map(({ name }) => name)
}

const plantedAnnotations = () => Object.fromEntries(plantsIn('annotation').map(({ key, value }) => [key, value]))
const containers = () => [
  { name: 'app', image: 'shop/app:1', env: plantsIn('env').map(({ name, value }) => ({ name, value })) },
  ...plantsIn('args').map(({ args }, index) => ({
    name: `args-${index}`,
    image: 'shop/args:1',
    command: ['sh'],
    args,
  })),
]

async function plantWorkload(cluster: TestCluster, namespace: string): Promise<string> {
  const { api } = cluster
  const labels = { app: 'planted' }
  const template = {
    metadata: { labels, annotations: plantedAnnotations() },
    spec: { nodeSelector: { 'kubernetes.io/hostname': 'node-0' }, containers: containers() },
  }
  const metadata = { name: 'planted', annotations: plantedAnnotations() }
  await api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
    metadata,
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  })
  return until('the planted pod runs', async () => {
    const pods = await api.get(`/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dplanted`)
    const name = at(pods, 'items', 0, 'metadata', 'name')
    return at(pods, 'items', 0, 'status', 'phase') === 'Running' && typeof name === 'string' ? name : undefined
  })
}

async function plantEvents({ api }: TestCluster, namespace: string, pod: string): Promise<void> {
  const involvedObject = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod }
  const times = { firstTimestamp: new Date().toISOString(), lastTimestamp: new Date().toISOString() }
  await Promise.all(
    plantsIn('event').map(({ message }, index) =>
      api.create(`/api/v1/namespaces/${namespace}/events`, {
        metadata: { name: `planted.${index}` },
        involvedObject,
        type: 'Warning',
        reason: `Planted${index}`,
        message,
        ...times,
      }),
    ),
  )
}

/** What containers said last, as the kubelet keeps it: the lines that also went to the log. */
async function plantStatus({ api }: TestCluster, namespace: string): Promise<void> {
  const pods = `/api/v1/namespaces/${namespace}/pods`
  const lines = plantsIn('log').flatMap((each) => each.lines)
  const spec = { nodeName: 'node-2', containers: [{ name: 'app', image: 'shop/app:1' }] }
  await api.create(pods, { metadata: { name: 'crashed' }, spec })
  const terminated = { exitCode: 1, reason: 'Error', message: lines.join('\n'), startedAt: null, finishedAt: null }
  const state = { waiting: { reason: 'CrashLoopBackOff', message: lines[0] ?? '' } }
  const status = {
    name: 'app',
    image: 'shop/app:1',
    imageID: '',
    ready: false,
    restartCount: 3,
    state,
    lastState: { terminated },
  }
  const conditions = [{ type: 'Ready', status: 'False', reason: 'Crashed', message: lines[1] ?? '' }]
  await api.merge(`${pods}/crashed/status`, { status: { phase: 'Running', conditions, containerStatuses: [status] } })
}

/** Plants every canary where it belongs. */
export async function plant(cluster: TestCluster, namespace: string): Promise<Planted> {
  const [secrets, configMaps, pod] = await Promise.all([
    plantSecrets(cluster, namespace),
    plantConfigMaps(cluster, namespace),
    plantWorkload(cluster, namespace),
    plantStatus(cluster, namespace),
  ])
  await plantEvents(cluster, namespace, pod)
  const log = cluster.podLogs(namespace, pod, 'app')
  const lines = plantsIn('log').flatMap((each) => each.lines)
  log.append('started', ...lines, 'ready')
  log.writePrevious('started before', ...lines, 'ended')
  return { namespace, secrets, configMaps, deployment: 'planted', pod }
}

/** Shapes of the canaries of which there is a trace in a text. */
export const found = (text: string, traces: ReadonlyMap<Canary, readonly string[]>): string[] =>
  [...traces].flatMap(([{ shape }, each]) => (each.some((trace) => text.includes(trace)) ? [shape] : []))

/** The planted Secrets, ConfigMaps and Deployments as manifests (JSON), as they would be applied again. */
export async function manifestsOf({ api }: TestCluster, { namespace }: Planted): Promise<string[]> {
  const within = `v1/namespaces/${namespace}`
  const lists = await Promise.all(
    [`/api/${within}/secrets`, `/api/${within}/configmaps`, `/apis/apps/${within}/deployments`].map((path) =>
      api.get(path),
    ),
  )
  return lists.flatMap((list) => {
    const type = { kind: textAt(list, 'kind').replace('List', ''), apiVersion: at(list, 'apiVersion') }
    return listAt(list, 'items')
      .filter(isKubernetesObject)
      .map(({ metadata, status: _status, ...rest }) => {
        const { name, annotations, labels } = metadata
        return JSON.stringify({ ...type, ...rest, metadata: { name, annotations, labels } })
      })
  })
}
