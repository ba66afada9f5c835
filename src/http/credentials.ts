import type { IncomingMessage } from 'node:http'
import { isIPv6, type Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { ANONYMOUS, type Caller, LOCAL } from '../call.ts'
import { Problem, problems } from '../errors.ts'
import type { Authenticated } from '../services/principals/principals.ts'
import { type Rate, RateLimiter } from './limits.ts'

/** Credentials that are wrong, from one address: so many a second on average, so many at once. */
const FAILURES: Rate = { perSecond: 0.2, burst: 10 }
/** The same from all addresses together: each is a row of the audit, which can only grow. */
const ALL_FAILURES: Rate = { perSecond: 5, burst: 500 }

/** What the door asks about tokens. */
export interface Tokens {
  authenticate(token: string): Authenticated | undefined
  whyNot(token: string): { why: string; id?: string }
  holds(id: string): boolean
  onChange(listener: () => void): () => void
}

/** A request whose credential was not accepted. */
export interface Failure {
  request: FastifyRequest
  why: string
  /** Of the token, where it was one of ours. */
  tokenId?: string
}

export interface CredentialsOptions {
  /** Undefined: the store that holds them cannot be used. */
  tokens: Tokens | undefined
  /** Whether whoever comes without a credential is somebody of this machine. */
  loopback: boolean
  /** Why a token may not come by this connection; undefined: it may. */
  whyNotHere?: (request: FastifyRequest) => string | undefined
  /** Told of each failure within the limit of its address: for the audit and the log. */
  failed: (failure: Failure) => void
  failures?: Rate
}

export type CallerOf = (request: FastifyRequest) => Caller

/**
 * Finds out who sends a request, once for each: by `Authorization: Bearer` (RFC 6750, 2.1) and in no other way. A credential that is
 * not accepted is refused at every door and address: nobody falls back to what callers without one may do. What is open by a token
 * ends with it. The answer throws `unauthenticated`, `rate_limited`, `store_unavailable`.
 */
export function makeCallerOf(options: CredentialsOptions): CallerOf {
  const nobody = options.loopback ? LOCAL : ANONYMOUS
  const known = new WeakMap<IncomingMessage, Caller | Problem>()
  const judge = judgeOf(options)
  return (request) => {
    const { authorization } = request.headers
    if (authorization === undefined) return nobody
    const found = known.get(request.raw) ?? judge(request, authorization)
    known.set(request.raw, found)
    if (found instanceof Problem) throw found
    return found
  }
}

function judgeOf({
  tokens,
  whyNotHere = () => undefined,
  failed,
  failures = FAILURES,
}: CredentialsOptions): (request: FastifyRequest, authorization: string) => Caller | Problem {
  const [limiter, overall] = [new RateLimiter(failures), new RateLimiter(ALL_FAILURES)]
  const open = new OpenConnections()
  tokens?.onChange(() => open.endUnless((id) => tokens.holds(id)))
  return (request, authorization) => {
    if (tokens === undefined) return problems.storeUnavailable('it holds the tokens, so that none can be checked')
    const token = bearerOf(authorization)
    const refused = whyNotHere(request)
    const caller = token === undefined || refused !== undefined ? undefined : tokens.authenticate(token)
    if (caller !== undefined) {
      open.add(request.raw.socket, caller.tokenId)
      return caller
    }
    const seconds = limiter.take(networkOf(request.ip)) ?? overall.take('all')
    if (seconds !== undefined) return problems.tooManyFailures(seconds)
    const { why, id } = token === undefined ? NO_BEARER : tokens.whyNot(token)
    failed({ request, why: refused ?? why, ...(id === undefined ? {} : { tokenId: id }) })
    return problems.badCredential(refused ?? why)
  }
}

const NO_BEARER: { why: string; id?: string } = { why: 'it is not of the form Bearer <token>' }

/** The token of the header's value. RFC 6750, 2.1; the scheme's letter case does not matter (RFC 9110, 11.1). */
function bearerOf(authorization: string): string | undefined {
  return /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1]
}

/** What counts as one address: an IPv6 host has a whole /64 of them. */
function networkOf(ip: string): string {
  if (!isIPv6(ip) || ip.toLowerCase().startsWith('::ffff:')) return ip.replace(/^::ffff:/i, '')
  const [head = '', tail] = ip.split('::')
  const [before, after] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')))
  const zeros = tail === undefined ? 0 : 8 - (before?.length ?? 0) - (after?.length ?? 0)
  return [...(before ?? []), ...Array<string>(zeros).fill('0'), ...(after ?? [])].slice(0, 4).join(':')
}

/** Connections by which tokens came: followed logs and MCP streams stay open for days. */
class OpenConnections {
  readonly #tokens = new Map<Socket, Set<string>>()

  add(socket: Socket, id: string): void {
    const known = this.#tokens.get(socket)
    if (known !== undefined) return void known.add(id)
    this.#tokens.set(socket, new Set([id]))
    socket.once('close', () => this.#tokens.delete(socket))
  }

  /** Ends every connection by which any other token ever came: an answer to it may still be under way there. */
  endUnless(holds: (id: string) => boolean): void {
    for (const [socket, ids] of this.#tokens) if (![...ids].every(holds)) socket.destroy()
  }
}
