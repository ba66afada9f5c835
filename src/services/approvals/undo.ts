import { problems } from '../../errors.ts'
import type { Undo } from '../changes/plan.ts'
import { undoInput } from '../changes/undo.ts'
import type { State } from './states.ts'
import type { Whole } from './view.ts'

// Something may have happened in each of these; what is not there to be put back, the new plan says.
export const UNDOABLE: readonly State[] = ['succeeded', 'partially_applied', 'cancelled', 'outcome_unknown']

/**
 * The change that puts back what an approval has done. `part`: which one, from 1, where it takes several. Throws `nothing_to_undo` where
 * nothing was done, the change has no undo, or its plan was wiped.
 */
export function undoOf({ approval, request }: Whole, part: number): { operation: string; input: unknown } {
  const { id, state, run } = approval
  if (!UNDOABLE.includes(state) || run?.sentAt === undefined)
    throw problems.nothingToUndo(id, `it is ${state}, and nothing was sent`)
  if (request === undefined) throw problems.nothingToUndo(id, 'its plan is kept for 7 days and is gone')
  const { undo } = request.plan
  if (undo === undefined) throw problems.nothingToUndo(id, 'this kind of change has none')
  const parts: Undo[] = [undo, ...(undo.next ?? [])]
  const wanted = parts[part - 1]
  if (wanted === undefined) throw problems.nothingToUndo(id, `it has ${parts.length} parts, not ${part}`)
  return { operation: wanted.operation, input: undoInput(wanted) }
}
