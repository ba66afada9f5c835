import type { Call } from '../../call.ts'
import type { AuditEntry } from './audit.ts'
import type { Fail } from './failpoints.ts'
import type { PolicySource } from './policy-file.ts'
import type { Seal } from './seal.ts'
import type { ApprovalStore } from './store.ts'
import type { Approval } from './types.ts'

/** What every part of the approvals shares. */
export interface Core {
  store: ApprovalStore
  seal: Seal
  policy: PolicySource
  fail: Fail
}

/** Who acts, by which door, in which call: what an audit row says of it. */
export type Acting = Pick<Call, 'principal' | 'door' | 'correlationId'>

export function entry(event: string, acting: Acting, detail?: AuditEntry['detail']): AuditEntry {
  const { principal, door, correlationId } = acting
  return { event, principal, door, correlationId, ...(detail === undefined ? {} : { detail }) }
}

/** What the server itself does about an approval, in the name of nobody else. */
export function ownEntry(event: string, approval: Approval, detail?: AuditEntry['detail']): AuditEntry {
  const { correlationId } = approval
  const principal = { kind: 'service', subject: 'k8s-mcp' } as const
  return { event, principal, correlationId, ...(detail === undefined ? {} : { detail }) }
}
