import { setTimeout as pause } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import type { Call } from '../call.ts'
import { Problem } from '../errors.ts'
import { type Api, urlOf } from './api.ts'
import { BUILT_IN, pathOf } from './paths.ts'

/** One command in a container. */
export interface ExecRequest {
  namespace: string
  pod: string
  container: string
  command: readonly string[]
  stdin?: string
  /** Milliseconds until it is left alone; at most 300,000. */
  timeout: number
}

/** How a command ended, as far as it is known. */
export interface ExecAnswer {
  /** `exited`: `exitCode` says how. `failed`: the API server or the kubelet could not run it. `timeout`, `broken`: it may still run. */
  ended: 'exited' | 'failed' | 'timeout' | 'broken'
  exitCode?: number
  /** What the API server says where there is no exit code. */
  message?: string
  stdout: string
  stderr: string
  /** Bytes that came beyond the first MiB, and were let go. */
  dropped: number
}

/** Most bytes of both streams together that are kept. */
export const MOST_OUTPUT = 1024 * 1024
export const LONGEST_EXEC = 300_000

const PROTOCOL = 'v5.channel.k8s.io'
const PING_EVERY = 15_000
const CHUNK = 32 * 1024
const MOST_BUFFERED = 256 * 1024
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, close: 255 } as const

/**
 * Runs a command over the API server's WebSocket (KEP-4006, `v5.channel.k8s.io`): nothing of it is sent twice. Throws the API server's
 * refusal where it answers anything but an upgrade: then nothing ran. Once the connection is open it always answers.
 */
export async function exec(
  api: Api,
  call: Pick<Call, 'signal' | 'requests'>,
  request: ExecRequest,
): Promise<ExecAnswer> {
  api.permit('POST', execPath(request))
  const { WebSocket, ping } = await import('undici')
  const { dispatcher, headers } = await api.connection.credentials(call.signal)
  const url = execUrl(api.connection.server, request)
  const handshake: Handshake = { status: 0 }
  const socket = new WebSocket(url, {
    protocols: PROTOCOL,
    dispatcher: dispatcher.compose(watched(handshake)),
    headers: Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => [name, each])),
  })
  socket.binaryType = 'arraybuffer'
  const session = new Session(socket, request.timeout, call.signal)
  const beat = setInterval(() => ping(socket), PING_EVERY).unref()
  const started = performance.now()
  try {
    if (!(await session.opened)) throw await refusedBy(api, url, handshake)
    await session.feed(request.stdin)
    return await session.ended
  } finally {
    clearInterval(beat)
    const milliseconds = performance.now() - started
    call.requests.push({
      context: api.context,
      method: 'GET',
      path: url.pathname,
      status: handshake.status,
      milliseconds,
    })
  }
}

const execPath = ({ namespace, pod }: ExecRequest) => [...pathOf(BUILT_IN.pods, namespace, pod), 'exec']

function execUrl(server: string, request: ExecRequest): URL {
  const { container, command, stdin } = request
  const query = { container, stdin: stdin !== undefined, stdout: true, stderr: true, tty: false }
  const url = urlOf(server, { path: execPath(request), query })
  for (const word of command) url.searchParams.append('command', word)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url
}

/** What the API server answered to the request to upgrade; 0: nothing. */
interface Handshake {
  status: number
}

// The WebSocket standard keeps the status of a failed handshake from its user. It decides whether a command can have run.
const watched =
  (handshake: Handshake): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, {
      onRequestStart: (...given) => handler.onRequestStart?.(...given),
      onRequestUpgrade: (controller, statusCode, ...given) => {
        handshake.status = statusCode
        handler.onRequestUpgrade?.(controller, statusCode, ...given)
      },
      onResponseStart: (controller, statusCode, ...given) => {
        handshake.status = statusCode
        handler.onResponseStart?.(controller, statusCode, ...given)
      },
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (...given) => handler.onResponseError?.(...given),
    })

/** A handshake that failed without an answer: whether the command ran is not known. */
export class NoAnswer extends Error {
  constructor(status: number) {
    super(status === 0 ? 'the connection ended before the API server answered.' : `the API server answered ${status}.`)
    this.name = 'NoAnswer'
  }
}

/** Why there was no upgrade. The same address without one runs nothing, and its answer says why (WebSocket hides it). */
async function refusedBy(api: Api, url: URL, { status }: Handshake): Promise<Error> {
  if (status < 400 || status >= 500) return new NoAnswer(status)
  try {
    const [root = '', ...path] = url.pathname
      .slice(new URL(api.connection.server).pathname.replace(/\/$/, '').length + 1)
      .split('/')
      .map(decodeURIComponent)
    await api.text({
      path: [root, ...path],
      query: { container: url.searchParams.get('container') ?? '', stdout: true, command: 'true' },
    })
  } catch (error) {
    if (error instanceof Problem) return error
  }
  return new NoAnswer(status)
}

