import { type IncomingMessage, request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { Problem } from '../errors.ts'

/** No server answers at the socket. */
export class NoServer extends Error {
  constructor(address: string) {
    super(`No server is running (nobody answers at ${address}). Start one with: k8s-mcp`)
    this.name = 'NoServer'
  }
}

interface Ask {
  method: 'GET' | 'POST' | 'PUT'
  path: string
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** The server of a data folder, by its socket. Every method throws {@link NoServer}, and the {@link Problem} that the server answers. */
export class SocketClient {
  readonly #address: string

  constructor(address: string) {
    this.#address = address
  }

  /** Whether a server answers. */
  async isThere(): Promise<boolean> {
    try {
      await this.json({ method: 'GET', path: '/livez' })
      return true
    } catch (error) {
      if (error instanceof NoServer) return false
      throw error
    }
  }

  /** The JSON value of an answer; undefined where it is something else. */
  async json(ask: Ask): Promise<unknown> {
    const answer = await this.open(ask)
    const body = await text(answer)
    return isJson(answer) ? JSON.parse(body) : undefined
  }

  /** An answer as it begins, its body still to be read. */
  async open({ method, path, body, headers = {}, signal }: Ask): Promise<IncomingMessage> {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const answer = await this.#send(
      { method, path, headers: { ...headers, ...lengthOf(payload) }, ...(signal === undefined ? {} : { signal }) },
      payload,
    )
    if ((answer.statusCode ?? 0) < 400) return answer
    throw problemIn(answer, await text(answer))
  }

  #send(options: Omit<Ask, 'body'>, payload: string | undefined): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const headers = { host: 'localhost', accept: 'application/json', ...options.headers }
    const sent = httpRequest({ ...options, headers, socketPath: this.#address, agent: false }, resolve)
    sent.on('error', (error) => reject(isNobody(error) ? new NoServer(this.#address) : error))
    sent.end(payload)
    return promise
  }
}

const lengthOf = (payload: string | undefined): Record<string, string> =>
  payload === undefined
    ? {}
    : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }

/** Whether an error of a connection says that nobody listens there. */
export const isNobody = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')

const isJson = ({ headers }: IncomingMessage) => /\bjson\b/.test(headers['content-type'] ?? '')

function problemIn(answer: IncomingMessage, body: string): Error {
  const status = answer.statusCode ?? 0
  const value: unknown = isJson(answer) ? JSON.parse(body) : undefined
  if (typeof value !== 'object' || value === null) return new Error(`The server answered ${status}.`)
  const word = (name: string): string | undefined => {
    const found: unknown = Reflect.get(value, name)
    return typeof found === 'string' ? found : undefined
  }
  return new Problem(
    word('code') ?? 'internal',
    status,
    word('detail') ?? `The server answered ${status}.`,
    word('next'),
  )
}
