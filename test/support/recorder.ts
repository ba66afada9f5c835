import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import type { TestCluster } from '../cluster/cluster.ts'
import type { Ends } from './ends.ts'
import { listenOnLoopback } from './loopback.ts'
import { folder } from './process.ts'

/** A request that arrived in front of the API server. */
export interface Arrived {
  readonly method: string
  /** Path exactly as it came over the wire, without query. */
  readonly path: string
  readonly query: URLSearchParams
}

/** An answer in place of the API server's. */
export interface Instead {
  readonly status: number
  /** Sent as JSON; a text is sent as it is. */
  readonly body: object | string
}

export interface RecorderOptions {
  /** Says what is answered in place of the API server; undefined: the API server answers. */
  readonly instead?: (arrived: Arrived) => Instead | undefined
  /** Namespace of the context `admin`. */
  readonly namespace?: string
}

/** A recording proxy in front of an API server. */
export interface Recorder {
  /** Kubeconfig whose contexts `admin` (the current one) and `other` lead through the proxy, as cluster administrator. */
  readonly kubeconfig: string
  /** Every request so far, in order. */
  readonly arrived: Arrived[]
  /** What arrived since it was asked last. */
  take(): Arrived[]
}

/** The metav1.Status of a refusal. */
export const statusOf = (code: number, reason: string, message: string): Instead & { body: object } => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
})

function arrival({ method = '', url = '' }: IncomingMessage): Arrived {
  const at = url.indexOf('?')
  const [path, query] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
  return { method, path, query: new URLSearchParams(query) }
}

function answer(response: ServerResponse, { status, body }: Instead): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

function forward(cluster: TestCluster, agent: Agent, incoming: IncomingMessage, response: ServerResponse): void {
  const { hostname, port } = new URL(cluster.server)
  const { method, url: path, headers } = incoming
  const upstream = request({
    hostname,
    port,
    method,
    path,
    agent,
    headers: { ...headers, host: `${hostname}:${port}` },
  })
  upstream.on('response', (received) => {
    response.writeHead(received.statusCode ?? 502, received.headers)
    received.pipe(response)
  })
  upstream.on('error', () => response.destroy())
  response.on('close', () => upstream.destroy())
  incoming.pipe(upstream)
}

function kubeconfigOf(server: string, namespace: string | undefined): string {
  const context = (name: string, own: object) => ({ name, context: { cluster: 'proxied', user: 'nobody', ...own } })
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'admin',
    clusters: [{ name: 'proxied', cluster: { server } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [context('admin', namespace === undefined ? {} : { namespace }), context('other', {})],
  })
}

/** Starts a proxy that writes down what comes and passes it on byte by byte; it ends with the test. */
export async function startRecorder(
  t: Ends,
  cluster: TestCluster,
  { instead, namespace }: RecorderOptions = {},
): Promise<Recorder> {
  const { ca, users } = cluster
  const agent = new Agent({ keepAlive: true, ca, cert: users.admin.certificate, key: users.admin.key })
  const arrived: Arrived[] = []
  let taken = 0
  const server = createServer((incoming, response) => {
    const seen = arrival(incoming)
    arrived.push(seen)
    const own = instead?.(seen)
    if (own === undefined) forward(cluster, agent, incoming, response)
    else answer(response, own)
  })
  t.after(() => agent.destroy())
  const url = await listenOnLoopback(t, server)
  const kubeconfig = join(folder(t), 'kubeconfig')
  await writeFile(kubeconfig, kubeconfigOf(url, namespace), { mode: 0o600 })
  const take = () => arrived.slice(taken, (taken = arrived.length))
  return { kubeconfig, arrived, take }
}
