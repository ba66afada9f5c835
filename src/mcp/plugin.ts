import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Problem, problems, toProblem } from '../errors.ts'
import type { Eras, ErasOptions } from './eras.ts'
import { header, sendProblem, sendResponse } from './http.ts'

export interface McpOptions extends ErasOptions {
  /** Milliseconds that calls in progress have when the server stops. */
  grace?: number
}

/** Bytes of a message: 1 MiB of manifest, and what stands around it. */
const BODY_LIMIT = Math.floor(1.1 * 1024 * 1024)
const GRACE = 5_000

/**
 * Serves MCP at `/mcp`, both eras. Register it on an instance whose request ids are correlation ids (`genReqId`), behind the
 * hooks that check Host and Origin. The protocol's own code (15 MB) is loaded with the first request.
 */
export async function mcp(app: FastifyInstance, { grace = GRACE, ...options }: McpOptions): Promise<void> {
  let eras: Eras | undefined
  const open = async (): Promise<Eras> => {
    const { openEras } = await import('./eras.ts')
    eras ??= openEras(options, app.log)
    return eras
  }

  jsonOnly(app)
  app.addHook('onRequest', async (request, reply) => void reply.header('x-correlation-id', request.id))
  // Before the body is read: who needs a credential and has none hears nothing of the protocol (RFC 6750, 3).
  app.addHook('onRequest', async (request) => {
    if (options.callerOf(request).grant.role === 'none') throw problems.unauthenticated()
  })
  app.addHook('preClose', async () => eras?.end(grace))
  app.setErrorHandler((error, request, reply) => {
    const problem = eras?.stopping.aborted === true ? problems.shuttingDown() : problemOf(error, request)
    if (problem.status === 500) request.log.error({ err: error, correlation_id: request.id }, 'mcp request failed')
    return sendProblem(reply, problem, request.id)
  })
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: '/mcp',
    schema: { hide: true },
    exposeHeadRoute: false,
    bodyLimit: BODY_LIMIT,
    handler: async (request, reply) => sendResponse(reply, await (eras ?? (await open())).answer(request, reply)),
  })
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
