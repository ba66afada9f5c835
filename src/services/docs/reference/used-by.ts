import type { Definitions, KindEntry } from './definitions.ts'
import { qualified } from './names.ts'
import type { Explained } from './schema.ts'
import { objectIn } from './type-text.ts'

type Uses = Explained['usedBy']

/** A field by which one type holds another. */
interface Holder {
  type: string
  field: string
}

interface Reverse {
  /** Who has fields of a type. */
  holders: ReadonlyMap<string, readonly Holder[]>
  /** The kinds whose whole object a type is. */
  kinds: ReadonlyMap<string, readonly KindEntry[]>
}

const MOST = 60
const reversed = new WeakMap<Definitions, Reverse>()

/** The kinds that hold a type, the nearest first, each with the shortest path to it. At most 60. */
export function usedBy(definitions: Definitions, type: string): Uses {
  const reverse = reverseOf(definitions)
  const seen = new Set([type])
  const found: Uses = []
  for (let level = [{ type, path: '' }]; level.length > 0 && found.length < MOST; ) {
    level = level.flatMap((below) => above(below, reverse, seen))
    found.push(...level.flatMap(({ type: holder, path }) => uses(reverse.kinds.get(holder), path)))
  }
  return found.slice(0, MOST)
}

interface Place {
  type: string
  path: string
}

// The types that hold what stands at a place, of which each is entered once.
function above({ type, path }: Place, { holders }: Reverse, seen: Set<string>): Place[] {
  return (holders.get(type) ?? []).flatMap((holder) => {
    if (seen.has(holder.type)) return []
    seen.add(holder.type)
    return [{ type: holder.type, path: path === '' ? holder.field : `${holder.field}.${path}` }]
  })
}

const uses = (kinds: readonly KindEntry[] = [], path: string): Uses =>
  kinds.map((kind) => ({ kind: kind.kind, fullName: qualified(kind), path }))

// The references of all types the other way round, made once for each source.
function reverseOf(definitions: Definitions): Reverse {
  const known = reversed.get(definitions)
  if (known !== undefined) return known
  const pairs = definitions.typeNames.flatMap((type) => held(definitions, type))
  const holders = Map.groupBy(pairs, ({ inner }) => inner)
  const made = { holders, kinds: Map.groupBy(definitions.kinds, ({ type }) => type) }
  reversed.set(definitions, made)
  return made
}

function held(definitions: Definitions, type: string): (Holder & { inner: string })[] {
  const fields = definitions.type(type)?.fields ?? []
  return fields.flatMap(({ name, type: of }) => {
    const inner = objectIn(of)
    return inner === undefined ? [] : [{ type, field: name, inner }]
  })
}
