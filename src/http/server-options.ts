import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { correlationIdOf } from '../correlation.ts'
import { ANSWER_HEADERS } from './edge.ts'
import { BODY_LIMIT, HEADER_LIMIT } from './limits.ts'
import type { Way } from './listener.ts'
import { connectionProblem, PROBLEM_TYPE, problemJson, problemOf, sendProblem, STATUS_CODES } from './problem.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

/**
 * Options of every Fastify instance that listens: limits against floods (security 10), the correlation id as request id,
 * problems for what never reaches a route. `run` logs calls, so Fastify logs only what goes wrong.
 */
export const serverOptions = (log: FastifyBaseLogger, { trusts }: Pick<Way, 'trusts'> = {}) => ({
  ...FIXED,
  loggerInstance: log,
  ...(trusts === undefined ? {} : { trustProxy: trusts }),
})

/** The same for HTTPS. */
export const secureServerOptions = (log: FastifyBaseLogger, way: Way, tls: NonNullable<Way['tls']>) => {
  const { http, ...options } = serverOptions(log, way)
  return { ...options, https: { ...http, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: 10 * SECOND } } as const
}

/** Times in milliseconds. */
const FIXED = {
  bodyLimit: BODY_LIMIT,
  requestTimeout: 30 * SECOND,
  keepAliveTimeout: 72 * SECOND,
  // Longer than the idle limit of streams, which ends them with a reason; this one drops whoever stopped reading an answer.
  connectionTimeout: 35 * MINUTE,
  forceCloseConnections: 'idle',
  return503OnClosing: false,
  http: { maxHeaderSize: HEADER_LIMIT, headersTimeout: 10 * SECOND, connectionsCheckingInterval: 2 * SECOND },
  routerOptions: { maxParamLength: 1024 },
  // Schemas here only describe (the door sets compilers that do nothing). Fastify loads its own, 20 MB, unless it is given others.
  schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
  logController: new LogController({ disableRequestLogging: true }),
  // A child of the logger for each request costs more than the few lines that would use it.
  childLoggerFactory: (logger) => logger,
  genReqId: ({ headers }) => correlationIdOf(headers),
  frameworkErrors(error, request: FastifyRequest, reply: FastifyReply) {
    void reply.headers(ANSWER_HEADERS).header('x-correlation-id', request.id)
    sendProblem(request, reply, problemOf(error, request))
  },
  clientErrorHandler: refuseConnection,
} satisfies FastifyHttpOptions<Server>

function noCompiler(): never {
  throw new Error('a route has a schema on an instance whose compilers were not set')
}

/** Answers bytes that never became a request: not HTTP, headers too large, too slow. */
function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const id = correlationIdOf({})
  const problem = connectionProblem(error.code ?? '')
  const body = problemJson(problem, id, '')
  const headers = {
    ...ANSWER_HEADERS,
    'x-correlation-id': id,
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${head.join('')}\r\n${body}`)
}
