import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { Caller } from '../call.ts'
import type { Config } from '../config.ts'
import { Problem, problems } from '../errors.ts'
import type { HtmlPages } from '../operations/html-pages.ts'
import { visitOf } from './answers.ts'
import { guard, isProbe } from './guard.ts'
import { wantsPage } from './html.ts'
import { floodGate, LoopWatch, MOST_CONNECTIONS, RateLimiter, type Rate, RATE, STALL } from './limits.ts'
import { type KnownPaths, methodsOf, nearestPaths } from './paths.ts'
import { type CallFor, pathOf, problemOf, sendProblem, shownPath } from './problem.ts'

export interface EdgeOptions {
  config: Pick<Config, 'ALLOWED_HOSTS' | 'PUBLIC_URL'>
  callerOf: (request: FastifyRequest) => Caller
  rate?: Rate
  /** How people see answers and errors. Default: as programs do. */
  htmlPages?: HtmlPages
  /** Stall of the event loop that counts as overload, in milliseconds. */
  stall?: number
}

/**
 * What every listener needs whatever it serves, REST, MCP or both: security headers, the correlation id, Host and Origin,
 * flood limits, errors as problems, unknown paths and methods, an orderly end. Call it on the root instance, made with
 * `serverOptions`, before any route.
 */
export function edge(
  app: FastifyInstance,
  { config, callerOf, rate = RATE, stall = STALL, htmlPages }: EdgeOptions,
): void {
  if (htmlPages !== undefined) app.decorate('htmlPages', htmlPages)
  const known: KnownPaths = new Map()
  const loop = new LoopWatch(stall)
  const gate = floodGate(new RateLimiter(rate), loop, callerOf)
  const ending = closing(app)
  const callFor = admittedCall(callerOf)

  app.server.maxConnections = MOST_CONNECTIONS
  app.addHook('onRoute', ({ method, url }) => {
    if (!url.startsWith(INNER)) remember(known, url, [method].flat())
  })
  app.addHook('onRequest', dress)
  app.addHook('onRequest', guard(config))
  app.addHook(
    'onRequest',
    admit((request) => ending() ?? gate(request)),
  )
  app.addHook('onRequest', unknownPaths(known, callFor))
  app.addHook('onSend', hangUp(ending))
  app.addHook('onClose', async () => loop.stop())
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request)
    // `run` has logged what it threw.
    if (problem.code === 'internal' && !(error instanceof Problem))
      request.log.error({ err: error, correlation_id: request.id }, 'request failed')
    sendProblem(request, reply, problem, callFor)
  })
}

// A credential that is not accepted was answered with a problem before: that one has no call.
const admittedCall =
  (callerOf: EdgeOptions['callerOf']): CallFor =>
  (request, reply) => {
    try {
      return visitOf(request, reply, { ...callerOf(request), door: 'rest' }).call
    } catch (error) {
      if (error instanceof Problem) return undefined
      throw error
    }
  }

/** Files of a page, which nobody asks for by hand. */
const INNER = '/swagger/'

type Hook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void

/** Headers of every answer. Data is no page: nothing may run, frame or keep it. */
export const ANSWER_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

const dress: Hook = (request, reply, done) => {
  reply.headers(ANSWER_HEADERS).header('x-correlation-id', request.id)
  done()
}

/** Lets a request in, or answers with the refusal. Probes are always let in. */
const admit =
  (refuse: (request: FastifyRequest) => Problem | undefined): Hook =>
  (request, reply, done) => {
    const problem = isProbe(request) ? undefined : refuse(request)
    if (problem === undefined) done()
    else sendProblem(request, reply, problem)
  }

/** Undefined until the server begins to close, then what new requests are told. */
function closing(app: FastifyInstance): () => Problem | undefined {
  let begun = false
  app.addHook('preClose', async () => {
    begun = true
  })
  return () => (begun ? problems.shuttingDown() : undefined)
}

// A connection that stays open after its last answer would keep a closing server waiting until the client lets go.
const hangUp =
  (ending: () => Problem | undefined) =>
  (
    _request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
    done: (error: null, payload: unknown) => void,
  ): void => {
    if (ending() !== undefined) reply.header('connection', 'close')
    done(null, payload)
  }

function remember(known: KnownPaths, url: string, methods: string[]): void {
  known.set(url, (known.get(url) ?? new Set<string>()).union(new Set(methods)))
}

// In onRequest, so that nobody sends a body to a path that is not there, or hears of its media type first.
const unknownPaths =
  (known: KnownPaths, callFor: CallFor): Hook =>
  (request, reply, done) => {
    const path = pathOf(request.url)
    const page = pageWithoutSlash(known, request, path)
    if (page !== undefined) return void reply.redirect(page + request.url.slice(path.length), 308)
    if (!request.is404) return done()
    const methods = methodsOf(known, path)
    if (methods.length > 0 && request.method === 'OPTIONS')
      return void reply.code(204).header('allow', methods.join(', ')).send()
    sendProblem(request, reply, nothingThere(known, request.method, path), callFor)
  }

function nothingThere(known: KnownPaths, method: string, path: string): Problem {
  const methods = methodsOf(known, path)
  return methods.length === 0
    ? problems.unknownPath(method, shownPath(path), nearestPaths(known, path))
    : problems.methodNotAllowed(method, shownPath(path), methods)
}

// People type addresses of pages with a slash at their end. Programs are told: to them `pods/` may be a name that was left out.
function pageWithoutSlash(known: KnownPaths, request: FastifyRequest, path: string): string | undefined {
  const bare = path.replace(/\/$/, '')
  if (bare === path || bare === '' || !['GET', 'HEAD'].includes(request.method)) return undefined
  return methodsOf(known, bare).includes('GET') && wantsPage(request, 'application/json') ? bare : undefined
}
