import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Call } from '../call.ts'
import { Problem, problems } from '../errors.ts'
import type { Connection } from './connection.ts'
import { withoutManagedFields } from './managed-fields.ts'
import { beyondNamespaces } from './namespace-scope.ts'
import { refusal, unanswered } from './refusals.ts'
import { segment } from './segment.ts'
import { Turnstile, turn } from './turns.ts'

/** One request to an API server. `path` is a list of segments, each guarded; nothing else can reach the URL's path. */
export interface ApiRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: readonly string[]
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  accept?: string
  body?: string
  contentType?: string
  /** Until the answer's headers, in milliseconds; default 30,000. */
  timeout?: number
  headers?: Readonly<Record<string, string>>
  /** Bytes of the answer that are taken in before they are read; default 64 KiB. */
  readAhead?: number
  /** false: {@link Api.json} leaves `metadata.managedFields` out of every object. */
  managedFields?: false
}

/** An answer whose status is 2xx (or 304 where `If-None-Match` was sent). */
export interface ApiAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Readable
}

const TIMEOUT = 30_000
const MOST_BYTES = 64 * 1024 * 1024
/** From here on an answer is worth a place in the queue. */
const LARGE = 256 * 1024

/** What a request must know of the call it is for: when to stop, where to be counted, which namespaces its credential reaches. */
export type ApiCall = Pick<Call, 'signal' | 'requests'> & { grant: Pick<Call['grant'], 'scope'> }

/** Of work that the server does for itself, and not for a caller. */
export const UNLIMITED: ApiCall['grant'] = { scope: {} }

/** One caller's way to one API server. The only code that sends a request to Kubernetes. */
export class Api {
  readonly connection: Connection
  readonly #call: ApiCall
  constructor(connection: Connection, call: ApiCall) {
    this.connection = connection
    this.#call = call
  }

  get context(): string {
    return this.connection.context.name
  }

  /**
   * The same connection for work of the server's own that outlives this call (shared caches): ends by itself after `milliseconds`, and
   * reaches every namespace. What it reads is not for the caller to see.
   */
  detached(milliseconds: number): Api {
    const { requests } = this.#call
    return new Api(this.connection, { signal: AbortSignal.timeout(milliseconds), requests, grant: UNLIMITED })
  }

  /** Throws `forbidden` where the caller's credential does not reach what a path leads to. */
  permit(method: string, path: readonly string[]): void {
    const beyond = beyondNamespaces(this.#call.grant.scope, method, path)
    if (beyond !== undefined) throw beyond
  }

  /** The parsed JSON answer. Throws the API server's refusal as a Problem. */
  async json<T>(request: ApiRequest): Promise<T> {
    const { body } = await this.send({ accept: 'application/json', ...request })
    const bytes = await collect(body, this.connection)
    if (bytes.length >= LARGE) await turn()
    return JSON.parse(request.managedFields === false ? withoutManagedFields(bytes) : bytes.toString())
  }

  /** The answer as text, at most 64 MiB. */
  async text(request: ApiRequest): Promise<string> {
    return (await collect((await this.send(request)).body, this.connection)).toString()
  }

  /** The answer's bytes as they come. The caller must read or destroy the stream. */
  async open(request: ApiRequest): Promise<Readable> {
    return (await this.send(request)).body
  }

  /** The answer with status and headers; its body must be read or dumped by the caller. */
  async send(request: ApiRequest): Promise<ApiAnswer> {
    const first = await this.#once(request)
    // A credential that ended is renewed once, and only where asking twice is harmless.
    if (first.status !== 401 || (request.method ?? 'GET') !== 'GET') return this.#accepted(first)
    await collect(first.body, this.connection)
    this.connection.unauthorized()
    return this.#accepted(await this.#once(request))
  }

  async #once(request: ApiRequest): Promise<ApiAnswer> {
    const url = urlOf(this.connection.server, request)
    const method = request.method ?? 'GET'
    this.permit(method, request.path)
    const started = performance.now()
    let status = 0
    try {
      const { dispatcher, headers } = await this.connection.credentials(this.#call.signal)
      const response = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { ...headersOf(request), ...headers },
        body: request.body ?? null,
        signal: this.#call.signal,
        headersTimeout: request.timeout ?? TIMEOUT,
        bodyTimeout: 0,
        ...(request.readAhead === undefined ? {} : { highWaterMark: request.readAhead }),
      })
      status = response.statusCode
      return { status, headers: response.headers, body: response.body }
    } catch (error) {
      if (error instanceof Problem) throw error
      throw unanswered(error, this.context, request.timeout ?? TIMEOUT)
    } finally {
      const milliseconds = performance.now() - started
      this.#call.requests.push({ context: this.context, method, path: url.pathname, status, milliseconds })
    }
  }

  async #accepted(answer: ApiAnswer): Promise<ApiAnswer> {
    const { status } = answer
    if ((status >= 200 && status < 300) || status === 304) return answer
    throw refusal(status, (await collect(answer.body, this.connection)).toString(), this.context, answer.headers)
  }
}

function headersOf(request: ApiRequest): Record<string, string> {
  return {
    'user-agent': 'k8s-mcp',
    accept: request.accept ?? 'application/json',
    ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    ...request.headers,
  }
}

/** The URL of a request, and the assertion that what leaves is what was meant: parsing it again must give the same segments. */
export function urlOf(server: string, request: ApiRequest): URL {
  const url = new URL(server)
  const segments = request.path.map((each) => encodeURIComponent(segment('The path segment', each)))
  const path = `${url.pathname.replace(/\/$/, '')}/${segments.join('/')}`
  url.pathname = path
  if (url.pathname !== path) throw problems.unsafeName('The path', 'it would lead somewhere else')
  for (const [name, value] of Object.entries(request.query ?? {}))
    if (value !== undefined) url.searchParams.append(name, String(value))
  return url
}

/**
 * The whole of a body. By events, since an async iterator over it costs as much again as the rest of a small request.
 * Of the large ones of one cluster only two are read at a time: the others wait in their sockets, not in memory.
 * Throws `cluster_error` where it is larger than anything the API server has a reason to send, and what an answer that breaks
 * off in the middle means.
 */
function collect(body: Readable, { context, identity }: Connection): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  let leave: (() => void) | undefined
  return new Promise<Buffer>((resolve, reject) => {
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > MOST_BYTES) body.destroy(problems.answerTooLarge(context.name, MOST_BYTES))
      else if (bytes >= LARGE && bytes - chunk.length < LARGE) void wait()
    })
    body.once('end', () => resolve(Buffer.concat(chunks, bytes)))
    body.once('error', (error) => reject(error instanceof Problem ? error : unanswered(error, context.name, TIMEOUT)))
    const wait = async () => {
      body.pause()
      leave = await placesOf(identity).enter()
      body.resume()
    }
  }).finally(() => leave?.())
}

const turnstiles = new WeakMap<object, Turnstile>()

function placesOf(identity: object): Turnstile {
  const known = turnstiles.get(identity) ?? new Turnstile(2)
  turnstiles.set(identity, known)
  return known
}
