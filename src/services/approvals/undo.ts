import type { Principal } from '../../call.ts'
import { problems } from '../../errors.ts'
import type { Undo } from '../changes/plan.ts'
import { undoInput } from '../changes/undo.ts'
import type { State } from './states.ts'
import { OWN_STATE, samePrincipal } from './types.ts'
import type { Whole } from './view.ts'

// Something may have happened in each of these; what is not there to be put back, the new plan says.
export const UNDOABLE: readonly State[] = ['succeeded', 'partially_applied', 'cancelled', 'outcome_unknown']

/**
 * The change that puts back what an approval has done. `part`: which one, from 1, where it takes several. Throws `nothing_to_undo` where
 * nothing was done, the change has no undo, its plan was wiped, or it was a setting of somebody else than `asking`.
 */
export function undoOf(
  { approval, request }: Whole,
  part: number,
  asking: Principal,
): { operation: string; input: unknown } {
  const { id, state, run, requester } = approval
  if (!UNDOABLE.includes(state) || run?.sentAt === undefined)
    throw problems.nothingToUndo(id, `it is ${state}, and nothing was sent`)
  if (request === undefined) throw problems.nothingToUndo(id, 'its plan is kept for 7 days and is gone')
  if (request.cluster.server === OWN_STATE && !samePrincipal(requester, asking))
    throw problems.nothingToUndo(
      id,
      `it is a setting of ${requester.kind} ${requester.subject}, who alone can put it back`,
    )
  const { undo } = request.plan
  if (undo === undefined) throw problems.nothingToUndo(id, 'this kind of change has none')
  const parts: Undo[] = [undo, ...(undo.next ?? [])]
  const wanted = parts[part - 1]
  if (wanted === undefined) throw problems.nothingToUndo(id, `it has ${parts.length} parts, not ${part}`)
  return { operation: wanted.operation, input: undoInput(wanted) }
}
