import type { DatabaseSync } from 'node:sqlite'
import type { Principal } from '../../call.ts'
import { type Problem, problems } from '../../errors.ts'
import type { StoredToken } from '../principals/token.ts'
import { type About, type AuditEntry, type AuditHead, type AuditRow, rowAfter, START } from './audit.ts'
import { canonical } from './canonical.ts'
import { GroupCommit } from './group-commit.ts'
import { approvalOf, auditRowOf, bytesOf, happenedOf, textOf, tokenOf } from './sqlite-rows.ts'
import { openDatabase } from './sqlite-open.ts'
import { type Statements, statementsOf } from './sqlite-statements.ts'
import { isFinal, next, STATES, type State } from './states.ts'
import type { Added, ApprovalStore, Filter, Happened, Listener, Move, NewApproval, Sealed, Written } from './store.ts'
import { type Approval, type Instant, principalKey } from './types.ts'

/** A clock that is corrected by less than this goes unnoticed: time then stands still in the store until it is caught up. */
const TOLERANCE = 5_000

export interface SqliteOptions {
  path: string
  /** Id of the key that seals what it holds: a store opened with another key could not be read later. */
  keyId: string
  /** Wall clock, in milliseconds. */
  clock?: () => Instant
  /** Takes a clock that is behind the last entry: the operator says that the older time was the wrong one. */
  acceptClock?: boolean
}

const SERVER: Principal = { kind: 'service', subject: 'k8s-mcp' }

/** The store in one SQLite file, owned by one process. Throws as {@link openDatabase}, and `store_unavailable` for another key. */
export async function openSqliteStore(
  options: SqliteOptions,
  database: DatabaseSync = openDatabase(options.path),
): Promise<ApprovalStore> {
  try {
    const store = new SqliteStore(database, options)
    await store.begin(options)
    return store
  } catch (error) {
    database.close()
    throw error
  }
}

class SqliteStore implements ApprovalStore {
  readonly #database: DatabaseSync
  readonly #commits: GroupCommit
  readonly #sql: Statements
  readonly #clock: () => Instant
  readonly #listeners = new Set<Listener>()
  #last: Instant
  #epoch = 0

  constructor(database: DatabaseSync, { path, clock = Date.now }: SqliteOptions) {
    this.#database = database
    this.#commits = new GroupCommit(database, path)
    this.#sql = statementsOf(database)
    this.#clock = clock
    this.#last = this.#lastRow()?.at ?? 0
  }

  get epoch(): number {
    return this.#epoch
  }

  get problem(): Problem | undefined {
    return this.#commits.problem ?? this.#clockFault(this.#clock())
  }

