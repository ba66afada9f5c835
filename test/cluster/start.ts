import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { binaryPath, moduleRoot, stagesFile, type BinaryLocations } from './binaries.ts'
import { locateBinaries, type Progress } from './build.ts'
import { newAuthority } from './certificates.ts'
import type { Api } from './client.ts'
import { isRecord } from './client.ts'
import { attach, type ClusterFacts, type TestCluster } from './cluster.ts'
import {
  apiServerArgs,
  controllerManagerArgs,
  etcdArgs,
  everyApiArgs,
  internalKubeconfig,
  kwokArgs,
  nodeApiArgs,
  schedulerArgs,
} from './control-plane.ts'
import { internalKubeconfigText, kubeconfigText } from './kubeconfig.ts'
import { issueApiServer, newLayout, pki, pkiFiles, type Layout } from './layout.ts'
import { createKwokNode, createManualNode, kwokNodes, manualNode, manualTaint } from './nodes.ts'
import { processesIn, untilReady, type Processes, type Running } from './processes.ts'

/** How to start a cluster. */
export interface StartOptions {
  /**
   * Without controller manager, scheduler, kwok and nodes: every object keeps exactly what a test writes into it, status
   * and all, and nothing else uses the processor. Namespaces get no default service account by themselves.
   */
  readonly apiOnly?: boolean
  /** With every alpha and beta API and every feature of the API server. */
  readonly everyApi?: boolean
  /** Receives lines about builds and about what has started; nobody, by default. */
  readonly progress?: Progress
}

/** A cluster this process has started and may disturb. */
export interface OwnCluster extends TestCluster {
  /** Ends every process and removes every file of the cluster. */
  stop(): Promise<void>
  /** Kills the API server: its port refuses connections from then on. */
  stopApiServer(): Promise<void>
  /** Starts the API server again on the same port. */
  startApiServer(): Promise<void>
  /**
   * Restarts the API server with a certificate of another authority, and answers that authority's PEM. The kubeconfig
   * stays as it is, so its certificate checks fail until `trust` is called.
   */
  rotateServerCertificate(): Promise<string>
  /** Rewrites the kubeconfig with this authority (PEM). */
  trust(ca: string): Promise<void>
}

interface Starting {
  readonly layout: Layout
  readonly facts: ClusterFacts
  readonly processes: Processes
  readonly cluster: TestCluster
  readonly everyApi: boolean
}

const privately = { mode: 0o600 }
// Loopback health checks, before anything is worth protecting.
const unchecked = new Agent({ connect: { rejectUnauthorized: false } })

async function answers(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url, { dispatcher: unchecked })
    await body.dump()
    return statusCode === 200
  } catch {
    return false
  }
}

function factsOf(layout: Layout, locations: BinaryLocations): ClusterFacts {
  const { dir, server, authority, users, ports } = layout
  return {
    dir,
    server,
    kubeconfig: join(dir, 'kubeconfig'),
    ca: authority.certificate,
    authority,
    users,
    unreachable: `https://127.0.0.1:${ports.unused}`,
    blackhole: `https://127.0.0.1:${ports.blackhole}`,
    locations,
    kubeletPort: ports.node,
  }
}

async function writeFiles({ layout, facts }: Starting): Promise<void> {
  await Promise.all(['pki', 'podlogs', 'scratch'].map((name) => mkdir(join(layout.dir, name), { recursive: true })))
  const written = Object.entries(pkiFiles(layout)).map(([name, text]) => writeFile(pki(layout, name), text, privately))
  await Promise.all([
    ...written,
    writeFile(facts.kubeconfig, kubeconfigText(facts), privately),
    writeFile(internalKubeconfig(layout), internalKubeconfigText(facts), privately),
  ])
}

async function writeKwokConfiguration(layout: Layout, locations: BinaryLocations): Promise<void> {
  const texts = await Promise.all([
    readFile(join(moduleRoot, 'kwok.yaml'), 'utf8'),
    readFile(binaryPath(locations, stagesFile), 'utf8'),
  ])
  await writeFile(join(layout.dir, 'kwok.yaml'), texts.join('\n---\n'))
}

// Accepts connections and never says a word: what a firewall that swallows packets looks like to a client.
function openBlackhole(port: number): Server {
  const server = createServer((socket) => void socket.on('error', () => {}).unref())
  server.listen(port, '127.0.0.1').unref()
  return server
}

function program({ processes, cluster }: Starting, name: string, args: readonly string[], env = {}): Running {
  return processes.start(name, cluster.binary(name), args, env)
}

async function startApiServer(starting: Starting): Promise<Running> {
  const server = program(starting, 'kube-apiserver', [
    ...apiServerArgs(starting.layout),
    ...(starting.everyApi ? everyApiArgs : []),
  ])
  await untilReady(server, () => answers(`${starting.layout.server}/readyz`))
  return server
}

