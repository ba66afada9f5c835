import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { type Door, DOORS } from '../../call.ts'
import { problems } from '../../errors.ts'
import { type StoredToken, TokenRecord } from '../principals/token.ts'
import type { AuditRow } from './audit.ts'
import { type State, STATES } from './states.ts'
import type { Happened } from './store.ts'
import type { Approval } from './types.ts'

// A file can be edited by other hands: what comes out of it is checked before it is believed.
const text = Type.String()
const instant = Type.Integer()
const principal = Type.Object({
  kind: Type.Union([Type.Literal('agent'), Type.Literal('person'), Type.Literal('service')]),
  subject: text,
})
const state = Type.Unsafe<State>({ type: 'string', enum: [...STATES] })
const door = Type.Unsafe<Door>({ type: 'string', enum: [...DOORS] })

const storedApproval = Compile(
  Type.Unsafe<Approval>(
    Type.Object({
      id: text,
      version: Type.Integer(),
      state,
      operation: text,
      requester: principal,
      door,
      context: text,
      namespaces: Type.Array(text),
      createdAt: instant,
      expiresAt: instant,
      sameness: text,
      digest: Type.Optional(text),
      policyVersion: Type.Optional(text),
      approvedAt: Type.Optional(instant),
      votes: Type.Array(Type.Object({ by: principal, at: instant })),
      verdict: Type.Optional(
        Type.Object({
          decision: text,
          rule: text,
          approvers: Type.Integer(),
          groups: Type.Array(Type.Array(text)),
          self: Type.Boolean(),
        }),
      ),
      run: Type.Optional(
        Type.Object({ id: text, epoch: Type.Integer(), claimedAt: instant, sentAt: Type.Optional(instant) }),
      ),
    }),
  ),
)

const storedAudit = Compile(
  Type.Unsafe<AuditRow>(
    Type.Object({ seq: Type.Integer(), at: instant, event: text, principal: text, prev: text, hash: text }),
  ),
)

const storedToken = Compile(
  Type.Object({ ...TokenRecord.properties, hash: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
)

/** The token of a row. Throws `store_damaged`. */
export function tokenOf(row: Record<string, unknown>): StoredToken {
  const value = parsed(row['record'])
  if (!storedToken.Check(value)) throw problems.storeDamaged('a token in it cannot be read')
  return value
}

/** The approval of a row, or undefined where there is no row. Throws `store_damaged`. */
export function approvalOf(row: Record<string, unknown> | undefined): Approval | undefined {
  if (row === undefined) return undefined
  const value = parsed(row['record'])
  if (!storedApproval.Check(value)) throw problems.storeDamaged('an approval in it cannot be read')
  return value
}

/** The audit row of a row of the table. Throws `store_damaged`. */
export function auditRowOf(row: Record<string, unknown>): AuditRow {
  const value = parsed(row['body'])
  if (!storedAudit.Check(value)) throw problems.storeDamaged('a row of its audit cannot be read')
  return value
}

function parsed(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : undefined
  } catch {
    return undefined
  }
}

/** An audit row of an approval as an event. Throws `store_damaged` for a row that is about none. */
export function happenedOf({ seq, hash: head, approval, event, version, state: name }: AuditRow): Happened {
  const known = STATES.find((each) => each === name)
  if (approval === undefined || version === undefined || known === undefined)
    throw problems.storeDamaged(`row ${seq} of its audit names no state`)
  return { seq, head, id: approval, event, version, state: known }
}

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
export const bytesOf = (value: unknown): Uint8Array | undefined => (value instanceof Uint8Array ? value : undefined)
