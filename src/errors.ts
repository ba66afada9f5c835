import { approvalProblems } from './errors/approvals.ts'
import { chartProblems } from './errors/charts.ts'
import { docsProblems } from './errors/docs.ts'
import { helmProblems } from './errors/helm.ts'
import { Problem, type ProblemFacts } from './errors/problem.ts'
import { referenceProblems } from './errors/reference.ts'

export { Problem, type ProblemFacts, type RefusalCause } from './errors/problem.ts'

const list = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')

/** " Did you mean …?" where there is something near, else nothing. */
const nearest = (names: readonly string[]) => (names.length === 0 ? undefined : `Did you mean ${list(names)}?`)

const CHALLENGE = 'Bearer realm="k8s-mcp"'

/** The catalogue of every error a caller may read. One row each: code, HTTP status, message, next step. */
export const problems = {
  // The request itself
  badInput: (detail: string, next?: string) => new Problem('bad_input', 400, detail, next),
  unknownOperation: (name: string, near: readonly string[] = []) =>
    new Problem(
      'unknown_operation',
      404,
      `No operation "${name}".`,
      nearest(near) ?? 'List them with tools/list or GET /.',
    ),
  unknownPath: (method: string, path: string, near: readonly string[]) =>
    new Problem('unknown_path', 404, `Nothing at ${method} ${path}.`, nearest(near) ?? 'GET / lists every endpoint.'),
  methodNotAllowed: (method: string, path: string, allow: readonly string[]) =>
    new Problem('method_not_allowed', 405, `${path} does not take ${method}.`, `It takes ${allow.join(', ')}.`, {
      allow,
    }),
  notAcceptable: (accept: string, offered: readonly string[]) =>
    new Problem('not_acceptable', 406, `Nothing here can be sent as "${accept}".`, `Ask for ${offered.join(' or ')}.`),
  unsupportedMediaType: (given: string, taken: readonly string[]) =>
    new Problem(
      'unsupported_media_type',
      415,
      `A body of type "${given}" is not taken here.`,
      `Send ${taken.join(' or ')}.`,
    ),
  bodyTooLarge: (limit: number) =>
    new Problem('body_too_large', 413, `The body is larger than ${limit} bytes.`, 'Send less, or split it.'),
  badManifest: (detail: string, next?: string) => new Problem('bad_manifest', 422, detail, next),
  hostNotAllowed: (host: string) =>
    new Problem(
      'host_not_allowed',
      421,
      `This server does not answer for host "${host}".`,
      'Use a loopback name, or name the host in ALLOWED_HOSTS.',
    ),
  originNotAllowed: (origin: string) =>
    new Problem(
      'origin_not_allowed',
      403,
      `Pages of "${origin}" may not call this server.`,
      'Call it from its own pages, or without an Origin header.',
    ),
  unauthenticated: () =>
    new Problem(
      'unauthenticated',
      401,
      'This needs a credential, and none was sent.',
      'Send "Authorization: Bearer <token>". Whoever runs the server makes one with k8s-mcp token create.',
      { challenge: CHALLENGE },
    ),
  badCredential: (why: string) =>
    new Problem(
      'unauthenticated',
      401,
      `The credential is not accepted: ${why}.`,
      'Send "Authorization: Bearer <token>" with a token that holds. Whoever runs the server makes one with k8s-mcp token create.',
      { challenge: `${CHALLENGE}, error="invalid_token", error_description="${why}"` },
    ),
  tooManyFailures: (seconds: number) =>
    new Problem(
      'rate_limited',
      429,
      'Too many requests with credentials that are not accepted came from this address.',
      `Try again in ${seconds} s, with a token that holds.`,
      { retryAfter: seconds },
    ),
  tokenNotFound: (id: string) =>
    new Problem('token_not_found', 404, `No token "${id}".`, 'k8s-mcp token list shows those there are.'),
  roleNeeded: (operation: string, role: string, has: string) =>
    new Problem(
      'role_needed',
      403,
      `${operation} needs the role ${role}; this credential has the role ${has}.`,
      'Ask whoever runs the server for a token with that role.',
    ),
  outOfScope: (what: string) =>
    new Problem(
      'out_of_scope',
      403,
      `This credential does not reach ${what}.`,
      'Name what it reaches (GET /cluster/contexts shows the contexts), or ask for a token with a wider scope.',
    ),
  beyondNamespaces: (namespaces: readonly string[], request: string) =>
    new Problem(
      'forbidden',
      403,
      `This credential reaches ${namespaces.length === 0 ? 'no namespace' : `the namespaces ${list(namespaces)} only`}, and ${request} goes beyond them.`,
      'Name one of them (namespace, without allNamespaces). What is in no namespace needs a token with a wider scope.',
    ),
  operationDisabled: (name: string, why: string) =>
    new Problem('operation_disabled', 403, `${name} is not offered here: ${why}.`),
  rateLimited: (seconds: number) =>
    new Problem('rate_limited', 429, 'Too many requests from this caller.', `Try again in ${seconds} s.`, {
      retryAfter: seconds,
    }),
  tooManyStreams: (limit: number) =>
    new Problem(
      'too_many_streams',
      429,
      `This caller already follows ${limit} streams, which is the most.`,
      'Close one first.',
      { retryAfter: 5 },
    ),
  streamIdle: (minutes: number) =>
    new Problem('stream_idle', 408, `Nothing came for ${minutes} minutes.`, 'Ask again to go on.'),
  headersTooLarge: (limit: number) =>
    new Problem(
      'headers_too_large',
      431,
      `The request line and headers are larger than ${limit} bytes.`,
      'Send a shorter URL and fewer headers.',
    ),
  requestTimeout: () =>
    new Problem('request_timeout', 408, 'The request did not arrive in time.', 'Send it again, whole.'),
  overloaded: (why: string) =>
    new Problem('overloaded', 503, `The server is too busy: ${why}.`, 'Try again in a few seconds.', { retryAfter: 5 }),
  shuttingDown: () =>
    new Problem('shutting_down', 503, 'The server is shutting down.', 'Connect again in a moment.', { retryAfter: 5 }),
  sessionNeeded: () =>
    new Problem(
      'session_needed',
      400,
      'This message belongs to a session, and names none (Mcp-Session-Id).',
      'Send initialize first (protocol 2025-11-25 and before), or the fields of protocol 2026-07-28 in params._meta.',
    ),
  sessionNotFound: () =>
    new Problem('session_not_found', 404, 'No such session: it has ended, or never was.', 'Send initialize again.'),
  tooManySubscriptions: (limit: number) =>
    new Problem(
      'too_many_subscriptions',
      429,
      `This session has ${limit} subscriptions, which is the most.`,
      'End one first (resources/unsubscribe).',
    ),
  tooManySessions: (whose: string, limit: number) =>
    new Problem(
      'too_many_sessions',
      429,
      `Too many MCP sessions of ${whose} are open: ${limit} at most.`,
      'End sessions that are no longer used (DELETE /mcp), or try again in a minute.',
      { retryAfter: 60 },
    ),
  cancelled: () => new Problem('cancelled', 499, 'The caller cancelled the request or went away.'),
  internal: (correlationId: string) =>
    new Problem(
      'internal',
      500,
      'Something went wrong inside the server.',
      `The server's log says more under correlation_id ${correlationId}.`,
    ),

  // Where the call goes
  unknownContext: (name: string, known: readonly string[]) =>
    new Problem(
      'unknown_context',
      404,
      `No context "${name}" in the kubeconfig.`,
      known.length === 0 ? 'The kubeconfig has no contexts.' : `It has ${list(known)}.`,
    ),
  clusterUnavailable: (where: string, reason: string, next?: string) =>
    new Problem(
      'cluster_unavailable',
      503,
      `${where} cannot be used: ${reason}`,
      next ?? 'GET /cluster/contexts shows every context and its state.',
    ),
  clusterTimeout: (context: string, milliseconds: number) =>
    new Problem(
      'cluster_timeout',
      504,
      `Context ${context} did not answer within ${milliseconds / 1000} s.`,
      'Check that its API server is up and reachable from here.',
    ),
  unknownKind: (kind: string, context: string, near: readonly string[]) =>
    new Problem(
      'unknown_kind',
      404,
      `Context ${context} has no resource type "${kind}".`,
      nearest(near) ?? 'listApiResources shows them all.',
    ),
  ambiguousKind: (kind: string, candidates: readonly string[]) =>
    new Problem(
      'ambiguous_kind',
      400,
      `"${kind}" names more than one resource type: ${list(candidates)}.`,
      'Use one of these full names (kind.version.group).',
    ),
  verbNotSupported: (kind: string, verb: string) =>
    new Problem('verb_not_supported', 405, `The API server does not offer ${verb} for ${kind}.`),
  unsafeName: (what: string, why: string) =>
    new Problem(
      'bad_input',
      400,
      `${what} is not a name that can stand in a path: ${why}.`,
      'Use the name as Kubernetes prints it.',
    ),
  continueExpired: () =>
    new Problem(
      'continue_expired',
      410,
      'This continue token is too old: the API server no longer has that version of the list.',
      'Start again without continue.',
    ),
  answerTooLarge: (context: string, limit: number) =>
    new Problem(
      'cluster_error',
      502,
      `The answer of context ${context} is larger than ${limit} bytes.`,
      'Ask for less with limit or a selector.',
    ),
  badContinue: (why: string) =>
    new Problem(
      'bad_input',
      400,
      `continue is not usable: ${why}.`,
      'Pass the token of the answer before unchanged, with the same other parameters, or start again without it.',
    ),
  metricsUnavailable: (context: string) =>
    new Problem(
      'metrics_unavailable',
      503,
      `Context ${context} has no working metrics API (metrics.k8s.io).`,
      'Install metrics-server in that cluster, or check its APIService with getResource (kind apiservice, name v1beta1.metrics.k8s.io).',
    ),

  // Kubernetes' own refusals: status and message stay as they came
  kubernetes: (status: number, code: string, message: string, next?: string, facts?: ProblemFacts) =>
    new Problem(code, status, message, next, facts),

  // Credential plugins (kubeconfig `exec`)
  pluginNotAllowed: (command: string, context: string) =>
    new Problem(
      'credential_plugin_not_allowed',
      503,
      `Context ${context} wants to run the credential plugin "${command}", which is not on the allow-list.`,
      `The operator may add it to EXEC_PLUGINS.`,
    ),
  pluginMissing: (command: string, context: string, hint: string | undefined) =>
    new Problem(
      'credential_plugin_missing',
      503,
      `Context ${context} needs the credential plugin "${command}", which is not installed on the server.`,
      hint ?? 'Install it where the server runs, on its PATH.',
    ),
  pluginFailed: (command: string, context: string, why: string) =>
    new Problem(
      'credential_plugin_failed',
      503,
      `The credential plugin "${command}" of context ${context} ${why}.`,
      'Run it by hand as the user the server runs as.',
    ),

  ...approvalProblems,
  ...chartProblems,
  ...docsProblems,
  ...helmProblems,
  ...referenceProblems,
} as const

/** Every error becomes a Problem; what is not ours becomes `internal`, without a word of its own text. */
export function toProblem(error: unknown, correlationId: string): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Error && error.name === 'AbortError') return problems.cancelled()
  return problems.internal(correlationId)
}
