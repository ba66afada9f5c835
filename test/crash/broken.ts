import { DatabaseSync } from 'node:sqlite'
import { next } from '../../src/services/approvals/states.ts'
import type { ApprovalStore, Move, Written } from '../../src/services/approvals/store.ts'
import type { Approval } from '../../src/services/approvals/types.ts'

/**
 * Defects that the harness has to catch, each built into one process from outside:
 * `no_fsync`: SQLite is told to sync, says that it does, and then does not. `fsync_refused`: it would never sync, and says so.
 * `claim_after_send`: that it runs is written down only once it has run. `no_compare_and_set`: whoever comes writes, whatever was there.
 */
export const VARIANTS = ['no_fsync', 'fsync_refused', 'claim_after_send', 'no_compare_and_set'] as const
export type Variant = (typeof VARIANTS)[number]

export const isVariant = (text: unknown): text is Variant => VARIANTS.some((each) => each === text)

/** Builds a defect of SQLite into this process. To be called before a store is opened. */
export function breakSqlite(variant: Variant): void {
  if (variant === 'no_fsync') loseSyncs('BEGIN IMMEDIATE')
  if (variant === 'fsync_refused') loseSyncs('PRAGMA synchronous')
}

/** Builds a defect into an open store. */
export function breakStore(store: ApprovalStore, variant: Variant): void {
  if (variant === 'claim_after_send') claimLate(store)
  if (variant === 'no_compare_and_set') writeAnyway(store)
}

/** Turns `synchronous` off where a statement begins like this: in its place where it would turn it on, else just before it. */
function loseSyncs(beginning: string): void {
  const { prototype } = DatabaseSync
  const exec: (this: DatabaseSync, sql: string) => void = Object.getOwnPropertyDescriptor(prototype, 'exec')?.value
  prototype.exec = function execute(sql) {
    const meant = sql.startsWith(beginning)
    if (meant) exec.call(this, 'PRAGMA synchronous = OFF')
    if (!meant || !sql.startsWith('PRAGMA synchronous')) exec.call(this, sql)
  }
}

// The claim and all that follows it stay in memory until the run has ended.
function claimLate(store: ApprovalStore): void {
  const move = store.move.bind(store)
  const get = store.get.bind(store)
  const running = new Map<string, { approval: Approval; claim: Move }>()
  store.get = async (id) => running.get(id)?.approval ?? get(id)
  store.move = async (one): Promise<Written | undefined> => {
    const { approval, claim = one } = running.get(one.id) ?? { approval: await get(one.id) }
    const state = approval && next(approval.state, one.event)
    const run = one.patch?.run ?? approval?.run
    if (approval === undefined || state === undefined || run === undefined) return move(one)
    const after = { ...approval, ...one.patch, state, version: approval.version + 1 }
    if (state === 'executing') {
      running.set(one.id, { approval: after, claim })
      return { approval: after, head: await store.head() }
    }
    running.delete(one.id)
    const claimed = await move({ ...claim, patch: { run } })
    return claimed && move({ ...one, version: claimed.approval.version })
  }
}

// Lost updates: a move is written over whatever has been written since its mover has read.
function writeAnyway(store: ApprovalStore): void {
  const move = store.move.bind(store)
  const get = store.get.bind(store)
  store.move = async (one) => {
    const now = await get(one.id)
    const { id, event, patch = {}, audit } = one
    const sealed = { ...(one.request && { request: one.request }), ...(one.ending && { ending: one.ending }) }
    return move({ id, event, patch, audit, ...sealed, version: now?.version ?? one.version })
  }
}
