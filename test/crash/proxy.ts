import { once } from 'node:events'
import { type ClientRequest, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent, request, type RequestOptions } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestCluster } from '../cluster/cluster.ts'
import { textAt } from '../support/json.ts'
import type { Ends } from '../support/ends.ts'
import { listenOnLoopback } from '../support/loopback.ts'

/** A write of one of the server's executions: neither a read, nor a rehearsal, nor a question about rights. */
export interface Write {
  /** Its Audit-ID; '' where it carries none. */
  execution: string
  method: string
  /** The object it is about: path, and the name that the body gives it. */
  object: string
}

/** A write that the API server has answered with a success. */
export interface Accepted extends Write {
  status: number
}

/**
 * What becomes of a write. `pass`; `drop`: it never reaches the API server; `half`: half of its body does; `lose`: it does, and the
 * answer is lost; `late`: the answer comes late; `hold`: it arrives late, whether its sender still lives or not.
 */
export type Fate = 'pass' | 'drop' | 'half' | 'lose' | 'late' | 'hold'
export const FATES: readonly Fate[] = ['pass', 'drop', 'half', 'lose', 'late', 'hold']

export interface Order {
  fate: Fate
  /** Kills the server: `first` before anything of the write is passed on, `then` once the API server has what it gets of it. */
  kill?: 'first' | 'then'
  /** How late, for `late` and `hold`. */
  milliseconds?: number
}

export interface CrashProxyOptions {
  order(write: Write): Order
  /** Kills the server; resolves when it is dead. */
  kill(): Promise<void>
}

/** A proxy in front of the API server that counts what it accepts, and loses, delays and holds writes. */
export interface CrashProxy {
  /** http://127.0.0.1:port */
  readonly url: string
  readonly accepted: readonly Accepted[]
  /** Resolves when no request is on its way any more. */
  quiet(): Promise<void>
  /** Resolves when so many further requests have come, reads included: how far a server has got, however busy the machine is. */
  further(requests: number): Promise<void>
}

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

interface Arrived {
  incoming: IncomingMessage
  write: Write
  body: Buffer
}

/** Starts the proxy, as cluster administrator; it ends with the test. */
export async function startCrashProxy(
  ends: Ends,
  cluster: TestCluster,
  options: CrashProxyOptions,
): Promise<CrashProxy> {
  const upstream = new Upstream(cluster)
  const accepted: Accepted[] = []
  const underway = new Set<Promise<void>>()
  const waiting = new Set<() => void>()
  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    for (const came of waiting) came()
    const body = await buffer(incoming)
    if (!isWrite(incoming)) return give(response, await upstream.send(incoming, body))
    const write = writeOf(incoming, body)
    const answer = await meet({ incoming, write, body }, options.order(write), { upstream, accepted, options })
    if (answer === undefined) response.destroy()
    else give(response, answer)
  }
  const server = createServer((incoming, response) => {
    // The sender may die at any time; what is on its way goes on without it.
    incoming.on('error', () => undefined)
    const handled = handle(incoming, response).catch(() => void response.destroy())
    underway.add(handled)
    void handled.finally(() => underway.delete(handled))
  })
  ends.after(() => upstream.close())
  const url = await listenOnLoopback(ends, server)
  const quiet = async () => {
    while (underway.size > 0) await Promise.all(underway)
  }
  return { url, accepted, quiet, further: (requests) => counted(waiting, requests) }
}

function counted(waiting: Set<() => void>, requests: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = requests
  const came = (): void => {
    left -= 1
    if (left > 0) return
    waiting.delete(came)
    resolve()
  }
  if (requests > 0) waiting.add(came)
  else resolve()
  return promise
}

interface Scene {
  upstream: Upstream
  accepted: Accepted[]
  options: CrashProxyOptions
}

/** Lets a write meet its fate; undefined: its sender gets no answer. */
async function meet(
  arrived: Arrived,
  order: Order,
  { upstream, accepted, options }: Scene,
): Promise<Answer | undefined> {
  const { fate, kill, milliseconds = 0 } = order
  if (kill === 'first') await options.kill()
  if (fate === 'hold') await pause(milliseconds)
  const answer =
    fate === 'drop'
      ? undefined
      : fate === 'half'
        ? upstream.half(arrived)
        : upstream.send(arrived.incoming, arrived.body)
  const { status } = (await answer) ?? { status: 0 }
  if (status >= 200 && status < 300) accepted.push({ ...arrived.write, status })
  if (kill === 'then') await options.kill()
  if (fate === 'late') await pause(milliseconds)
  return fate === 'lose' ? undefined : answer
}

function isWrite({ method = 'GET', url = '' }: IncomingMessage): boolean {
  return (
    method !== 'GET' &&
    !/[?&]dryRun=/.test(url) &&
    !url.includes('/authorization.k8s.io/') &&
    !url.includes('/authentication.k8s.io/')
  )
}

function writeOf({ method = '', url = '', headers }: IncomingMessage, body: Buffer): Write {
  const [path = ''] = url.split('?')
  const name = method === 'POST' ? `/${textAt(JSON.parse(body.toString()), 'metadata', 'name')}` : ''
  return { execution: String(headers['audit-id'] ?? ''), method, object: path + name }
}

function give(response: ServerResponse, { status, headers, body }: Answer): void {
  const { 'transfer-encoding': _, ...kept } = headers
  response.writeHead(status, { ...kept, 'content-length': body.length })
  response.end(body)
}

/** The API server, as administrator. */
class Upstream {
  readonly #agent: Agent
  readonly #host: Pick<RequestOptions, 'hostname' | 'port'>
  readonly #tls: Pick<RequestOptions, 'ca' | 'cert' | 'key'>

  constructor({ server, ca, users }: TestCluster) {
    const { hostname, port } = new URL(server)
    this.#host = { hostname, port }
    this.#tls = { ca, cert: users.admin.certificate, key: users.admin.key }
    this.#agent = new Agent({ keepAlive: true, ...this.#tls })
  }

  close(): void {
    this.#agent.destroy()
  }

  async send(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const sent = this.#request(incoming, body, this.#agent)
    sent.end(body)
    const [received]: IncomingMessage[] = await once(sent, 'response')
    if (received === undefined) throw new Error('no answer')
    return { status: received.statusCode ?? 502, headers: received.headers, body: await buffer(received) }
  }

  /** Sends a request whose body ends in the middle, and hangs up. */
  async half({ incoming, body }: Arrived): Promise<undefined> {
    const sent = this.#request(incoming, body, false)
    sent.on('error', () => undefined)
    await new Promise<void>((resolve) => void sent.write(body.subarray(0, body.length / 2), () => resolve()))
    await pause(10)
    sent.destroy()
  }

  #request({ method, url, headers }: IncomingMessage, body: Buffer, agent: Agent | false): ClientRequest {
    const { hostname, port } = this.#host
    const { 'transfer-encoding': _, ...kept } = headers
    const length = body.length === 0 ? {} : { 'content-length': body.length }
    return request({
      ...this.#host,
      ...(agent === false ? this.#tls : {}),
      agent,
      method,
      path: url,
      headers: { ...kept, ...length, host: `${hostname}:${port}` },
    })
  }
}
