import Type from 'typebox'
import { ApprovalView } from '../../services/approvals/view.ts'
import { defineDecision } from '../define.ts'
import { ApprovalId, Reason } from '../schemas.ts'
import { approvalLead, approvalText } from './text.ts'

export const approve = defineDecision({
  name: 'infra.k8s.approvals.approve',
  title: 'Approve a change',
  description: 'A person approves what they saw: the digest must be that of the approval.',
  doors: ['rest', 'terminal'],
  by: 'person',
  input: Type.Object({
    id: ApprovalId,
    digest: Type.String({ minLength: 1, maxLength: 200, description: 'Digest of the plan that was looked at.' }),
    reason: Type.Optional(Reason),
    confirm: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'The second act by which a person confirms a request of their own.',
      }),
    ),
  }),
  output: ApprovalView,
  handle: ({ id, ...vote }, { desk }) => desk.approve(id, vote),
  text: approvalText,
  lead: approvalLead,
})
