import { randomUUID } from 'node:crypto'
import {
  type JSONRPCMessage,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import type { Principal } from '../call.ts'
import { problems } from '../errors.ts'

export interface SessionLimits {
  /** Sessions of everybody. */
  total: number
  perPrincipal: number
  /** Milliseconds without an open request or stream after which a session ends. */
  idle: number
  /** The same where its principal is at the limit: few clients end their session when they leave, so the longest unused makes room. */
  crowded: number
}

export const SESSION_LIMITS: SessionLimits = { total: 1_000, perPrincipal: 100, idle: 30 * 60_000, crowded: 60_000 }

const MOST_BETWEEN_SWEEPS = 60_000

interface Session {
  readonly id: string
  readonly owner: string
  readonly server: Server
  readonly transport: WebStandardStreamableHTTPServerTransport
  /** Requests and streams that are open right now. */
  open: number
  /** Whether it has sent batches (2025-03-26 only): their answers share one stream. */
  batches: boolean
  lastUsed: number
}

/** One HTTP request of a session. */
export interface Exchange {
  answer: Promise<Response>
  /** Call it when the answer has left, or its reader has. */
  end: () => void
}

/** The sessions of the 2025 revisions (MCP 2025-11-25, basic/transports, session management). Each belongs to who opened it. */
export class Sessions {
  readonly #sessions = new Map<string, Session>()
  readonly #makeServer: () => Server
  readonly #limits: SessionLimits
  readonly #sweeper: NodeJS.Timeout

  constructor(makeServer: () => Server, limits: SessionLimits) {
    this.#makeServer = makeServer
    this.#limits = limits
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(MOST_BETWEEN_SWEEPS, limits.idle / 2)).unref()
  }

  /** Passes a request to its session; undefined where this principal has none of that id. */
  use(id: string, principal: Principal, request: Request, body: unknown): Exchange | undefined {
    const session = this.#sessions.get(id)
    if (session === undefined || session.owner !== ownerOf(principal)) return undefined
    return this.#exchange(session, request, body)
  }

  /** Opens a session with its `initialize` request. Throws `too_many_sessions`. */
  async open(principal: Principal, request: Request, body: unknown): Promise<Exchange> {
    const session = this.#add(ownerOf(principal))
    await session.server.connect(session.transport)
    const exchange = this.#exchange(session, request, body)
    return { ...exchange, answer: this.#answered(session, exchange.answer) }
  }

  // A refused handshake (a missing Accept header, say) has made no session: its place is free again.
  async #answered(session: Session, answer: Promise<Response>): Promise<Response> {
    try {
      return await answer
    } finally {
      if (session.transport.sessionId === undefined) await this.#end(session)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper)
    await Promise.all([...this.#sessions.values()].map((session) => this.#end(session)))
  }

  #add(owner: string): Session {
    const own = [...this.#sessions.values()].filter((session) => session.owner === owner)
    if (own.length >= this.#limits.perPrincipal) this.#makeRoom(own)
    if (this.#sessions.size >= this.#limits.total) throw problems.tooManySessions('this server', this.#limits.total)
    const id = randomUUID()
    const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: () => id })
    const session = { id, owner, server: this.#makeServer(), transport, open: 0, batches: false, lastUsed: Date.now() }
    // The SDK calls this first and then reads the message itself.
    Object.assign(transport, { onmessage: (message: JSONRPCMessage) => releaseCancelled(session, message) })
    // However it ends (DELETE, idle, shutdown), it is forgotten: the SDK calls this once.
    const { onclose } = session.server
    Object.assign(session.server, { onclose: () => this.#forget(id, onclose) })
    this.#sessions.set(id, session)
    return session
  }

  #forget(id: string, others: (() => void) | undefined): void {
    this.#sessions.delete(id)
    others?.()
  }

  #makeRoom(own: readonly Session[]): void {
    const [oldest] = own.filter(isUnusedFor(this.#limits.crowded)).toSorted((a, b) => a.lastUsed - b.lastUsed)
    if (oldest === undefined) throw problems.tooManySessions('this caller', this.#limits.perPrincipal)
    void this.#end(oldest)
  }

  #exchange(session: Session, request: Request, body: unknown): Exchange {
    session.open++
    session.batches ||= Array.isArray(body)
    const answer = session.transport.handleRequest(request, { parsedBody: body })
    return { answer, end: () => leave(session) }
  }

  #sweep(): void {
    const idle = [...this.#sessions.values()].filter(isUnusedFor(this.#limits.idle))
    for (const session of idle) void this.#end(session)
  }

  // A session that cannot be closed is forgotten all the same: nobody waits for it.
  async #end(session: Session): Promise<void> {
    this.#sessions.delete(session.id)
    await session.server.close().catch(() => undefined)
  }
}

const ownerOf = ({ kind, subject }: Principal) => `${kind}:${subject}`

const isUnusedFor = (milliseconds: number) => {
  const before = Date.now() - milliseconds
  return (session: Session) => session.open === 0 && session.lastUsed <= before
}

function leave(session: Session): void {
  session.open--
  session.lastUsed = Date.now()
}

// Nobody answers a cancelled request, and the SDK then keeps its HTTP answer open for ever, a socket each. So the stream is
// ended, and an error that reaches no stream any more makes the transport forget the request.
function releaseCancelled({ transport, batches }: Session, message: JSONRPCMessage): void {
  const id = cancelledRequest(message)
  if (id === undefined || batches) return
  transport.closeSSEStream(id)
  transport.send({ jsonrpc: '2.0', id, error: { code: -32_000, message: 'Cancelled' } }).catch(() => undefined)
}

function cancelledRequest(message: JSONRPCMessage): string | number | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined
  const id: unknown = message.params?.requestId
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}
