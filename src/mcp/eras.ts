import {
  classifyInboundRequest,
  createMcpHandler,
  isInitializeRequest,
  type ServerContext,
} from '@modelcontextprotocol/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller, Principal } from '../call.ts'
import { problems } from '../errors.ts'
import type { Visitor } from './caller.ts'
import { goneSignal, header, webRequest } from './http.ts'
import { approvalUri } from './resources.ts'
import { type DoorOptions, makeServerFactory } from './server.ts'
import { type Exchange, SESSION_LIMITS, type SessionLimits, Sessions } from './sessions.ts'
import { isListen, narrowed, Places } from './subscriptions.ts'

export interface ErasOptions extends Omit<DoorOptions, 'callerOf' | 'onFault'> {
  callerOf: (request: FastifyRequest) => Caller
  sessions?: SessionLimits
}

/** Both eras of the protocol over one server factory. */
export interface Eras {
  answer(request: FastifyRequest, reply: FastifyReply): Promise<Response>
  readonly stopping: AbortSignal
  /** Ends every call and session; calls in progress have `grace` milliseconds. */
  end(grace: number): Promise<void>
}

/** Where faults of the protocol are told. */
export interface Faults {
  error(fields: object, text: string): void
  debug(fields: object, text: string): void
}

/** 2026-07-28, where every request stands for itself, and the 2025 revisions with sessions. */
export function openEras({ callerOf, sessions: limits = SESSION_LIMITS, ...door }: ErasOptions, log: Faults): Eras {
  const visitors = new WeakMap<Request, Visitor>()
  const { make, running, mayBeTold, end } = makeServerFactory({
    ...door,
    callerOf: (context) => visitorOf(visitors, context),
    onFault: (error) => log.error({ err: error }, 'mcp'),
  })
  const sessions = new Sessions(make, limits)
  const modern = createMcpHandler(make, { legacy: 'reject', onerror: (error) => log.debug({ err: error }, 'mcp') })
  const silent = door.happened?.((id) => modern.notify.resourceUpdated(approvalUri(id)))
  const places = new Places()
  const answerModern = async (visitor: Visitor, web: Request, { body }: FastifyRequest, { raw }: FastifyReply) => {
    if (isListen(body)) raw.once('close', places.take(visitor.principal))
    return modern.fetch(web, { parsedBody: await narrowed(body, (uri) => mayBeTold(uri, visitor)) })
  }
  return {
    async answer(request, reply) {
      const gone = goneSignal(reply)
      const web = webRequest(request, gone)
      const caller = callerOf(request)
      const visitor: Visitor = { door: 'mcp', ...caller, correlationId: request.id, gone }
      visitors.set(web, visitor)
      if (!isLegacy(request)) return answerModern(visitor, web, request, reply)
      const exchange = await legacyExchange(sessions, request, caller.principal, web)
      reply.raw.once('close', exchange.end)
      return exchange.answer
    },
    stopping: running.stopping,
    async end(grace) {
      silent?.()
      await end(grace)
      await Promise.all([modern.close(), sessions.close()])
    },
  }
}

/** Whether a request belongs to the 2025 revisions (sessions) or to 2026-07-28 (every request for itself). */
function isLegacy(request: FastifyRequest): boolean {
  const { method, body } = request
  if (method === 'POST' && body === undefined) return true
  const named = defined({
    protocolVersionHeader: header(request, 'mcp-protocol-version'),
    mcpMethodHeader: header(request, 'mcp-method'),
    mcpNameHeader: header(request, 'mcp-name'),
  })
  return classifyInboundRequest({ httpMethod: method, ...named, body }).kind === 'legacy'
}

const defined = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((each): each is [string, string] => each[1] !== undefined))

async function legacyExchange(
  sessions: Sessions,
  request: FastifyRequest,
  principal: Principal,
  web: Request,
): Promise<Exchange> {
  const id = header(request, 'mcp-session-id')
  if (request.method === 'POST' && request.body === undefined) throw problems.badInput('The body is empty.')
  if (id === undefined && !isInitializeRequest(request.body)) throw problems.sessionNeeded()
  if (id === undefined) return sessions.open(principal, web, request.body)
  const exchange = sessions.use(id, principal, web, request.body)
  if (exchange === undefined) throw problems.sessionNotFound()
  return exchange
}

function visitorOf(visitors: WeakMap<Request, Visitor>, { http, mcpReq }: ServerContext): Visitor {
  const caller = http?.req === undefined ? undefined : visitors.get(http.req)
  if (caller === undefined) throw new Error(`The transport lost the caller of a ${mcpReq.method} request.`)
  return caller
}
