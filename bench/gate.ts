import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent, request } from 'node:https'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestCluster } from '../test/cluster/cluster.ts'
import { idOf } from './ask-and-deny.ts'
import { percentiles } from './measure.ts'
import { ms, type Row } from './report.ts'
import type { Bench } from './rows.ts'
import { startTarget, type Target } from './target.ts'

const ROUNDS = 60
const WARM_UP = 20

/**
 * What a scale through the gate costs beyond the API server: asked, approved, run and its end read, less the time in which a request of
 * ours was with the API server.
 */
export async function gateOfScale({ cluster, namespaces }: Bench): Promise<Row[]> {
  const [namespace = ''] = namespaces
  const front = await startFront(cluster)
  const { target } = await startTarget(front.kubeconfig)
  try {
    await deploy(cluster, namespace)
    const people = {
      agent: await target.token({ kind: 'agent', subject: 'bot', role: 'requester' }),
      approver: await target.token({ kind: 'person', subject: 'alice', role: 'approver' }),
    }
    const [totals, added]: [number[], number[]] = [[], []]
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      front.take()
      const start = performance.now()
      await scale(target, people, namespace, 2 - (round % 2))
      const total = performance.now() - start
      if (round < WARM_UP) continue
      totals.push(total)
      added.push(total - front.take())
    }
    const [all, own] = [percentiles(totals), percentiles(added)]
    return [
      {
        work: 'scale, asked to done: what the gate adds, p50',
        raw: ms(all.p50 - own.p50),
        ours: ms(all.p50),
        ratio: `+${ms(own.p50)}`,
        target: '<= raw + 15 ms',
        met: own.p50 <= 15,
      },
    ]
  } finally {
    await target.stop()
    await front.stop()
  }
}

interface People {
  agent: string
  approver: string
}

async function scale(target: Target, { agent, approver }: People, namespace: string, replicas: number): Promise<void> {
  const asked = await target.as(agent, 'POST', `/cluster/deployment/${namespace}/gate/scale`, { replicas })
  const id = idOf(asked)
  const digest: unknown = asked !== null && typeof asked === 'object' ? Reflect.get(asked, 'digest') : undefined
  await target.as(approver, 'POST', `/approvals/${id}/approve`, { digest })
  const end = await target.as(agent, 'GET', `/approvals/${id}?wait=30`)
  const state: unknown = end !== null && typeof end === 'object' ? Reflect.get(end, 'state') : undefined
  if (state !== 'succeeded') throw new Error(`the scale ended as ${String(state)}: ${JSON.stringify(end)}`)
}

async function deploy({ api }: TestCluster, namespace: string): Promise<void> {
  const labels = { app: 'gate' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'registry.invalid/app:v1' }] } }
  const spec = { replicas: 1, selector: { matchLabels: labels }, template }
  await api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, { metadata: { name: 'gate' }, spec })
}

/** What stands in front of the API server, passes everything on, and keeps the time. */
interface Front {
  kubeconfig: string
  /** Milliseconds since the last call in which at least one request was under way. */
  take(): number
  stop(): Promise<void>
}

async function startFront(cluster: TestCluster): Promise<Front> {
  const { ca, users, dir } = cluster
  const agent = new Agent({ keepAlive: true, ca, cert: users.admin.certificate, key: users.admin.key })
  const clock = new BusyClock()
  const server = createServer((incoming, response) => {
    clock.begin()
    response.on('close', () => clock.end())
    forward(cluster, agent, incoming, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const kubeconfig = join(dir, 'kubeconfig-of-the-front')
  writeFileSync(kubeconfig, kubeconfigOf(`http://127.0.0.1:${port}`), { mode: 0o600 })
  const stop = async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    agent.destroy()
    await closed
  }
  return { kubeconfig, take: () => clock.take(), stop }
}

/** Time in which something is under way; what overlaps counts once. */
class BusyClock {
  #busy = 0
  #since = 0
  #sum = 0

  begin(): void {
    if (this.#busy === 0) this.#since = performance.now()
    this.#busy += 1
  }

  end(): void {
    this.#busy -= 1
    if (this.#busy === 0) this.#sum += performance.now() - this.#since
  }

  take(): number {
    const sum = this.#sum
    this.#sum = 0
    return sum
  }
}

function forward(cluster: TestCluster, agent: Agent, incoming: IncomingMessage, response: ServerResponse): void {
  const { hostname, port, host } = new URL(cluster.server)
  const { method, url: path, headers } = incoming
  const upstream = request({ hostname, port, method, path, agent, headers: { ...headers, host } })
  upstream.on('response', (received) => {
    response.writeHead(received.statusCode ?? 502, received.headers)
    received.pipe(response)
  })
  upstream.on('error', () => response.destroy())
  incoming.pipe(upstream)
}

const kubeconfigOf = (server: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'front',
    clusters: [{ name: 'front', cluster: { server } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'front', context: { cluster: 'front', user: 'nobody' } }],
  })
