import Type from 'typebox'
import { ApprovalView } from '../../services/approvals/view.ts'
import { UNLISTED } from '../../schema.ts'
import { defineRead } from '../define.ts'
import { ApprovalId } from '../schemas.ts'
import { approvalLead, approvalText } from './text.ts'

export const getApproval = defineRead({
  name: 'infra.k8s.approvals.getApproval',
  title: 'Get an approval, or wait for it',
  description: 'A change that was asked for: its plan, where it stands, what came of it. wait=50 waits for the end.',
  input: Type.Object({
    id: ApprovalId,
    wait: Type.Optional(Type.Integer({ minimum: 0, maximum: 50, description: 'Seconds.' })),
    since: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Version already seen: wait for the next event only.', ...UNLISTED }),
    ),
  }),
  output: ApprovalView,
  untrusted: true,
  handle: ({ id, ...patience }, { desk }) => desk.get(id, patience),
  text: approvalText,
  lead: approvalLead,
})
