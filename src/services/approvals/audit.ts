import { createHash } from 'node:crypto'
import type { Principal } from '../../call.ts'
import { scrubValue } from '../safety/scrub-text.ts'
import { canonical } from './canonical.ts'
import { type Instant, principalKey } from './types.ts'

/** What is to be written down about one event. Secrets are masked before it is stored. */
export interface AuditEntry {
  event: string
  principal: Principal
  correlationId?: string
  door?: string
  /** Anything else a reader needs: rule of the policy, reason, digest. Small. */
  detail?: Readonly<Record<string, unknown>>
}

/** One row of the audit. `hash` covers every other field and, by `prev`, all rows before. */
export interface AuditRow {
  seq: number
  at: Instant
  event: string
  principal: string
  approval?: string
  version?: number
  state?: string
  correlationId?: string
  door?: string
  detail?: Readonly<Record<string, unknown>>
  prev: string
  hash: string
}

/** The end of the chain: what an acknowledgement carries, so that a tail that was cut off shows. */
export interface AuditHead {
  seq: number
  head: string
}

/** Before the first row. */
export const START: AuditHead = { seq: 0, head: '0'.repeat(64) }

/** Which approval a row is about, and what became of it. */
export interface About {
  approval: string
  version: number
  state: string
}

/** The row that follows a head. */
export function rowAfter(head: AuditHead, at: Instant, entry: AuditEntry, about?: About): AuditRow {
  const { event, principal, correlationId, door, detail } = entry
  const row = {
    seq: head.seq + 1,
    at,
    event,
    principal: principalKey(principal),
    ...about,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(door === undefined ? {} : { door }),
    ...(detail === undefined ? {} : { detail: masked(detail) }),
    prev: head.head,
  }
  return { ...row, hash: hashOf(row) }
}

// Through JSON, so that what is hashed is what will be read back.
function masked(detail: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain: Record<string, unknown> = JSON.parse(JSON.stringify(detail))
  return scrubValue(plain)
}

export function hashOf(row: Omit<AuditRow, 'hash'>): string {
  return createHash('sha256').update(canonical(row)).digest('hex')
}

/** What a check of the chain found. */
export interface Verified {
  rows: number
  head: AuditHead
  /** The first row that is not as it was written, and what is wrong with it. */
  fault?: { seq: number; text: string }
}

/**
 * Checks a chain from its first row: each altered, removed, inserted or reordered row is found, up to the end of what is given. A tail
 * that was cut off, or a chain made anew, shows only against a head that somebody kept: `expected`.
 */
export async function verifyAudit(
  rows: AsyncIterable<AuditRow> | Iterable<AuditRow>,
  expected?: AuditHead,
): Promise<Verified> {
  let head = START
  for await (const row of rows) {
    const text = faultOf(row, head) ?? anew(row, expected)
    if (text !== undefined) return { rows: head.seq, head, fault: { seq: head.seq + 1, text } }
    head = { seq: row.seq, head: row.hash }
  }
  if (expected === undefined || expected.seq <= head.seq) return { rows: head.seq, head }
  const text = `the chain ends before row ${expected.seq} of the given head: its tail was cut off`
  return { rows: head.seq, head, fault: { seq: head.seq + 1, text } }
}

const anew = (row: AuditRow, expected: AuditHead | undefined) =>
  row.seq === expected?.seq && row.hash !== expected.head
    ? 'it is not the row of the given head: the chain was made anew'
    : undefined

function faultOf(row: AuditRow, before: AuditHead): string | undefined {
  if (row.seq !== before.seq + 1)
    return `row ${before.seq + 1} should follow, and it is row ${row.seq}: rows were removed or reordered`
  if (row.prev !== before.head) return 'it does not follow the row before: rows were removed, inserted or reordered'
  const { hash, ...rest } = row
  return hashOf(rest) === hash ? undefined : 'it was altered'
}

/** The rows of a store from the first on, page by page, so that an audit of any length fits into memory. */
export async function* allRows(
  page: (after: number, limit: number) => Promise<AuditRow[]>,
  size = 1000,
): AsyncGenerator<AuditRow> {
  for (let rows = await page(0, size); rows.length > 0; rows = await page(rows.at(-1)?.seq ?? 0, size)) yield* rows
}

/** The audit as JSON lines: one row a line, each as it was hashed. */
export async function* exportAudit(rows: AsyncIterable<AuditRow>): AsyncGenerator<string> {
  for await (const row of rows) yield `${canonical(row)}\n`
}
