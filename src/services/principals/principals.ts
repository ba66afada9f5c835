import { timingSafeEqual } from 'node:crypto'
import { Compile } from 'typebox/compile'
import type { Caller } from '../../call.ts'
import { problems } from '../../errors.ts'
import { type Acting, entry } from '../approvals/core.ts'
import type { ApprovalStore } from '../approvals/store.ts'
import type { Instant } from '../approvals/types.ts'
import { hashOf, isToken, newId, newToken, type StoredToken, type TokenRecord, TokenSpec } from './token.ts'

/** Who a token stands for, and which token it was. */
export interface Authenticated extends Caller {
  readonly tokenId: string
}

/** A token as it is listed. `lastUsedAt`: since this server started. */
export interface ListedToken extends TokenRecord {
  lastUsedAt?: Instant
}

export interface PrincipalsOptions {
  store: Pick<ApprovalStore, 'tokens' | 'addToken' | 'revokeToken'>
  /** Subject of the person who runs this server: known without a token, by the socket in DATA_DIR. */
  operator: string
  /** Wall clock, in milliseconds. */
  clock?: () => Instant
}

interface Held {
  readonly hash: Buffer
  record: TokenRecord
  readonly caller: Authenticated
  lastUsedAt?: Instant
}

/** Names that callers without a token have. */
const RESERVED = new Set(['agent:local', 'agent:anonymous', 'service:k8s-mcp'])
const LONGEST_TIMER = 2 ** 31 - 1

const spec = Compile(TokenSpec)

/** Whom this server knows: the tokens that were made, and whether they hold. All of them are in memory; each change is durable first. */
export class Principals {
  readonly #store: PrincipalsOptions['store']
  readonly #operator: string
  readonly #clock: () => Instant
  readonly #byHash = new Map<string, Held>()
  readonly #byId = new Map<string, Held>()
  readonly #listeners = new Set<() => void>()
  #latest: Instant = 0
  #timer: NodeJS.Timeout | undefined

  private constructor({ store, operator, clock = Date.now }: PrincipalsOptions) {
    this.#store = store
    this.#operator = operator
    this.#clock = clock
  }

  /** Reads every token of the store. Throws `store_damaged`. */
  static async open(options: PrincipalsOptions): Promise<Principals> {
    const principals = new Principals(options)
    for (const token of await options.store.tokens()) principals.#remember(token)
    principals.#wake()
    return principals
  }

  /** Makes a token. Its text is in this answer and nowhere else. Throws `bad_input`, `store_unavailable`. */
  async create(wanted: TokenSpec, acting: Acting): Promise<{ token: string; record: TokenRecord }> {
    const now = this.#now()
    const record = recordOf(wanted, now)
    const token = newToken(record.kind)
    const stored = { ...record, hash: hashOf(token).toString('hex') }
    const { createdAt: _, ...about } = record
    await this.#store.addToken(stored, entry('token_created', acting, about))
    this.#remember(stored)
    this.#changed()
    return { token, record }
  }

