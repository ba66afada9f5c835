import Type from 'typebox'
import { STATES } from '../../services/approvals/states.ts'
import { ApprovalView } from '../../services/approvals/view.ts'
import { Closed, OneOf, UNLISTED } from '../../schema.ts'
import { defineRead } from '../define.ts'
import { ApprovalId } from '../schemas.ts'
import { approvalsLead, approvalsText } from './text.ts'

export const listApprovals = defineRead({
  name: 'infra.k8s.approvals.listApprovals',
  title: 'List approvals',
  description: 'Changes you asked for, newest first.',
  input: Type.Object({
    state: Type.Optional(OneOf(['open', 'all', ...STATES], 'State.', { default: 'open', ...UNLISTED })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Most items.' })),
    continue: Type.Optional(ApprovalId),
    follow: Type.Optional(
      Type.Boolean({ default: false, description: 'REST: their events, as they happen.', ...UNLISTED }),
    ),
    after: Type.Optional(Type.Integer({ minimum: 0, description: 'Event to go on after.', ...UNLISTED })),
  }),
  output: Closed({
    approvals: Type.Array(ApprovalView, { description: 'Without their plans: getApproval has them.' }),
    continue: Type.Optional(Type.String({ description: 'Id to go on from, where there may be more.' })),
  }),
  untrusted: true,
  handle: ({ state = 'open', limit = 20, continue: before }, { desk }) => desk.list(state, limit, before),
  stream: {
    when: ({ follow }) => follow === true,
    resume: 'after',
    async *open({ after }, { desk }) {
      for await (const happened of desk.events(after))
        yield { event: happened.event, id: String(happened.seq), data: JSON.stringify(happened) }
    },
  },
  text: ({ approvals, continue: more }) => approvalsText(approvals, more),
  lead: ({ approvals }) => approvalsLead(approvals),
})
