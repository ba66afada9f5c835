/** What a section is found by: the title of its page, its own, words of its author's for the search, its text. */
export const FIELDS = ['page', 'title', 'keywords', 'text'] as const
export type Field = (typeof FIELDS)[number]

/** How much a term in a field counts. */
export type Boosts = Readonly<Record<Field, number>>

const BITS = 8
const MOST = (1 << BITS) - 1

/** How often a term stands in each field, in one number; beyond 255 it makes no difference. */
export const pack = (counts: Readonly<Record<Field, number>>): number =>
  FIELDS.reduce((packed, field, at) => packed | (Math.min(counts[field], MOST) << (at * BITS)), 0) >>> 0

/** How often, of the field of this index. */
export const unpack = (packed: number, field: number): number => (packed >>> (field * BITS)) & MOST
