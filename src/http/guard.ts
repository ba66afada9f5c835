import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { Config } from '../config.ts'
import { type Problem, problems } from '../errors.ts'
import { sendProblem, shown } from './problem.ts'

/** Paths that answer whoever asks: a probe names the host as it likes, and learns nothing. */
const PROBES = new Set(['/livez', '/readyz'])
export const isProbe = (request: FastifyRequest): boolean => PROBES.has(request.routeOptions.url ?? '')

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

type Hosts = Pick<Config, 'ALLOWED_HOSTS' | 'PUBLIC_URL'>

/**
 * The hook that keeps other people's pages away (security 6; DNS rebinding, CVE-2025-66414). `Host` must be one of ours:
 * a loopback name with the port the request came in by, PUBLIC_URL's host, one of ALLOWED_HOSTS (any port, where it names
 * none). Where there is an `Origin`, it must be the very scheme, host and port asked for, or PUBLIC_URL's. For every route
 * but /livez and /readyz.
 */
export function guard(
  config: Hosts,
): (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void {
  const refuse = gatekeeper(config)
  return (request, reply, done) => {
    const problem = isProbe(request) ? undefined : refuse(request)
    if (problem === undefined) return done()
    // Somebody should look at who sends these: a wrong setting, or a page that tries.
    const { code, message } = problem
    request.log.warn({ correlation_id: request.id, code, detail: message, address: request.ip }, 'refused')
    sendProblem(request, reply, problem)
  }
}

function gatekeeper(config: Hosts): (request: FastifyRequest) => Problem | undefined {
  const home = config.PUBLIC_URL === undefined ? undefined : new URL(config.PUBLIC_URL)
  const allowed = new Set(config.ALLOWED_HOSTS.map((host) => host.toLowerCase()))
  const isOurs = (host: string, port: number, usual: number) =>
    LOOPBACK.some((name) => host === `${name}:${port}` || (port === usual && host === name)) ||
    (home !== undefined && host === home.host) ||
    allowed.has(host) ||
    allowed.has(host.replace(/:\d{1,5}$/, ''))
  return (request) => {
    const host = hostOf(request)
    if (!isOurs(host, portOf(request), isEncrypted(request) ? 443 : 80)) return problems.hostNotAllowed(shown(host))
    const { origin } = request.headers
    if (origin === undefined || origin === `${request.protocol}://${host}` || origin === home?.origin) return undefined
    return problems.originNotAllowed(shown(origin))
  }
}

/**
 * The authority asked for: what a trusted proxy says it was asked (X-Forwarded-Host), else the request's own. A request target in
 * absolute form wins over `Host` (RFC 9112, 3.2.2).
 */
function hostOf(request: FastifyRequest): string {
  const { url = '/', headers } = request.raw
  const asked = request.host
  if (asked !== (headers.host ?? '')) return asked.toLowerCase()
  if (url.startsWith('/') || url === '*') return asked.toLowerCase()
  return URL.parse(url)?.host ?? url
}

// The port is the socket's own: with WEBCONTROL_PORT=0 it is known only then. An injected request has no socket: HTTP's default.
const portOf = (request: FastifyRequest): number => request.socket.localPort ?? 80

/** Whether the connection itself is TLS, whatever a proxy says of its own. */
export const isEncrypted = ({ socket }: FastifyRequest): boolean => 'encrypted' in socket && socket.encrypted === true
