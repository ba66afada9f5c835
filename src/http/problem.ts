import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Call } from '../call.ts'
import { Problem, problems, toProblem } from '../errors.ts'
import type { HtmlPages } from '../operations/html-pages.ts'
import { Closed } from '../schema.ts'
import { scrubPath } from '../services/safety/scrub-path.ts'
import { scrubText } from '../services/safety/scrub-text.ts'
import { sendHtml, wantsPage } from './html.ts'
import { BODY_LIMIT, HEADER_LIMIT } from './limits.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types of a body that the route takes. */
    bodyTypes?: readonly string[]
  }
}

// Not by import: that reads every export of the module, and one of them loads 7 MB that nobody here needs.
export const { STATUS_CODES } = process.getBuiltinModule('node:http')

export const JSON_TYPE = 'application/json'
export const YAML_TYPE = 'application/yaml'
export const GZIP_TYPE = 'application/gzip'
export const PROBLEM_TYPE = 'application/problem+json'

/** The body of every error (RFC 9457). */
export const ProblemBody = Closed({
  type: Type.String({ description: 'Always about:blank: `code` says which problem it is.' }),
  title: Type.String({ description: "The status code's own words." }),
  status: Type.Integer({ description: 'HTTP status code.' }),
  code: Type.String({ description: 'Which problem: stable, for programs.' }),
  detail: Type.String({ description: 'What is wrong, where and why.' }),
  next: Type.Optional(Type.String({ description: 'What to do about it.' })),
  instance: Type.String({ description: 'Path that was asked for.' }),
  correlation_id: Type.String({ description: 'Joins this answer to the log.' }),
})

/** The JSON text of a problem. `instance` is the path alone: a query may say what logs should not. */
export function problemJson(problem: Problem, correlationId: string, url: string): string {
  const { title, status, detail, next } = factsOf(problem)
  return JSON.stringify({
    type: 'about:blank',
    title,
    status,
    code: problem.code,
    detail,
    next,
    instance: shownPath(url),
    correlation_id: correlationId,
  })
}

function factsOf(problem: Problem) {
  const status = wireStatus(problem)
  const next = problem.next === undefined ? undefined : scrubText(problem.next)
  return { status, title: STATUS_CODES[status] ?? 'Error', detail: scrubText(problem.message), next }
}

/** 499 says in the log that the caller went away; nobody reads it, and HTTP does not know it. */
const wireStatus = ({ status }: Problem): number => (status === 499 ? 503 : status)

/** The path of a request target. */
export const pathOf = (url: string): string => url.split('?', 1)[0] ?? url

/** The path of a request target, as it may be repeated. */
export const shownPath = (url: string): string => shown(scrubPath(pathOf(url)))

/** What a caller sent, as far as anybody reads it: it may have put a secret in the wrong place. */
export function shown(text: string): string {
  const clean = scrubText(text)
  return clean.length > 300 ? `${clean.slice(0, 300)}...` : clean
}

/** The call of whoever is told of a problem; undefined: nobody who was let in. */
export type CallFor = (request: FastifyRequest, reply: FastifyReply) => Call | undefined

/** Answers with a problem. `callFor`: for a page, which says around it what its caller may know; default: nothing. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  callFor: CallFor = () => undefined,
): void {
  const { retryAfter, allow, challenge } = problem.facts
  if (challenge !== undefined) reply.header('www-authenticate', challenge)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  if (allow !== undefined) reply.header('allow', allow.join(', '))
  const { htmlPages } = reply.server
  reply.code(wireStatus(problem))
  if (htmlPages !== undefined && wantsPage(request, PROBLEM_TYPE))
    void sendProblemPage(request, reply, problem, { htmlPages, callFor })
  else sendProblemJson(request, reply, problem)
}

const sendProblemJson = (request: FastifyRequest, reply: FastifyReply, problem: Problem) =>
  void reply.type(PROBLEM_TYPE).send(problemJson(problem, request.id, request.url))

async function sendProblemPage(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  { htmlPages, callFor }: { htmlPages: HtmlPages; callFor: CallFor },
): Promise<void> {
  const { id: correlationId } = request
  try {
    const visit = { problem, ...factsOf(problem), correlationId, path: shownPath(request.url) }
    sendHtml(reply, await htmlPages.failed({ ...visit, call: callFor(request, reply) }))
  } catch (error) {
    request.log.error({ err: error, correlation_id: request.id }, 'an error has no page')
    sendProblemJson(request, reply, problem)
  }
}

/** Any error as a problem of the catalogue: ours, Fastify's, or `internal`. */
export function problemOf(error: unknown, request: FastifyRequest): Problem {
  const fromFastify = FASTIFY.get(codeOf(error))
  return fromFastify?.(request) ?? toProblem(error, request.id)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

const badBody = (detail: string) => () => problems.badInput(detail)

/** What Fastify refuses by itself, in our words. */
const FASTIFY: ReadonlyMap<string, (request: FastifyRequest) => Problem> = new Map([
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', mediaType],
  ['FST_ERR_CTP_INVALID_TYPE', mediaType],
  ['FST_ERR_CTP_BODY_TOO_LARGE', ({ routeOptions }) => problems.bodyTooLarge(routeOptions.bodyLimit ?? BODY_LIMIT)],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', badBody('The body is not as long as Content-Length says.')],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', badBody('The body is empty.')],
  ['FST_ERR_CTP_INVALID_JSON_BODY', badBody('The body is not JSON.')],
  ['FST_ERR_BAD_URL', badBody('The path is not well-formed: its percent-encoding cannot be decoded.')],
  ['FST_ERR_MAX_PARAM_LENGTH', badBody('A name in the path is longer than any name can be.')],
  ['ECONNRESET', () => problems.cancelled()],
])

/** The refusal of a body of another type than the route takes. */
export function mediaType(request: FastifyRequest): Problem {
  const taken = request.routeOptions.config.bodyTypes ?? [JSON_TYPE]
  return problems.unsupportedMediaType(shown(request.headers['content-type'] ?? ''), taken)
}

/** A problem of a connection that never became a request (Node's `clientError`). */
export function connectionProblem(code: string): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return problems.headersTooLarge(HEADER_LIMIT)
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return problems.requestTimeout()
  return problems.badInput('The request is not well-formed HTTP/1.1.')
}
