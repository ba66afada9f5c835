import { align } from './align.ts'

/** Most characters of a value in a row. */
const MOST_VALUE = 300
/** Most characters of the lines of one side of a changed file. */
const MOST_LINES = 1_000
/** Characters that are kept around what differs in a long line. */
const AROUND = 40

/** A value as a reader writes it, cut where it is long: text as it is where it cannot be taken for something else, all else as JSON. */
export function short(value: unknown): string {
  return cut(printed(value), MOST_VALUE)
}

function printed(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'null'
  return isAmbiguous(value) ? JSON.stringify(value) : value
}

const isAmbiguous = (text: string) =>
  text === '' || text !== text.trim() || /^(?:true|false|null|[[{"]|[-+]?[.\d]+(?:[eE][-+]?\d+)?$)/.test(text)

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${whole(text.slice(0, most))}… (${text.length} characters)`
}

/** What there was and what there will be; absent: nothing of it. */
export interface Sides {
  from?: string
  to?: string
}

/** A changed value: of texts with lines the lines that differ, of long texts the part that differs. */
export function sidesOf(from: unknown, to: unknown): Sides {
  if (typeof from !== 'string' || typeof to !== 'string') return { from: short(from), to: short(to) }
  if (from.includes('\n') || to.includes('\n')) return linesOf(from, to)
  return Math.max(from.length, to.length) > MOST_VALUE ? excerpts(from, to) : { from: short(from), to: short(to) }
}

// The lines that both have in between are left out, with a mark between two places.
function linesOf(from: string, to: string): Sides {
  const [old, now] = [from.split('\n'), to.split('\n')]
  const [removed, added]: [string[], string[]] = [[], []]
  for (const { was, is } of align(old, now)) {
    const [before, after] = [was === undefined ? undefined : old[was], is === undefined ? undefined : now[is]]
    if (before === after) [removed, added].forEach(gap)
    if (before !== after && before !== undefined) removed.push(before)
    if (before !== after && after !== undefined) added.push(after)
  }
  return { ...side('from', removed), ...side('to', added) }
}

const GAP = '…'

function gap(lines: string[]): void {
  if (lines.length > 0 && lines.at(-1) !== GAP) lines.push(GAP)
}

function side(name: 'from' | 'to', lines: readonly string[]): Sides {
  const told = lines.at(-1) === GAP ? lines.slice(0, -1) : lines
  return told.length === 0 ? {} : { [name]: cut(told.join('\n'), MOST_LINES) }
}

function excerpts(from: string, to: string): Sides {
  const start = commonStart(from, to)
  const end = commonEnd(from, to, start)
  return {
    from: excerpt(from, start - AROUND, from.length - end + AROUND),
    to: excerpt(to, start - AROUND, to.length - end + AROUND),
  }
}

function excerpt(text: string, start: number, end: number): string {
  const [first, last] = [Math.max(0, start), Math.min(text.length, end, Math.max(0, start) + MOST_VALUE)]
  return `${first > 0 ? GAP : ''}${whole(text.slice(first, last))}${last < text.length ? GAP : ''} (${text.length} characters)`
}

function commonStart(from: string, to: string): number {
  let length = 0
  while (length < from.length && length < to.length && from[length] === to[length]) length++
  return length
}

function commonEnd(from: string, to: string, start: number): number {
  const most = Math.min(from.length, to.length) - start
  let length = 0
  while (length < most && from[from.length - 1 - length] === to[to.length - 1 - length]) length++
  return length
}

/** Without the half of a character that a cut left at either end. */
const whole = (text: string) => text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '')
