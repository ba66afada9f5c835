import { isDeepStrictEqual } from 'node:util'
import { align } from './align.ts'
import { type Fields, isRecord } from './json.ts'
import { keyOf, labelOf, type ListKey } from './list-keys.ts'

/** One step into a value: a field, an item of a list by what names it, or an item by position (in the new list; `was`: in the old). */
export type Step = { field: string } | { item: string; key: ListKey } | { index: number; was?: number }

/** One difference between two JSON values. `order`: the items of a keyed list stand in another order; `from` and `to` are their labels. */
export type Change = { steps: readonly Step[] } & (
  | { op: 'add'; to: unknown }
  | { op: 'remove'; from: unknown }
  | { op: 'change'; from: unknown; to: unknown }
  | { op: 'order'; from: readonly string[]; to: readonly string[] }
)

/**
 * What makes `to` of `from`, both JSON values. Items of a list are matched by what names them (`containers[app]`), not by where they
 * stand; lists without such a key by their longest common part. Nothing for equal values, whatever the order of their fields.
 */
export function changesBetween(from: unknown, to: unknown): Change[] {
  return [...differ(from, to, [])]
}

function* differ(from: unknown, to: unknown, steps: readonly Step[]): Generator<Change> {
  if (isDeepStrictEqual(from, to)) return
  if (Array.isArray(from) && Array.isArray(to)) yield* differInItems(from, to, steps)
  else if (isRecord(from) && isRecord(to)) yield* differInFields(from, to, steps)
  else yield { steps, op: 'change', from, to }
}

function* differInFields(from: Fields, to: Fields, steps: readonly Step[]): Generator<Change> {
  const fields = new Set([...Object.keys(from), ...Object.keys(to)])
  for (const field of fields) {
    const here = [...steps, { field }]
    if (!Object.hasOwn(to, field)) yield { steps: here, op: 'remove', from: from[field] }
    else if (!Object.hasOwn(from, field)) yield { steps: here, op: 'add', to: to[field] }
    else yield* differ(from[field], to[field], here)
  }
}

function* differInItems(from: readonly unknown[], to: readonly unknown[], steps: readonly Step[]): Generator<Change> {
  const key = from.length + to.length === 0 ? undefined : keyOf(from, to)
  if (key === undefined) yield* differByPosition(from, to, steps)
  else yield* differByKey(labelled(from, key), labelled(to, key), key, steps)
}

const labelled = (items: readonly unknown[], key: ListKey) =>
  new Map(items.map((item) => [labelOf(key, item) ?? '', item]))

function* differByKey(
  from: ReadonlyMap<string, unknown>,
  to: ReadonlyMap<string, unknown>,
  key: ListKey,
  steps: readonly Step[],
): Generator<Change> {
  for (const [item, value] of from) {
    const here = [...steps, { item, key }]
    if (to.has(item)) yield* differ(value, to.get(item), here)
    else yield { steps: here, op: 'remove', from: value }
  }
  const added = [...to.keys()].filter((item) => !from.has(item))
  for (const item of added) yield { steps: [...steps, { item, key }], op: 'add', to: to.get(item) }
  const expected = [...[...from.keys()].filter((item) => to.has(item)), ...added]
  if (!isDeepStrictEqual(expected, [...to.keys()])) yield { steps, op: 'order', from: expected, to: [...to.keys()] }
}

function* differByPosition(
  from: readonly unknown[],
  to: readonly unknown[],
  steps: readonly Step[],
): Generator<Change> {
  for (const { was, is } of align(from, to)) {
    if (was !== undefined && is !== undefined) yield* differ(from[was], to[is], [...steps, { index: is, was }])
    else if (was !== undefined) yield { steps: [...steps, { index: was, was }], op: 'remove', from: from[was] }
    else if (is !== undefined) yield { steps: [...steps, { index: is }], op: 'add', to: to[is] }
  }
}
