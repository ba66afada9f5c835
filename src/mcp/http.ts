import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Problem } from '../errors.ts'
import { sentenceOf } from './answer.ts'

/** The first value of a header that may stand there once. */
export const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

// The SDK reads these headers, the method and the signal; the body travels beside the request, parsed once by Fastify.
const PASSED = [
  'content-type',
  'accept',
  'mcp-session-id',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
  'last-event-id',
]

/** The request as the SDK wants it. `gone` fires when the reader of its answer has left. */
export function webRequest(request: FastifyRequest, gone: AbortSignal): Request {
  const headers = Object.fromEntries(PASSED.flatMap((name) => pair(name, header(request, name))))
  return new Request('http://localhost/mcp', { method: request.method, headers, signal: gone })
}

const pair = (name: string, value: string | undefined) => (value === undefined ? [] : [[name, value] as const])

/** Fires when the connection closes before the answer is complete. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}

/** Sends what the SDK answered. JSON goes as one text, which is twice as fast as a stream; events go as they come. */
export async function sendResponse(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  const type = response.headers.get('content-type')
  if (type === 'text/event-stream') announce(reply)
  if (type !== 'application/json') return reply.send(response)
  return reply
    .code(response.status)
    .headers(Object.fromEntries(response.headers))
    .send(await response.text())
}

// The headers of a stream leave with its first event, which may be a minute away. A client that waits for them would think
// that nobody is here; most answers come before this timer.
const ANNOUNCE_AFTER = 20

function announce({ raw }: FastifyReply): void {
  // Before Fastify has put the headers there, there is nothing to announce.
  const timer = setTimeout(() => raw.hasHeader('content-type') && raw.flushHeaders(), ANNOUNCE_AFTER)
  raw.once('close', () => clearTimeout(timer))
}

/** The number JSON-RPC has for a failure that happened before any method was called (JSON-RPC 2.0, 5.1; MCP's own from -32000). */
function rpcCode({ code, status }: Problem): number {
  if (code === 'bad_input') return -32_700
  if (code === 'session_not_found') return -32_001
  return status < 500 ? -32_000 : -32_603
}

/** A failure outside of any method as JSON-RPC: a body that is no JSON, a host that is refused, a session that is unknown. */
export function sendProblem(reply: FastifyReply, problem: Problem, correlationId: string): FastifyReply {
  const { retryAfter, allow, challenge } = problem.facts
  if (challenge !== undefined) reply.header('www-authenticate', challenge)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  if (allow !== undefined) reply.header('allow', allow.join(', '))
  const error = {
    code: rpcCode(problem),
    message: sentenceOf(problem),
    data: { code: problem.code, correlation_id: correlationId },
  }
  return reply
    .code(problem.status)
    .type('application/json')
    .send(JSON.stringify({ jsonrpc: '2.0', error, id: null }))
}
