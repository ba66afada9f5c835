import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import {
  Connections,
  type Connection,
  type ConnectionsOptions,
  type ConnectionState,
} from '../../src/kubernetes/connection.ts'
import { type Authority, issue, newAuthority } from '../cluster/certificates.ts'

/** A new folder that is removed after the test. */
export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'k8s-mcp-connection-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Writes a file, and the folders above it. Objects are written as JSON, which is YAML too. */
export async function write(path: string, content: string | Buffer | object): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
  return path
}

/** Waits for a condition; fails with its name after `seconds`. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, seconds = 8): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Did not happen within ${seconds} s: ${what}`)
    await sleep(20)
  }
}

/** What a request looked like when it arrived. */
export interface Arrived {
  path: string
  headers: IncomingMessage['headers']
  /** All header lines, in order, names in lower case. */
  lines: [string, string][]
  /** Common name of the client's certificate, where it showed one. */
  client: string | undefined
}

/** A server on loopback that answers every request with `{}` and keeps what arrived. */
export interface Recorder {
  url: string
  authority: Authority
  arrived: Arrived[]
  /** TCP connections so far. */
  connections: number
  /** Answers of the next requests; 200 where there is none. */
  answer: (request: Arrived) => number
}

function arrivedFrom(request: IncomingMessage): Arrived {
  const { rawHeaders, socket } = request
  const lines = rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? '']] : [],
  )
  const shown = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined
  const client = Array.isArray(shown) ? shown[0] : shown
  return { path: request.url ?? '', headers: request.headers, lines, client }
}

export async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  if (!isAddressInfo(address)) throw new Error('no port')
  return address.port
}

const isAddressInfo = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null

/** Starts a TLS server whose certificate is good for 127.0.0.1 and `names`; asks clients for one of the same authority. */
export async function httpsRecorder(t: TestContext, names: readonly string[] = []): Promise<Recorder> {
  const authority = newAuthority('recorder')
  const { certificate, key } = issue(authority, {
    commonName: 'server',
    usage: 'server',
    names: ['127.0.0.1', ...names],
  })
  const tls = { cert: certificate, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false }
  return record(t, createHttpsServer(tls), 'https', authority)
}

export async function httpRecorder(t: TestContext): Promise<Recorder> {
  return record(t, createHttpServer(), 'http', newAuthority('nobody'))
}

async function record(t: TestContext, server: HttpServer, scheme: string, authority: Authority): Promise<Recorder> {
  const recorder: Recorder = { url: '', authority, arrived: [], connections: 0, answer: () => 200 }
  server.on('connection', () => {
    recorder.connections += 1
  })
  server.on('request', (request, response) => {
    const arrived = arrivedFrom(request)
    recorder.arrived.push(arrived)
    response.writeHead(recorder.answer(arrived), { 'content-type': 'application/json' }).end('{}')
  })
  recorder.url = `${scheme}://127.0.0.1:${await listen(t, server)}`
  t.after(() => server.closeAllConnections())
  return recorder
}

export const base64 = (content: string): string => Buffer.from(content).toString('base64')

/** The cluster entry of a recorder. */
export const clusterOf = ({ url, authority }: Recorder): object => ({
  server: url,
  'certificate-authority-data': base64(authority.certificate),
})

/** A kubeconfig of contexts that each have a cluster and a user of their own name. */
export function kubeconfig(contexts: Readonly<Record<string, { cluster: object; user: object }>>): object {
  const all = Object.entries(contexts)
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': all[0]?.[0],
    contexts: all.map(([name]) => ({ name, context: { cluster: name, user: name } })),
    clusters: all.map(([name, { cluster }]) => ({ name, cluster })),
    users: all.map(([name, { user }]) => ({ name, user })),
  }
}

/** A started Connections, closed after the test, and every state it told about. */
export async function started(t: TestContext, options: Partial<ConnectionsOptions>) {
  const told: ConnectionState[] = []
  const connections = new Connections({
    kubeconfig: undefined,
    homeDirectory: '/nonexistent/home',
    inClusterEnvironment: { host: undefined, port: undefined },
    serviceAccountDirectory: '/nonexistent/serviceaccount',
    execPlugins: [],
    environment: {},
    onChange: (state) => told.push(state),
    ...options,
  })
  t.after(() => connections.close())
  await connections.start()
  return { connections, told }
}

/** Connections on one kubeconfig written for the test. */
export async function startedWith(t: TestContext, content: string | object, options: Partial<ConnectionsOptions> = {}) {
  const path = await write(join(folder(t), 'config'), content)
  return { path, ...(await started(t, { ...options, kubeconfig: path })) }
}

/** Sends one GET as the request path does, and gives the status. A 401 is told to the connection. */
export async function get(
  connection: Connection,
  path = '/api',
  signal = AbortSignal.timeout(20_000),
): Promise<number> {
  const { dispatcher, headers } = await connection.credentials(signal)
  const url = new URL(`${connection.server}${path}`)
  const answer = await dispatcher.request({ origin: url.origin, path: url.pathname, method: 'GET', headers, signal })
  await text(answer.body)
  if (answer.statusCode === 401) connection.unauthorized()
  return answer.statusCode
}
