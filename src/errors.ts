/** How long a caller should wait, what a Kubernetes refusal named: facts a door may render beside the text. */
export interface ProblemFacts {
  /** Seconds after which the same request may work (HTTP `Retry-After`). */
  retryAfter?: number
  /** Methods a path does take (HTTP `Allow`). */
  allow?: readonly string[]
  /** Fields and reasons that the API server names beside its message (metav1.StatusCause). */
  causes?: readonly RefusalCause[]
}

/** One of the causes of a Kubernetes refusal: what, of which kind (`FieldManagerConflict`), about which field. */
export interface RefusalCause {
  reason?: string
  message?: string
  field?: string
}

/**
 * An error a caller may read: what, where, why. `next` says what to do about it. Made only by the catalogue below.
 * Rendered as `application/problem+json` (RFC 9457) by REST and as a tool result with `isError` by MCP.
 */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly next: string | undefined
  readonly facts: ProblemFacts
  constructor(code: string, status: number, message: string, next?: string, facts: ProblemFacts = {}) {
    super(message)
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.next = next
    this.facts = facts
  }
}

const list = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')

/** " Did you mean …?" where there is something near, else nothing. */
const nearest = (names: readonly string[]) => (names.length === 0 ? undefined : `Did you mean ${list(names)}?`)

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

  // Approvals
  approvalNotFound: (id: string) =>
    new Problem(
      'approval_not_found',
      404,
      `No approval "${id}" that you may see.`,
      'GET /approvals lists those you may see.',
    ),
  alreadyDecided: (id: string, state: string, by: string | undefined) =>
    new Problem(
      'already_decided',
      409,
      `Approval ${id} is already ${state}${by === undefined ? '' : `, by ${by}`}.`,
      'Nothing was changed by this request. Read the approval to see what became of it.',
    ),
  approvalExpired: (id: string) =>
    new Problem(
      'approval_expired',
      409,
      `Approval ${id} has expired: nobody decided in time, or it was not run within 5 minutes of its approval.`,
      'Ask for the change again.',
    ),
  digestMismatch: (id: string) =>
    new Problem(
      'digest_mismatch',
      409,
      `The digest is not that of approval ${id}: what you saw is not what is stored.`,
      'Read the approval again, look at its plan, and send the digest that it shows.',
    ),
  personNeeded: (kind: string) =>
    new Problem(
      'person_needed',
      403,
      `Only a person's credential can decide; this one is ${kind === 'agent' ? 'an agent' : `a ${kind}`}'s.`,
      'A person decides in a terminal (k8s-mcp approvals) or by REST with a token of their own.',
    ),
  notAnApprover: (why: string) =>
    new Problem(
      'not_an_approver',
      403,
      `You may not decide this: ${why}.`,
      'Ask somebody with the role approver there.',
    ),
  ownRequest: (id: string) =>
    new Problem(
      'own_request',
      403,
      `Approval ${id} is your own request, and nobody approves what they asked for themselves.`,
      'Ask another person with the role approver.',
    ),
  confirmationNeeded: (id: string) =>
    new Problem(
      'confirmation_needed',
      403,
      `Approval ${id} is your own request; the policy lets you confirm it, by a second and explicit act.`,
      'Send the same decision again with confirm: true.',
    ),
  alreadyVoted: (id: string) =>
    new Problem(
      'already_voted',
      409,
      `You have already approved ${id}; the policy asks for distinct people.`,
      'Wait for another approver.',
    ),
  notYours: (id: string) =>
    new Problem(
      'not_yours',
      403,
      `Approval ${id} can be cancelled only by who asked for it, or by a voter who takes the vote back.`,
    ),
  decisionNotPossible: (id: string, state: string, act: string) =>
    new Problem(
      'decision_not_possible',
      409,
      `Approval ${id} is ${state}: it cannot be ${act} in that state.`,
      'Read the approval to see what can still be done.',
    ),
  tooManyOpen: (limit: number) =>
    new Problem(
      'too_many_open_approvals',
      429,
      `You already have ${limit} open approvals, which is the most.`,
      'Wait for decisions, or cancel one (cancelApproval).',
      { retryAfter: 30 },
    ),
  idempotencyMismatch: (key: string) =>
    new Problem(
      'idempotency_mismatch',
      422,
      `Idempotency-Key "${key}" was used before for another request.`,
      'Use a new key for a new request.',
    ),
  policyDenied: (rule: string, why: string | undefined) =>
    new Problem(
      'policy_denied',
      403,
      `The policy forbids this (rule "${rule}")${why === undefined ? '' : `: ${why}`}.`,
      'Nobody was asked and nothing was done. The operator of this server owns the policy.',
    ),
  badPolicy: (file: string, faults: readonly string[]) =>
    new Problem(
      'bad_policy',
      500,
      `The policy ${file} cannot be used: ${faults.join('; ')}.`,
      'Correct the file; k8s-mcp policy test shows what it would do.',
    ),
  storeUnavailable: (why: string, next?: string) =>
    new Problem(
      'store_unavailable',
      503,
      `The approval store cannot be used: ${why}.`,
      next ?? 'Reads of the cluster go on; changes and decisions wait until the operator has repaired it.',
    ),
  storeLocked: (path: string) =>
    new Problem(
      'store_locked',
      503,
      `Another process owns the approval store ${path}.`,
      'One server owns a store. Stop the other one, or give this one a DATA_DIR of its own.',
    ),
  storeDamaged: (why: string) =>
    new Problem(
      'store_damaged',
      503,
      `The approval store is damaged: ${why}.`,
      'Stop the server, keep a copy of DATA_DIR, and restore it from a backup. k8s-mcp audit verify shows what is still whole.',
    ),
  clockWentBack: (seconds: number) =>
    new Problem(
      'clock_went_back',
      503,
      `The clock of this machine is ${seconds} s behind the last entry of the approval store: what has expired cannot be told.`,
      'Set the clock right. If the older time was the wrong one, start the server once with --accept-clock.',
    ),

  // What a plan of a change finds, so that nobody is asked
  nothingToChange: (what: string) =>
    new Problem('nothing_to_change', 422, what, 'Nothing has to be approved: it is so already.'),
  ownServer: (what: string) =>
    new Problem(
      'own_server',
      403,
      what,
      'It would be a way around the approvals: do it by hand, outside of this server.',
    ),
  drainBlocked: (node: string, reasons: readonly string[]) =>
    new Problem(
      'drain_blocked',
      422,
      `Node ${node} cannot be drained so: ${reasons.join('; ')}.`,
      'Allow what is meant: force for pods without a controller, deleteEmptyDirData for pods with emptyDir volumes, ignoreDaemonSets for DaemonSets.',
    ),
  fieldConflicts: (detail: string) =>
    new Problem(
      'field_conflict',
      409,
      detail,
      'Leave these fields out of the manifest, or ask with force to take them; the plan then shows it.',
    ),
} as const

/** Every error becomes a Problem; what is not ours becomes `internal`, without a word of its own text. */
export function toProblem(error: unknown, correlationId: string): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Error && error.name === 'AbortError') return problems.cancelled()
  return problems.internal(correlationId)
}
