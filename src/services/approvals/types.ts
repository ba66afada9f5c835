import type { Door, Principal, Scope } from '../../call.ts'
import type { Plan, Risk } from '../changes/plan.ts'
import type { State } from './states.ts'

/** Milliseconds since 1970-01-01 UTC. */
export type Instant = number

/** Which cluster an approval is for: a context's name alone can come to mean another one. */
export interface ClusterIdentity {
  server: string
  /** SHA-256 of the CA certificates, where the context names some. */
  caFingerprint?: string
  /** uid of the namespace kube-system, where it may be read. */
  uid?: string
}

/** The `server` of a change that is in no cluster: a setting that this server keeps for a caller. */
export const OWN_STATE = 'k8s-mcp'

/** Who the API server says that we are (SelfSubjectReview). */
export interface ExecutingIdentity {
  username: string
  uid?: string
  groups?: readonly string[]
}

/** A plan, and where and as whom it was made. */
export interface Planned {
  plan: Plan<unknown>
  cluster: ClusterIdentity
  identity: ExecutingIdentity
}

/** What a policy says about one request. */
export interface Verdict {
  decision: 'deny' | 'require' | 'auto'
  /** Name of the rule that decided; `default` where none matched. */
  rule: string
  /** Why, in a sentence: the text of a deny, or why an `auto` rule did not count. */
  text?: string
  /** Distinct people who must approve. 0 for auto. */
  approvers: number
  /** Of each list at least one group must be the approver's. */
  groups: readonly (readonly string[])[]
  /** Seconds that the request may wait. */
  ttl?: number
  /** Whether the person who asked may confirm, by a second act. */
  self: boolean
}

export interface Vote {
  by: Principal
  at: Instant
  reason?: string
}

/** The one run of an approval. */
export interface Run {
  /** Goes into Audit-ID, field manager and annotations. */
  id: string
  /** The server that runs it; a server that was replaced cannot write under an older number. */
  epoch: number
  claimedAt: Instant
  /** Durable before the first byte of the first write leaves. Absent: nothing was sent. */
  sentAt?: Instant
  /** Who asked to stop it between two steps. */
  stopBy?: Principal
  done?: number
  total?: number
  message?: string
  /** Process group of the program that does it (`processGroupAlive`), which may outlive this server. */
  processGroup?: string
}

/** A request for a change and what became of it: everything that is safe to list. The plan, input and result are sealed beside it. */
export interface Approval {
  id: string
  /** Grows by one with each event. */
  version: number
  state: State
  operation: string
  requester: Principal
  door: Door
  correlationId: string
  context: string
  /** Namespaces of the objects it is about. */
  namespaces: readonly string[]
  createdAt: Instant
  expiresAt: Instant
  /** Hash of who asks for what, keyed: the same question gets the same approval. */
  sameness: string
  idempotencyKey?: string
  summary?: string
  risk?: Risk
  digest?: string
  policyVersion?: string
  verdict?: Verdict
  votes: readonly Vote[]
  approvedAt?: Instant
  finalAt?: Instant
  /** Who denied, cancelled or resolved it. */
  endedBy?: Principal
  /** Why it ended as it did, for the reader. */
  reason?: string
  run?: Run
  wipedAt?: Instant
}

/** The sealed half that never changes once it was planned. */
export interface Request extends Planned {
  input: unknown
  /** Where its requester may act: the plan made again reads no more than the first one. */
  scope: Scope
}

/** The sealed half that execution adds. */
export interface Ending {
  /** What the change answered. */
  output?: unknown
  /** What differs from what was approved, where it became stale. */
  differs?: readonly string[]
}

export const samePrincipal = (a: Principal, b: Principal): boolean => a.kind === b.kind && a.subject === b.subject

/** One word for a principal, in the store and the audit: `agent:local`. */
export const principalKey = ({ kind, subject }: Principal): string => `${kind}:${subject}`
