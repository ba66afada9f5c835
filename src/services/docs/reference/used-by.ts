import { fullName } from '../../../kubernetes/discovery.ts'
import type { Definitions, KindEntry } from './definitions.ts'
import type { Explained } from './schema.ts'
import { objectIn } from './type-text.ts'

type Uses = Explained['usedBy']

const MOST = 60
const backwards = new WeakMap<Definitions, ReadonlyMap<string, readonly Holder[]>>()

interface Holder {
  type: string
  field: string
}

/** The kinds that hold a type, each with the shortest path to it; the kind whose own type it is does not count. At most 60. */
export function usedBy(definitions: Definitions, type: string): Uses {
  const holders = holdersOf(definitions)
  const roots = new Map<string, KindEntry[]>()
  for (const kind of definitions.kinds) roots.set(kind.type, [...(roots.get(kind.type) ?? []), kind])
  const seen = new Set([type])
  const found: Uses = []
  let level = [{ type, path: '' }]
  while (level.length > 0 && found.length < MOST) {
    const next: typeof level = []
    for (const below of level)
      for (const holder of holders.get(below.type) ?? []) {
        if (seen.has(holder.type)) continue
        seen.add(holder.type)
        const path = below.path === '' ? holder.field : `${holder.field}.${below.path}`
        for (const kind of roots.get(holder.type) ?? []) found.push({ kind: kind.kind, fullName: fullName(kind), path })
        next.push({ type: holder.type, path })
      }
    level = next
  }
  return found.slice(0, MOST)
}

// Which types have fields of a type: the references the other way round, made once for each source.
function holdersOf(definitions: Definitions): ReadonlyMap<string, readonly Holder[]> {
  const known = backwards.get(definitions)
  if (known !== undefined) return known
  const holders = new Map<string, Holder[]>()
  for (const type of definitions.typeNames) {
    for (const { name, type: of } of definitions.type(type)?.fields ?? []) {
      const inner = objectIn(of)
      if (inner !== undefined) holders.set(inner, [...(holders.get(inner) ?? []), { type, field: name }])
    }
  }
  backwards.set(definitions, holders)
  return holders
}
