import type { IncomingHttpHeaders } from 'node:http'
import { Problem, type ProblemFacts, problems, type RefusalCause } from '../errors.ts'
import { missingRule } from './rbac-rule.ts'

/** metav1.Status: how an API server says no. */
interface Status {
  kind: 'Status'
  message?: string
  reason?: string
  details?: { retryAfterSeconds?: number; causes?: RefusalCause[] }
}

interface Meaning {
  code: string
  next?: string
}

// What each HTTP status of the API server means to a caller here. Status and message stay the API server's own.
const MEANINGS: Readonly<Record<number, Meaning>> = {
  400: { code: 'bad_input' },
  403: { code: 'forbidden', next: 'canI says what this identity may do.' },
  404: { code: 'not_found', next: 'listResources shows what is there; check name, namespace and context.' },
  405: { code: 'verb_not_supported' },
  406: { code: 'not_acceptable' },
  409: { code: 'conflict', next: 'Read the object again and repeat the request on what is there now.' },
  410: { code: 'continue_expired', next: 'Start again without continue.' },
  413: { code: 'body_too_large' },
  422: { code: 'invalid' },
  429: { code: 'too_many_requests', next: 'The API server or a disruption budget asks for patience: try again later.' },
}

/** The Problem of an answer that is not 2xx. A refused credential (401) is the server's matter, not the caller's: 503. */
export function refusal(status: number, body: string, context: string, headers: IncomingHttpHeaders): Problem {
  const said = parseStatus(body)
  const message = said?.message ?? (body.slice(0, 500).trim() || `HTTP ${status} without a message`)
  if (status === 401) return unauthorized(context, message)
  if (status === 410) return problems.continueExpired()
  const meaning = MEANINGS[status] ?? { code: 'cluster_error' }
  const text = `${sentence(message)} (context ${context})`
  return problems.kubernetes(status, meaning.code, text, nextOf(status, message, meaning), factsOf(said, headers))
}

function nextOf(status: number, message: string, { next }: Meaning): string | undefined {
  const rule = status === 403 ? missingRule(message) : undefined
  return rule === undefined ? next : `${next ?? ''} The cluster's administrator can grant it; ${rule}.`
}

const sentence = (message: string) => message.replace(/\s+$/, '').replace(/\.$/, '')

function unauthorized(context: string, message: string): Problem {
  const next = 'The operator of this server has to renew the credentials in the kubeconfig.'
  return problems.clusterUnavailable(
    `Context ${context}`,
    `its API server does not accept the credentials (401 ${sentence(message)}).`,
    next,
  )
}

function factsOf(said: Status | undefined, headers: IncomingHttpHeaders): ProblemFacts {
  const seconds = said?.details?.retryAfterSeconds ?? Number(headers['retry-after'])
  const causes = said?.details?.causes
  return {
    ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfter: seconds } : {}),
    ...(causes === undefined ? {} : { causes }),
  }
}

function parseStatus(body: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return isStatus(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isStatus = (value: unknown): value is Status =>
  value !== null && typeof value === 'object' && 'kind' in value && value.kind === 'Status'

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused).',
  ECONNRESET: 'the connection was reset.',
  ENOTFOUND: 'its host name is not known.',
  EAI_AGAIN: 'its host name cannot be resolved right now.',
  EHOSTUNREACH: 'there is no route to its host.',
  ENETUNREACH: 'there is no route to its network.',
  UND_ERR_SOCKET: 'the connection was closed in the middle.',
  EPROTO: 'it does not speak TLS there.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed and not the one the kubeconfig trusts (x509).',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate was issued by an authority the kubeconfig does not trust (x509).',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate was issued by an authority the kubeconfig does not trust (x509).',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate was issued by an authority the kubeconfig does not trust (x509).',
  CERT_SIGNATURE_FAILURE: 'its certificate does not match the authority in the kubeconfig (x509).',
  CERT_HAS_EXPIRED: 'its certificate has expired (x509).',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet (x509): check the clocks.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name (x509).',
}

/** The Problem of a request that got no answer: time-out, refused or broken connection, certificate. */
export function unanswered(error: unknown, context: string, timeout: number): unknown {
  const code = codeOf(error)
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return problems.clusterTimeout(context, 5_000)
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return problems.clusterTimeout(context, timeout)
  if (error instanceof Error && error.name === 'AbortError') return error
  if (error instanceof Error && error.name === 'TimeoutError') return problems.clusterTimeout(context, timeout)
  const reason = CODES[code] ?? (code === '' ? 'the connection failed.' : `the connection failed (${code}).`)
  return problems.clusterUnavailable(`Context ${context}`, reason)
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}
