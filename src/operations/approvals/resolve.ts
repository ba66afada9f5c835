import Type from 'typebox'
import { OneOf } from '../../schema.ts'
import { ApprovalView } from '../../services/approvals/view.ts'
import { defineDecision } from '../define.ts'
import { ApprovalId, Reason } from '../schemas.ts'
import { approvalLead, approvalText } from './text.ts'

export const resolve = defineDecision({
  name: 'infra.k8s.approvals.resolve',
  title: 'Resolve an unknown outcome',
  description: 'A person states what became of a change whose outcome the server could not find out.',
  doors: ['rest', 'terminal'],
  by: 'person',
  input: Type.Object({
    id: ApprovalId,
    outcome: OneOf(['succeeded', 'partially_applied', 'failed'], 'What became of it.'),
    reason: Reason,
  }),
  output: ApprovalView,
  handle: ({ id, outcome, reason }, { desk }) => desk.resolve(id, outcome, reason),
  text: approvalText,
  lead: approvalLead,
})