  /** In the order in which they were made, those that hold no longer included. */
  list(): ListedToken[] {
    return [...this.#byId.values()].map(({ record, lastUsedAt }) => ({
      ...record,
      ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    }))
  }

  /**
   * Ends a token at once. Where that cannot be stored it is ended all the same as long as this server runs, and the call throws
   * `store_unavailable`. Throws `token_not_found`.
   */
  async revoke(id: string, acting: Acting): Promise<TokenRecord> {
    const held = this.#byId.get(id)
    if (held === undefined) throw problems.tokenNotFound(id.slice(0, 64))
    const { kind, subject, role, revokedAt = this.#now() } = held.record
    held.record = { ...held.record, revokedAt }
    this.#changed()
    await this.#store.revokeToken(id, revokedAt, entry('token_revoked', acting, { id, kind, subject, role }))
    return held.record
  }

  /** Whose token this is; undefined where nobody's, or where it holds no longer. */
  authenticate(token: string): Authenticated | undefined {
    const held = this.#find(token)
    if (held === undefined || this.#whyEnded(held) !== undefined) return undefined
    held.lastUsedAt = this.#now()
    return held.caller
  }

  /** Why a token is not accepted, for who sent it. Says more only to who has held it. */
  whyNot(token: string): { why: string; id?: string } {
    const held = this.#find(token)
    if (held === undefined) return { why: 'no such token is known here' }
    return { why: this.#whyEnded(held) ?? 'it was not accepted', id: held.record.id }
  }

  /** Whether the token of this id holds. */
  holds(id: string): boolean {
    const held = this.#byId.get(id)
    return held !== undefined && this.#whyEnded(held) === undefined
  }

  /** How many people are known: the operator, and the holders of people's tokens that hold. */
  persons(): number {
    const subjects = [...this.#byId.values()]
      .filter((held) => held.record.kind === 'person' && this.#whyEnded(held) === undefined)
      .map(({ record }) => record.subject)
    return new Set([this.#operator, ...subjects]).size
  }

  /** Calls back whenever a token was made, or ended by revocation or expiry. Returns how to stop it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#listeners.clear()
  }

  // The map is asked by a hash, whose bytes a caller cannot steer towards a stored one; what is found is still compared whole, in a
  // time that does not tell where it differs.
  #find(token: string): Held | undefined {
    if (!isToken(token)) return undefined
    const hash = hashOf(token)
    const held = this.#byHash.get(hash.toString('hex'))
    return held !== undefined && timingSafeEqual(held.hash, hash) ? held : undefined
  }

  #whyEnded({ record: { revokedAt, expiresAt } }: Held): string | undefined {
    if (revokedAt !== undefined) return 'it was revoked'
    return expiresAt !== undefined && expiresAt <= this.#now() ? 'it has expired' : undefined
  }

  #remember({ hash, ...record }: StoredToken): void {
    const { id, kind, subject, role, groups, scope } = record
    const caller = { tokenId: id, principal: { kind, subject }, grant: { role, groups, scope } }
    const held = { hash: Buffer.from(hash, 'hex'), record, caller }
    this.#byHash.set(hash, held)
    this.#byId.set(id, held)
  }

  // What has expired stays so, also where the clock goes back.
  #now(): Instant {
    this.#latest = Math.max(this.#latest, this.#clock())
    return this.#latest
  }

  #changed(): void {
    this.#wake()
    for (const listener of this.#listeners) listener()
  }

  /** Sets the alarm for the next token that expires. */
  #wake(): void {
    clearTimeout(this.#timer)
    const ends = [...this.#byId.values()].flatMap((held) => {
      const { expiresAt } = held.record
      return expiresAt === undefined || this.#whyEnded(held) !== undefined ? [] : [expiresAt]
    })
    if (ends.length === 0) return
    const next = Math.min(...ends)
    // A timer may fire a hair early, and none is longer than LONGEST_TIMER.
    const ring = () => (this.#now() < next ? this.#wake() : this.#changed())
    this.#timer = setTimeout(ring, Math.min(next - this.#now(), LONGEST_TIMER)).unref()
  }
}

function recordOf(wanted: TokenSpec, now: Instant): TokenRecord {
  if (!spec.Check(wanted)) throw problems.badInput(`The token cannot be made: ${faultsOf(wanted)}.`)
  const { kind, subject, role, groups = [], contexts, namespaces, expiresAt } = wanted
  if (RESERVED.has(`${kind}:${subject}`))
    throw problems.badInput(`The token cannot be made: ${kind} "${subject}" is a name this server gives itself.`)
  if (expiresAt !== undefined && expiresAt <= now)
    throw problems.badInput('The token cannot be made: the time at which it expires is over.')
  const scope = {
    ...(contexts === undefined ? {} : { contexts }),
    ...(namespaces === undefined ? {} : { namespaces }),
  }
  const end = expiresAt === undefined ? {} : { expiresAt }
  return { id: newId(), kind, subject, role, groups, scope, createdAt: now, ...end }
}

function faultsOf(wanted: unknown): string {
  const faults = spec.Errors(wanted).map(({ instancePath, message, params }) => {
    const options = 'allowedValues' in params ? ` (${params.allowedValues.join(', ')})` : ''
    return `${instancePath.slice(1).replaceAll('/', '.') || 'it'} ${message}${options}`
  })
  return [...new Set(faults)].join('; ')
}
