import Type from 'typebox'
import { undoOf } from '../../services/approvals/undo.ts'
import { defineRedirect, isOperationName } from '../define.ts'
import { ApprovalId } from '../schemas.ts'

export const undoChange = defineRedirect({
  name: 'infra.k8s.approvals.undoChange',
  title: 'Undo a change',
  description: 'Asks to put back what an approved change did: a new request.',
  effect: { destructive: true, idempotent: false },
  input: Type.Object({
    id: ApprovalId,
    part: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 50,
        default: 1,
        description: 'Part, where it takes several.',
      }),
    ),
  }),
  instead: async ({ id, part = 1 }, { desk, call }) => {
    const { operation, input } = undoOf(await desk.whole(id), part, call.principal)
    if (!isOperationName(operation)) throw new TypeError(`${operation} is no operation`)
    return { operation, input }
  },
})
