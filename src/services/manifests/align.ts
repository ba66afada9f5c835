import { isDeepStrictEqual } from 'node:util'

/** An item of the old list, of the new one, or one of each that belong together; positions from 0. */
export interface Pairing {
  was?: number
  is?: number
}

/** Comparisons of items that a long list may cost. */
const MOST_COMPARISONS = 40_000

/**
 * Pairs the items of two versions of a list that have no key, by a longest common subsequence. Between two items that stayed, as many
 * old as new ones are taken to be changed. Every position of either list is in exactly one pairing; both sides stay in order.
 */
export function align(from: readonly unknown[], to: readonly unknown[]): Pairing[] {
  const start = commonStart(from, to)
  const end = commonEnd(from, to, start)
  const middle = { from: from.slice(start, from.length - end), to: to.slice(start, to.length - end) }
  const kept = middle.from.length * middle.to.length > MOST_COMPARISONS ? [] : commonPairs(middle.from, middle.to)
  const anchors = [
    ...range(start).map((at) => ({ was: at, is: at })),
    ...kept.map(({ was, is }) => ({ was: was + start, is: is + start })),
    ...range(end).map((at) => ({ was: from.length - end + at, is: to.length - end + at })),
  ]
  return withGaps(anchors, from.length, to.length)
}

const range = (length: number) => Array.from({ length }, (_, index) => index)

function commonStart(from: readonly unknown[], to: readonly unknown[]): number {
  let length = 0
  while (length < from.length && length < to.length && isDeepStrictEqual(from[length], to[length])) length++
  return length
}

function commonEnd(from: readonly unknown[], to: readonly unknown[], start: number): number {
  const most = Math.min(from.length, to.length) - start
  let length = 0
  while (length < most && isDeepStrictEqual(from[from.length - 1 - length], to[to.length - 1 - length])) length++
  return length
}

interface Pair {
  was: number
  is: number
}

/** A longest common subsequence, as pairs of positions. */
function commonPairs(from: readonly unknown[], to: readonly unknown[]): Pair[] {
  const same = from.map((old) => to.map((item) => isDeepStrictEqual(old, item)))
  const lengths = tableOf(same, from.length, to.length)
  const at = (was: number, is: number) => lengths[was]?.[is] ?? 0
  const pairs: Pair[] = []
  for (let was = 0, is = 0; was < from.length && is < to.length; ) {
    if (same[was]?.[is] === true) pairs.push({ was: was++, is: is++ })
    else if (at(was + 1, is) >= at(was, is + 1)) was++
    else is++
  }
  return pairs
}

/** `table[i][j]`: length of a longest common subsequence of what begins at i and at j. */
function tableOf(same: readonly boolean[][], rows: number, columns: number): number[][] {
  const table = Array.from({ length: rows + 1 }, () => Array.from({ length: columns + 1 }, () => 0))
  for (let i = rows - 1; i >= 0; i--) {
    const [row, below] = [table[i] ?? [], table[i + 1] ?? []]
    for (let j = columns - 1; j >= 0; j--)
      row[j] = same[i]?.[j] === true ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
  }
  return table
}

function withGaps(anchors: readonly Pair[], rows: number, columns: number): Pairing[] {
  const pairings: Pairing[] = []
  let [was, is] = [0, 0]
  for (const anchor of [...anchors, { was: rows, is: columns }]) {
    pairings.push(...gap({ was, is }, anchor))
    if (anchor.was < rows) pairings.push(anchor)
    ;[was, is] = [anchor.was + 1, anchor.is + 1]
  }
  return pairings
}

function gap(from: Pair, to: Pair): Pairing[] {
  const [removed, added] = [to.was - from.was, to.is - from.is]
  const pairs = removed === added ? removed : 0
  return [
    ...range(pairs).map((at) => ({ was: from.was + at, is: from.is + at })),
    ...range(removed - pairs).map((at) => ({ was: from.was + at })),
    ...range(added - pairs).map((at) => ({ is: from.is + at })),
  ]
}
