import Type from 'typebox'
import { ApprovalView } from '../../services/approvals/view.ts'
import { defineDecision } from '../define.ts'
import { ApprovalId, Reason } from '../schemas.ts'
import { approvalLead, approvalText } from './text.ts'

export const deny = defineDecision({
  name: 'infra.k8s.approvals.deny',
  title: 'Deny a change',
  description: 'A person says no, and why: whoever asked reads it.',
  doors: ['rest', 'terminal'],
  by: 'person',
  input: Type.Object({ id: ApprovalId, reason: Reason }),
  output: ApprovalView,
  handle: ({ id, reason }, { desk }) => desk.deny(id, reason),
  text: approvalText,
  lead: approvalLead,
})
