import type { Operation } from '../define.ts'
import { approve } from './approve.ts'
import { cancelApproval } from './cancel-approval.ts'
import { deny } from './deny.ts'
import { getApproval } from './get-approval.ts'
import { listApprovals } from './list-approvals.ts'
import { resolve } from './resolve.ts'
import { undoChange } from './undo-change.ts'

export const approvals: readonly Operation[] = [
  listApprovals,
  getApproval,
  cancelApproval,
  undoChange,
  approve,
  deny,
  resolve,
]
