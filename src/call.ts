/** One request the API server answered (or did not), for the log line and the metrics. Path without query. */
export interface KubernetesRequest {
  context: string
  method: string
  path: string
  /** HTTP status; 0 where no answer came. */
  status: number
  milliseconds: number
}

/** Who calls. Kind comes from the credential, never from the subject. */
export interface Principal {
  kind: 'agent' | 'person' | 'service'
  subject: string
}

/** What a caller may do; each role may do what those before it may. `none`: what is public. */
export const ROLES = ['none', 'viewer', 'requester', 'approver', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Where a role holds: globs (`*` stands for any characters). An absent list: everywhere. */
export interface Scope {
  contexts?: readonly string[]
  namespaces?: readonly string[]
}

/** What the credential of a call allows. */
export interface Grant {
  role: Role
  /** Groups of the person, for rules of the policy that ask for them. */
  groups: readonly string[]
  scope: Scope
}

/** Who calls and what they may do: what a door finds out about a request. */
export interface Caller {
  principal: Principal
  grant: Grant
}

/** The caller of everybody who has no credential: a loopback server takes them all as one agent. */
export const LOCAL: Caller = {
  principal: { kind: 'agent', subject: 'local' },
  grant: { role: 'requester', groups: [], scope: {} },
}

/** The caller of everybody who has no credential where one is needed: beyond loopback. */
export const ANONYMOUS: Caller = {
  principal: { kind: 'agent', subject: 'anonymous' },
  grant: { role: 'none', groups: [], scope: {} },
}

/** Whether a role may do what `least` may. */
export const hasRole = ({ role }: Grant, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least)

/** `terminal`: the server's own operator, by the socket in DATA_DIR. */
export const DOORS = ['rest', 'mcp', 'stdio', 'terminal'] as const
export type Door = (typeof DOORS)[number]

/** What travels with one call through every layer: who asks, by which door, how to stop it, how to tell how far it is. */
export interface Call extends Caller {
  door: Door
  /** `^[A-Za-z0-9._-]{1,64}$`; on every answer, log line and error. */
  correlationId: string
  /** Fires when the caller leaves, cancels, or the server shuts down. */
  signal: AbortSignal
  /** Tells the caller how far the call is, where the door can. `total` undefined where it is not known. */
  progress(done: number, total: number | undefined, message: string): void
  /** True where somebody listens to `progress`. */
  wantsProgress: boolean
  /** How a change is asked for: its idempotency key, and how many seconds its caller waits for the end. */
  asking?: { idempotencyKey?: string; wait?: number }
  /** Filled by src/kubernetes as requests end. */
  requests: KubernetesRequest[]
}