type Socket = InstanceType<typeof import('undici').WebSocket>

/** One open connection: collects what comes, and settles once. */
class Session {
  /** False where the handshake failed. */
  readonly opened: Promise<boolean>
  readonly ended: Promise<ExecAnswer>
  readonly #socket: Socket
  readonly #chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
  #kept = 0
  #dropped = 0
  #isOver = false

  constructor(socket: Socket, timeout: number, signal: AbortSignal) {
    this.#socket = socket
    const { promise, resolve } = Promise.withResolvers<ExecAnswer>()
    this.ended = promise
    const settle = (end: Pick<ExecAnswer, 'ended' | 'exitCode' | 'message'>) => this.#settle(end, resolve)
    this.opened = new Promise((open) => {
      socket.addEventListener('open', () => open(true))
      socket.addEventListener('error', () => open(false))
      socket.addEventListener('close', () => open(false))
      signal.addEventListener('abort', () => open(socket.readyState === 1), { once: true })
    })
    socket.addEventListener('message', ({ data }) => this.#take(Buffer.from(data), settle))
    socket.addEventListener('close', () =>
      settle({ ended: 'broken', message: 'The connection ended before the command did.' }),
    )
    const left = () =>
      settle({ ended: 'timeout', message: `It took longer than ${timeout / 1000} s and may still run.` })
    const timer = setTimeout(left, Math.min(timeout, LONGEST_EXEC))
    const gone = () => settle({ ended: 'broken', message: 'The caller ended it; the command may still run.' })
    signal.addEventListener('abort', gone, { once: true })
    void promise.finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', gone)
    })
  }

  /** Sends what the command reads, no faster than it is taken, and then its end. */
  async feed(stdin: string | undefined): Promise<void> {
    if (stdin === undefined) return
    const bytes = Buffer.from(stdin)
    for (let at = 0; at < bytes.length && !this.#isOver; at += CHUNK) {
      while (this.#socket.bufferedAmount > MOST_BUFFERED && !this.#isOver) await pause(5)
      this.#send(CHANNEL.stdin, bytes.subarray(at, at + CHUNK))
    }
    this.#send(CHANNEL.close, Buffer.from([CHANNEL.stdin]))
  }

  #send(channel: number, bytes: Buffer): void {
    if (!this.#isOver) this.#socket.send(Buffer.concat([Buffer.from([channel]), bytes]))
  }

  #take(message: Buffer, settle: (end: Pick<ExecAnswer, 'ended' | 'exitCode' | 'message'>) => void): void {
    const [channel] = message
    const bytes = message.subarray(1)
    if (channel === CHANNEL.stdout) this.#keep('stdout', bytes)
    if (channel === CHANNEL.stderr) this.#keep('stderr', bytes)
    if (channel === CHANNEL.error) settle(endOf(bytes.toString()))
  }

  // What is over the cap is read and let go: the command goes on, and its exit code is worth having.
  #keep(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    const room = Math.max(0, MOST_OUTPUT - this.#kept)
    const kept = bytes.subarray(0, room)
    this.#kept += kept.length
    this.#dropped += bytes.length - kept.length
    if (kept.length > 0) this.#chunks[stream].push(kept)
  }

  #settle(end: Pick<ExecAnswer, 'ended' | 'exitCode' | 'message'>, resolve: (answer: ExecAnswer) => void): void {
    if (this.#isOver) return
    this.#isOver = true
    const read = (stream: 'stdout' | 'stderr') => Buffer.concat(this.#chunks[stream]).toString()
    resolve({ ...end, stdout: read('stdout'), stderr: read('stderr'), dropped: this.#dropped })
    this.#socket.close()
  }
}

interface Status {
  status?: string
  message?: string
  reason?: string
  details?: { causes?: { reason?: string; message?: string }[] }
}

/** The error channel's metav1.Status: `Success`, or `NonZeroExitCode` with the code among its causes. */
function endOf(text: string): Pick<ExecAnswer, 'ended' | 'exitCode' | 'message'> {
  const said = parseStatus(text)
  if (said?.status === 'Success') return { ended: 'exited', exitCode: 0 }
  const code = Number(said?.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message)
  if (said?.reason === 'NonZeroExitCode' && Number.isInteger(code)) return { ended: 'exited', exitCode: code }
  return { ended: 'failed', message: said?.message ?? text.slice(0, 1000) }
}

function parseStatus(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isStatus(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isStatus = (value: unknown): value is Status => value !== null && typeof value === 'object' && 'status' in value
