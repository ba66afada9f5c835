import type { Principal } from '../../call.ts'
import type { Problem } from '../../errors.ts'
import type { StoredToken } from '../principals/token.ts'
import type { AuditEntry, AuditHead, AuditRow } from './audit.ts'
import type { Event, State } from './states.ts'
import type { Approval, Instant } from './types.ts'

/** What an event changes beside the state. The store itself keeps id, version, state and finalAt. */
export type Patch = Partial<
  Omit<Approval, 'id' | 'version' | 'state' | 'finalAt' | 'requester' | 'createdAt' | 'sameness'>
>

/** A new approval before it has a state. */
export type NewApproval = Omit<Approval, 'version' | 'state' | 'finalAt'>

/** One event for one approval. */
export interface Move {
  id: string
  /** The version that the mover has read: compare-and-set. */
  version: number
  event: Event
  /** Only while the run belongs to this server. */
  epoch?: number
  patch?: Patch
  /** Sealed halves to store with it. */
  request?: Uint8Array
  ending?: Uint8Array
  audit: AuditEntry
}

/** An approval after a write, and the head of the audit that includes it. Durable when the caller gets it. */
export interface Written {
  approval: Approval
  head: AuditHead
}

export type Added = ({ added: true } & Written) | { added: false; approval: Approval }

export interface Sealed {
  request?: Uint8Array
  ending?: Uint8Array
}

export interface Filter {
  states?: readonly State[]
  requester?: Principal
  /** Only older ones than this approval: the id of the last one of the page before. */
  before?: string
  limit: number
}

/** A durable event of an approval, as listeners and streams get it. */
export interface Happened {
  /** Position in the audit: what a stream is resumed by. */
  seq: number
  /** Hash of that row of the audit: who keeps it can tell later that the chain is the same. */
  head: string
  id: string
  event: string
  version: number
  state: State
}

export type Listener = (happened: Happened, row: AuditRow) => void

/**
 * Where approvals, votes, runs, the audit, the principals' contexts and their tokens live. Each write is one atomic and durable step together with
 * its audit row; a promise that has resolved survives a power cut. Every write throws `store_unavailable`, `store_damaged` or
 * `clock_went_back` and then has changed nothing. test/approvals/store-conformance.ts says what a backend must do.
 */
export interface ApprovalStore {
  /** Number of this server among those that have owned the store. */
  readonly epoch: number
  /** Why nothing more can be written by this server; undefined: as far as it knows, it can. */
  readonly problem: Problem | undefined
  /** Time for what is written: never before what was written last. Throws `clock_went_back`. */
  now(): Instant
  /**
   * Stores a new approval in state `preparing`, unless its requester has the same one open or used its idempotency key before: then gives
   * that one. Throws `too_many_open_approvals` where the requester has `most` open, `idempotency_mismatch`.
   */
  add(approval: NewApproval, most: number, audit: AuditEntry): Promise<Added>
  /** Applies one event. Undefined where another was first (version or epoch differ) or the machine does not allow it: nothing has changed then. */
  move(move: Move): Promise<Written | undefined>
  /** Writes a row that belongs to no transition: a refusal, a token, a policy. */
  audit(entry: AuditEntry): Promise<AuditHead>

  get(id: string): Promise<Approval | undefined>
  sealed(id: string): Promise<Sealed>
  /** Newest first. */
  list(filter: Filter): Promise<Approval[]>
  count(states: readonly State[]): Promise<number>
  /** Open ones whose time is over, and those from a time that has not come (the clock was wrong). */
  due(now: Instant, limit: number): Promise<Approval[]>
  /** Final before `before`, and still with a sealed half. */
  wipeable(before: Instant, limit: number): Promise<Approval[]>
  /** Removes the sealed halves of a final approval. */
  wipe(id: string, audit: AuditEntry): Promise<AuditHead | undefined>

  /** Events of approvals after a position, in order. */
  happened(after: number, limit: number): Promise<Happened[]>
  /** Calls back after each durable event, in order, with the row of the audit that it is. Returns how to stop it. */
  onHappened(listener: Listener): () => void

  auditRows(after: number, limit: number): Promise<AuditRow[]>
  head(): Promise<AuditHead>

  /** The current context of each principal that has switched (by `principalKey`). */
  contexts(): Promise<ReadonlyMap<string, string>>
  setContext(principal: Principal, context: string, audit: AuditEntry): Promise<AuditHead>

  /** Every token that was ever made, oldest first. */
  tokens(): Promise<StoredToken[]>
  addToken(token: StoredToken, audit: AuditEntry): Promise<AuditHead>
  /** Undefined where there is none of that id, or it was revoked before. */
  revokeToken(id: string, at: Instant, audit: AuditEntry): Promise<AuditHead | undefined>

  /** Waits for what was begun, then lets go of the store. */
  close(): Promise<void>
}