function startNodeApi(starting: Starting): void {
  if (starting.facts.locations.built === undefined) return
  program(starting, 'node-api', nodeApiArgs(starting.layout), { TMPDIR: join(starting.layout.dir, 'scratch') })
}

const viewerBinding = {
  metadata: { name: 'viewer' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'viewer' }],
}

async function nodeIsReady(api: Api, name: string): Promise<boolean> {
  const node = await api.get(`/api/v1/nodes/${name}`)
  if (!isRecord(node) || !isRecord(node['status']) || !Array.isArray(node['status']['conditions'])) return false
  return node['status']['conditions'].some(
    (condition: unknown) => isRecord(condition) && condition['type'] === 'Ready' && condition['status'] === 'True',
  )
}

async function createNodes({ cluster, layout }: Starting): Promise<void> {
  const taints = [{ key: manualTaint, value: 'true', effect: 'NoSchedule' }]
  await Promise.all([
    ...kwokNodes.map((name) => createKwokNode(cluster.api, name)),
    createManualNode(cluster.api, manualNode, layout.ports.node, taints),
  ])
}

// Everything that makes a bare API server a cluster; all at once, since each waits for the API server only.
async function startControllers(starting: Starting): Promise<void> {
  const { layout, cluster } = starting
  await writeKwokConfiguration(layout, starting.facts.locations)
  const manager = program(starting, 'kube-controller-manager', controllerManagerArgs(layout))
  const scheduler = program(starting, 'kube-scheduler', schedulerArgs(layout))
  const kwok = program(starting, 'kwok', kwokArgs(layout))
  await createNodes(starting)
  const account = '/api/v1/namespaces/default/serviceaccounts/default'
  await Promise.all([
    ...kwokNodes.map((name) => untilReady(kwok, () => nodeIsReady(cluster.api, name))),
    untilReady(manager, () => cluster.api.answers(account)),
    untilReady(scheduler, () => answers(`https://127.0.0.1:${layout.ports.scheduler}/readyz`)),
  ])
}

async function bringUp(starting: Starting, { apiOnly = false, progress = () => {} }: StartOptions): Promise<Running> {
  const started = performance.now()
  const say = (what: string): void => progress(`${what} after ${((performance.now() - started) / 1000).toFixed(1)} s`)
  await writeFiles(starting)
  program(starting, 'etcd', etcdArgs(starting.layout))
  startNodeApi(starting)
  const server = await startApiServer(starting)
  say('API server ready')
  const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
  await starting.cluster.api.ensure(bindings, viewerBinding)
  if (!apiOnly) await startControllers(starting)
  say('cluster ready')
  return server
}

async function newCluster(locations: BinaryLocations, { everyApi = false }: StartOptions): Promise<Starting> {
  const layout = await newLayout(await mkdtemp(join(tmpdir(), 'k8s-mcp-cluster-')))
  const facts = factsOf(layout, locations)
  return { layout, facts, processes: processesIn(layout.dir), cluster: attach(facts), everyApi }
}

async function writeAnotherCertificate(layout: Layout): Promise<string> {
  const another = newAuthority('kubernetes-ca-2')
  const { certificate, key } = issueApiServer(another)
  await writeFile(pki(layout, 'apiserver.crt'), certificate, privately)
  await writeFile(pki(layout, 'apiserver.key'), key, privately)
  return another.certificate
}

function own(starting: Starting, blackhole: Server, firstServer: Running): OwnCluster {
  const { layout, facts, processes, cluster } = starting
  let server = firstServer
  const stopApiServer = async (): Promise<void> => {
    server.signal('SIGKILL')
    await server.ended
  }
  const startAgain = async (): Promise<void> => {
    server = await startApiServer(starting)
  }
  return {
    ...cluster,
    stopApiServer,
    startApiServer: startAgain,
    async rotateServerCertificate() {
      await stopApiServer()
      const ca = await writeAnotherCertificate(layout)
      await startAgain()
      return ca
    },
    trust: (ca) => writeFile(facts.kubeconfig, kubeconfigText({ ...facts, ca }), privately),
    async stop() {
      blackhole.close()
      await Promise.all([cluster.api.close(), processes.stopAll(300)])
    },
  }
}

/**
 * Starts a real control plane on free loopback ports, building its programs first where they are missing. It ends with
 * this process, however that ends, and with `stop`. Whole: ready in about 5 s, 550 MB. `apiOnly`: about 3 s, 300 MB.
 * @throws Error with the last words of the program that did not start, or with what to install to build one
 */
export async function startCluster(options: StartOptions = {}): Promise<OwnCluster> {
  const locations = await locateBinaries(options.apiOnly !== true, options.progress ?? (() => {}))
  const starting = await newCluster(locations, options)
  const blackhole = openBlackhole(starting.layout.ports.blackhole)
  try {
    return own(starting, blackhole, await bringUp(starting, options))
  } catch (error) {
    blackhole.close()
    await starting.processes.stopAll(300)
    throw error
  }
}
