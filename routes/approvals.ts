import { routes, withInput } from '../src/http/page.ts'
import { approve } from '../src/operations/approvals/approve.ts'
import { cancelApproval } from '../src/operations/approvals/cancel-approval.ts'
import { deny } from '../src/operations/approvals/deny.ts'
import { getApproval } from '../src/operations/approvals/get-approval.ts'
import { listApprovals } from '../src/operations/approvals/list-approvals.ts'
import { resolve } from '../src/operations/approvals/resolve.ts'
import { undoChange } from '../src/operations/approvals/undo-change.ts'

export default routes('approvals', {
  'GET /approvals': listApprovals,
  'GET /approvals/events': withInput(listApprovals, { follow: true }),
  'GET /approvals/:id': getApproval,
  'POST /approvals/:id/approve': approve,
  'POST /approvals/:id/deny': deny,
  'POST /approvals/:id/cancel': cancelApproval,
  'POST /approvals/:id/resolve': resolve,
  'POST /approvals/:id/undo': undoChange,
})
