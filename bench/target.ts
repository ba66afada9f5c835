import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import type { TokenSpec } from '../src/services/principals/token.ts'
import { SocketClient } from '../src/socket/client.ts'
import { freePorts } from '../test/cluster/ports.ts'
import { residentOf } from './measure.ts'

const ROOT = new URL('..', import.meta.url).pathname
const JSON_BODY = { 'content-type': 'application/json' }

/** Our server as users start it, in a process of its own. */
export class Target {
  readonly url: string
  readonly #child: ChildProcess
  readonly #data: string
  readonly #agent = new Agent({ connections: 64, pipelining: 1, bodyTimeout: 0, headersTimeout: 0 })
  // Streams hold a connection each, and must not take those of the requests beside them.
  readonly #streams = new Agent({ connections: 512, pipelining: 1, bodyTimeout: 0, headersTimeout: 0 })
  #id = 0

  constructor(url: string, child: ChildProcess, data: string) {
    this.url = url
    this.#child = child
    this.#data = data
  }

  /** Of the server process. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** A new token, made as its operator makes one: by the socket in the data folder. */
  async token(spec: TokenSpec): Promise<string> {
    const client = new SocketClient(join(this.#data, 'k8s-mcp.sock'))
    const made = await client.json({ method: 'POST', path: '/admin/tokens/create', body: spec })
    const token: unknown = made !== null && typeof made === 'object' ? Reflect.get(made, 'token') : undefined
    if (typeof token !== 'string') throw new Error(`no token was made: ${JSON.stringify(made)}`)
    return token
  }

  /** A request as the holder of a token; answers the JSON value. */
  async as(token: string, method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<unknown> {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : JSON_BODY) }
    const payload = body === undefined ? null : JSON.stringify(body)
    const answer = await request(this.url + path, { method, dispatcher: this.#agent, headers, body: payload })
    const text = await answer.body.text()
    if (answer.statusCode > 299) throw new Error(`${path}: ${answer.statusCode} ${text.slice(0, 300)}`)
    return JSON.parse(text)
  }

  /** A GET; answers the body. `accept`: the media type that is asked for. */
  async rest(path: string, accept?: string): Promise<string> {
    const headers = accept === undefined ? {} : { accept }
    const { statusCode, body } = await request(this.url + path, { dispatcher: this.#agent, headers })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${text.slice(0, 300)}`)
    return text
  }

  /** A JSON-RPC request of the 2026-07-28 era over HTTP; answers the result. */
  async mcp(
    method: string,
    params: Record<string, unknown>,
    name?: string,
  ): Promise<{ content?: { text: string }[]; tools?: object[]; isError?: boolean }> {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name === undefined ? {} : { 'mcp-name': name }),
    }
    const payload = JSON.stringify({ jsonrpc: '2.0', id: ++this.#id, method, params: { ...params, _meta } })
    const { statusCode, body } = await request(`${this.url}/mcp`, {
      method: 'POST',
      dispatcher: this.#agent,
      headers,
      body: payload,
    })
    const text = await body.text()
    const message = JSON.parse(
      text.startsWith('{')
        ? text
        : (text
            .split('\n')
            .find((line) => line.startsWith('data: '))
            ?.slice(6) ?? ''),
    )
    if (statusCode !== 200 || message.error !== undefined)
      throw new Error(`${method}: ${statusCode} ${text.slice(0, 300)}`)
    return message.result
  }

  /** One tool call; answers the text a model sees. */
  async tool(name: string, input: object): Promise<string> {
    const result = await this.mcp('tools/call', { name, arguments: input }, name)
    const text = result.content?.map((part) => part.text).join('\n') ?? ''
    if (result.isError === true) throw new Error(`${name}: ${text}`)
    return text
  }

  /** An answer that is not read to its end by itself. */
  async stream(path: string) {
    const { body } = await request(this.url + path, { dispatcher: this.#streams })
    return body
  }

  /** Resident memory of the server process in bytes (Linux). */
  memory(): number {
    return residentOf(this.pid)
  }

  /** The longest stall of the event loop, in milliseconds, since this was asked last. */
  async stall(): Promise<number> {
    const text = await this.rest('/metrics')
    return Number(/^k8s_mcp_event_loop_delay_seconds (\S+)$/m.exec(text)?.[1] ?? Number.NaN) * 1000
  }

  /** `keep`: the data folder stays, for another start. Answers its path. */
  async stop({ keep = false } = {}): Promise<string> {
    await Promise.all([this.#agent.destroy(), this.#streams.destroy()])
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    await ended
    if (!keep) rmSync(this.#data, { recursive: true, force: true })
    return this.#data
  }
}

/** What `npm start` gives to node: flags, and the file. */
function startArguments(): string[] {
  const manifest: { scripts: { start: string } } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'))
  return manifest.scripts.start.split(' ').slice(1)
}

/** Starts the server on a cluster, with a data folder of its own or a given one; answers it with the milliseconds until its first answer. */
export async function startTarget(
  kubeconfig: string,
  data = mkdtempSync(join(tmpdir(), 'k8s-mcp-bench-')),
  settings: Readonly<Record<string, string>> = {},
): Promise<{ target: Target; firstAnswer: number }> {
  const [port = 0] = await freePorts(1)
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    DATA_DIR: data,
    WEBCONTROL_PORT: String(port),
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    ...settings,
  }
  const start = performance.now()
  const child = spawn(process.execPath, startArguments(), {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const target = new Target(`http://127.0.0.1:${port}`, child, data)
  for (;;) {
    const answered = await target.rest('/livez').catch(() => undefined)
    if (answered !== undefined) break
    if (child.exitCode !== null) throw new Error('the server ended while it started')
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { target, firstAnswer: performance.now() - start }
}
