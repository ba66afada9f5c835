import { createMcpHandler, isInitializeRequest, type ServerContext } from '@modelcontextprotocol/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../call.ts'
import { type Problem, problems, toProblem } from '../errors.ts'
import type { Caller } from './caller.ts'
import { goneSignal, header, isLegacy, sendProblem, sendResponse, webRequest } from './http.ts'
import { type DoorOptions, makeServerFactory } from './server.ts'
import { type Exchange, SESSION_LIMITS, type SessionLimits, Sessions } from './sessions.ts'

export interface McpOptions extends Omit<DoorOptions, 'callerOf' | 'onFault'> {
  principalOf: (request: FastifyRequest) => Principal
  sessions?: SessionLimits
  /** Milliseconds that calls in progress have when the server stops. */
  grace?: number
}

/** Bytes of a message: 1 MiB of manifest, and what stands around it. */
const BODY_LIMIT = Math.floor(1.1 * 1024 * 1024)
const GRACE = 5_000

/**
 * Serves MCP at `/mcp`: 2026-07-28, where every request stands for itself, and the 2025 revisions with sessions. Register it
 * on an instance whose request ids are correlation ids (`genReqId`), behind the hooks that check Host and Origin.
 */
export async function mcp(
  app: FastifyInstance,
  { principalOf, sessions: limits = SESSION_LIMITS, grace = GRACE, ...door }: McpOptions,
): Promise<void> {
  const callers = new WeakMap<Request, Caller>()
  const factory = makeServerFactory({
    ...door,
    callerOf: (context) => callerOf(callers, context),
    onFault: (error) => app.log.error({ err: error }, 'mcp'),
  })
  const sessions = new Sessions(factory.make, limits)
  const modern = createMcpHandler(factory.make, {
    legacy: 'reject',
    onerror: (error) => app.log.debug({ err: error }, 'mcp'),
  })

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<Response> {
    const gone = goneSignal(reply)
    const web = webRequest(request, gone)
    const principal = principalOf(request)
    callers.set(web, { door: 'mcp', principal, correlationId: request.id, gone })
    if (!isLegacy(request)) return modern.fetch(web, { parsedBody: request.body })
    const exchange = await legacyExchange(sessions, request, principal, web)
    reply.raw.once('close', exchange.end)
    return exchange.answer
  }

  jsonOnly(app)
  app.addHook('onRequest', async (request, reply) => void reply.header('x-correlation-id', request.id))
  app.addHook('preClose', async () => {
    await factory.running.end(grace)
    await Promise.all([modern.close(), sessions.close()])
  })
  app.setErrorHandler((error, request, reply) => {
    const problem = factory.running.stopping.aborted ? problems.shuttingDown() : problemOf(error, request)
    if (problem.status === 500) request.log.error({ err: error, correlation_id: request.id }, 'mcp request failed')
    return sendProblem(reply, problem, request.id)
  })
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: '/mcp',
    schema: { hide: true },
    exposeHeadRoute: false,
    bodyLimit: BODY_LIMIT,
    handler: async (request, reply) => sendResponse(reply, await answer(request, reply)),
  })
}

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

function callerOf(callers: WeakMap<Request, Caller>, { http, mcpReq }: ServerContext): Caller {
  const caller = http?.req === undefined ? undefined : callers.get(http.req)
  if (caller === undefined) throw new Error(`The transport lost the caller of a ${mcpReq.method} request.`)
  return caller
}

// Fastify's own parser, so that a key like __proto__ is refused as everywhere; no other media type is read here. A DELETE
// may say a type and send nothing.
function jsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
    body.length === 0 ? done(null, undefined) : parse(request, body.toString(), done),
  )
}

/** What Fastify refuses by itself, in our words. */
const REFUSALS = new Map<string, (request: FastifyRequest) => Problem>([
  ['FST_ERR_CTP_BODY_TOO_LARGE', () => problems.bodyTooLarge(BODY_LIMIT)],
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    (request) =>
      problems.unsupportedMediaType((header(request, 'content-type') ?? '').slice(0, 200), ['application/json']),
  ],
])

function problemOf(error: unknown, request: FastifyRequest): Problem {
  const { code, statusCode } = fastifyError(error)
  const refusal = REFUSALS.get(code)
  if (refusal !== undefined) return refusal(request)
  return statusCode === 400 ? problems.badInput('The body is not JSON.') : toProblem(error, request.id)
}

function fastifyError(error: unknown): { code: string; statusCode: number } {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const statusCode =
    error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  return { code, statusCode }
}