  /** Takes the store over: a new epoch, on disk before anything else is done with it. */
  async begin({ keyId, acceptClock = false }: SqliteOptions): Promise<void> {
    const stored = this.#meta('key')
    if (stored !== undefined && stored !== keyId)
      throw problems.storeUnavailable(
        `it was sealed with key ${stored}, and DATA_KEY_FILE holds key ${keyId}`,
        'Put the key file back that belongs to this store.',
      )
    const epoch = Number(this.#meta('epoch') ?? 0) + 1
    if (acceptClock) this.#last = Math.min(this.#last, this.#clock())
    const detail = { epoch, ...(acceptClock ? { acceptClock } : {}) }
    await this.#write(() => {
      this.#sql.setMeta.run('key', keyId)
      this.#sql.setMeta.run('epoch', String(epoch))
      return this.#append({ event: 'store_opened', principal: SERVER, detail })
    })
    this.#epoch = epoch
  }

  now(): Instant {
    const wall = this.#clock()
    const fault = this.#clockFault(wall)
    if (fault !== undefined) throw fault
    return Math.max(wall, this.#last)
  }

  #clockFault(wall: Instant): Problem | undefined {
    const behind = this.#last - wall
    return behind > TOLERANCE ? problems.clockWentBack(Math.ceil(behind / 1000)) : undefined
  }

  add(approval: NewApproval, most: number, audit: AuditEntry): Promise<Added> {
    return this.#write((happened): Added => {
      const known = this.#same(approval)
      if (known !== undefined) return { added: false, approval: known }
      const requester = principalKey(approval.requester)
      const open = Number(this.#sql.countOpen.get(requester)?.['open'] ?? 0)
      if (open >= most) throw problems.tooManyOpen(most)
      const stored: Approval = { ...approval, version: 1, state: 'preparing' }
      this.#sql.insert.run(stored.id, stored.version, JSON.stringify(stored))
      return { added: true, approval: stored, head: this.#append(audit, stored, happened) }
    })
  }

  #same({ requester, sameness, idempotencyKey }: NewApproval): Approval | undefined {
    const who = principalKey(requester)
    const keyed = idempotencyKey === undefined ? undefined : this.#sql.byKey.get(who, idempotencyKey)
    if (keyed === undefined) return approvalOf(this.#sql.bySameness.get(who, sameness))
    const approval = approvalOf(keyed)
    if (approval?.sameness !== sameness) throw problems.idempotencyMismatch(idempotencyKey ?? '')
    return approval
  }

  move(move: Move): Promise<Written | undefined> {
    return this.#write((happened): Written | undefined => {
      const before = approvalOf(this.#sql.byId.get(move.id))
      if (before === undefined || before.version !== move.version) return undefined
      if (move.epoch !== undefined && before.run?.epoch !== move.epoch) return undefined
      const state = next(before.state, move.event)
      if (state === undefined) return undefined
      const approval = this.#after(before, state, move)
      this.#update(approval, move.version)
      if (move.event === 'claim') this.#claim(approval)
      if (move.request !== undefined) this.#sql.sealRequest.run(move.id, move.request)
      if (move.ending !== undefined) this.#sql.sealEnding.run(move.id, move.ending)
      return { approval, head: this.#append(move.audit, approval, happened) }
    })
  }

  // What was compared is compared again by the statement itself.
  #update(approval: Approval, from: number): void {
    const { changes } = this.#sql.update.run(approval.version, JSON.stringify(approval), approval.id, from)
    if (changes !== 1) throw new Error(`Approval ${approval.id} is not at version ${from}.`)
  }

  #after(before: Approval, state: State, { patch }: Move): Approval {
    const ended = isFinal(state) ? { finalAt: this.now() } : {}
    return { ...before, ...patch, ...ended, state, version: before.version + 1 }
  }

  // The primary key refuses a second run, whatever was compared before.
  #claim({ id, run }: Approval): void {
    if (run === undefined) throw new Error('A claim without a run.')
    this.#sql.insertRun.run(id, run.id, run.epoch)
  }

  audit(entry: AuditEntry): Promise<AuditHead> {
    return this.#write(() => this.#append(entry))
  }

  async get(id: string): Promise<Approval | undefined> {
    return approvalOf(this.#sql.byId.get(id))
  }

  async sealed(id: string): Promise<Sealed> {
    const row = this.#sql.sealed.get(id)
    const [request, ending] = [bytesOf(row?.['request']), bytesOf(row?.['ending'])]
    return { ...(request === undefined ? {} : { request }), ...(ending === undefined ? {} : { ending }) }
  }

  async list({ states = STATES, requester, before, limit }: Filter): Promise<Approval[]> {
    const common = { states: JSON.stringify(states), before: before ?? null, limit }
    const rows =
      requester === undefined
        ? this.#sql.list.all(common)
        : this.#sql.listOf.all({ ...common, requester: principalKey(requester) })
    return rows.flatMap(asApproval)
  }

  async count(states: readonly State[]): Promise<number> {
    return Number(this.#sql.count.get(JSON.stringify(states))?.['count'] ?? 0)
  }

  async due(now: Instant, limit: number): Promise<Approval[]> {
    return this.#sql.due.all(now, now + TOLERANCE, limit).flatMap(asApproval)
  }

  async wipeable(before: Instant, limit: number): Promise<Approval[]> {
    return this.#sql.wipeable.all(before, limit).flatMap(asApproval)
  }

  wipe(id: string, audit: AuditEntry): Promise<AuditHead | undefined> {
    return this.#write(() => {
      const approval = approvalOf(this.#sql.byId.get(id))
      if (approval === undefined || !isFinal(approval.state) || approval.wipedAt !== undefined) return undefined
      this.#sql.unseal.run(id)
      const wiped = { ...approval, wipedAt: this.now() }
      this.#update(wiped, wiped.version)
      return this.#append({ ...audit, detail: { ...audit.detail, approval: id } })
    })
  }

  async happened(after: number, limit: number): Promise<Happened[]> {
    return this.#sql.happened.all(after, limit).map((row) => happenedOf(auditRowOf(row)))
  }

  onHappened(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async auditRows(after: number, limit: number): Promise<AuditRow[]> {
    return this.#sql.audit.all(after, limit).map(auditRowOf)
  }

  async head(): Promise<AuditHead> {
    return this.#head()
  }

  async contexts(): Promise<ReadonlyMap<string, string>> {
    const rows = this.#sql.contexts.all()
    return new Map(rows.map(({ principal, context }) => [String(principal), String(context)]))
  }

  setContext(principal: Principal, context: string, audit: AuditEntry): Promise<AuditHead> {
    return this.#write(() => {
      this.#sql.setContext.run(principalKey(principal), context)
      return this.#append(audit)
    })
  }

  async tokens(): Promise<StoredToken[]> {
    return this.#sql.tokens.all().map(tokenOf)
  }

  addToken(token: StoredToken, audit: AuditEntry): Promise<AuditHead> {
    return this.#write(() => {
      this.#sql.insertToken.run(JSON.stringify(token))
      return this.#append(audit)
    })
  }

  revokeToken(id: string, at: Instant, audit: AuditEntry): Promise<AuditHead | undefined> {
    return this.#write(() => {
      const { changes } = this.#sql.revokeToken.run(at, id)
      return changes === 1 ? this.#append(audit) : undefined
    })
  }

  async close(): Promise<void> {
    await this.#commits.submit(() => undefined).catch(() => undefined)
    if (this.#database.isOpen) this.#database.close()
  }

  // Listeners hear of an event only when it is durable. Promises of one group resolve in order, and so do the callbacks.
  async #write<T>(work: (happened: AuditRow[]) => T): Promise<T> {
    const happened: AuditRow[] = []
    const result = await this.#commits.submit(() => work(happened))
    for (const row of happened) for (const listener of this.#listeners) listener(happenedOf(row), row)
    return result
  }

  #append(entry: AuditEntry, approval?: Approval, happened?: AuditRow[]): AuditHead {
    const at = this.now()
    const about: About | undefined =
      approval === undefined ? undefined : { approval: approval.id, version: approval.version, state: approval.state }
    const row = rowAfter(this.#head(), at, entry, about)
    this.#sql.insertAudit.run(row.seq, canonical(row))
    this.#last = at
    if (about !== undefined) happened?.push(row)
    return { seq: row.seq, head: row.hash }
  }

  #head(): AuditHead {
    const last = this.#lastRow()
    return last === undefined ? START : { seq: last.seq, head: last.hash }
  }

  #lastRow(): AuditRow | undefined {
    const row = this.#sql.lastAudit.get()
    return row === undefined ? undefined : auditRowOf(row)
  }

  #meta(name: string): string | undefined {
    return textOf(this.#sql.meta.get(name)?.['value'])
  }
}

function asApproval(row: Record<string, unknown>): Approval[] {
  const approval = approvalOf(row)
  return approval === undefined ? [] : [approval]
}
