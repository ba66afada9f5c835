import Type from 'typebox'
import { ApprovalView } from '../../services/approvals/view.ts'
import { defineDecision } from '../define.ts'
import { ApprovalId, Reason } from '../schemas.ts'
import { approvalLead, approvalText } from './text.ts'

export const cancelApproval = defineDecision({
  name: 'infra.k8s.approvals.cancelApproval',
  title: 'Cancel a request',
  description: 'Takes a request of yours back, or stops it between two steps.',
  doors: ['rest', 'mcp', 'stdio', 'terminal'],
  by: 'requester',
  input: Type.Object({ id: ApprovalId, reason: Type.Optional(Reason) }),
  output: ApprovalView,
  handle: ({ id, reason }, { desk }) => desk.cancel(id, reason),
  text: approvalText,
  lead: approvalLead,
})
