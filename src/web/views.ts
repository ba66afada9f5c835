import Type, { type Static, type TObject } from 'typebox'
import { ApprovalView } from '../services/approvals/view.ts'
import { TemplateRow } from '../services/templates/schema.ts'

// What pages read of the answers of operations whose schemas say more. An answer without it is not shown half.

/** Of listTemplates. */
export const TemplateList = Type.Object({ templates: Type.Array(TemplateRow) })

/** Of listApprovals. */
export const ApprovalList = Type.Object({
  approvals: Type.Array(ApprovalView),
  continue: Type.Optional(Type.String()),
})
export type ApprovalList = Static<typeof ApprovalList>

/** Of getCurrentContext. */
export const CurrentContext = Type.Object({ name: Type.String(), namespace: Type.String() })

/** Whether a value has what a schema requires. Its fields were checked by `run` before. */
export const has = <S extends TObject>(schema: S, value: unknown): value is Static<S> =>
  typeof value === 'object' && value !== null && (schema.required ?? []).every((key) => key in value)
