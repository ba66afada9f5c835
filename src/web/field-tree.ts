import { LEVELS_SHOWN } from '../services/docs/reference/address.ts'
import type { FieldView } from '../services/docs/reference/schema.ts'

/** A field with what is below it. */
export interface Branch {
  field: FieldView
  below: Branch[]
  /** How many fields below it are left to its own page. */
  left: number
}

/** A page of more is slow to load and to look through: a Pod has 1,400 fields. */
const MOST_FIELDS = 400

/** The tree of fields that stand in its order: as many whole levels as a page carries. */
export function branchesOf(fields: readonly FieldView[]): Branch[] {
  const levels = levelsOf(fields)
  const roots: Branch[] = []
  const open: Branch[] = []
  for (const field of fields) {
    const above = open[Math.min(field.depth, levels + 1) - 2]
    if (field.depth > levels) {
      if (above !== undefined) above.left += 1
      continue
    }
    const one = { field, below: [], left: 0 }
    const siblings = above?.below ?? roots
    siblings.push(one)
    open[field.depth - 1] = one
  }
  return roots
}

function levelsOf(fields: readonly FieldView[]): number {
  let levels = LEVELS_SHOWN
  const within = (depth: number) => fields.filter((field) => field.depth <= depth).length
  while (within(levels) < fields.length && within(levels + 1) <= MOST_FIELDS) levels += 1
  return levels
}
