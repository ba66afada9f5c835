import type { Description, Section } from './schema.ts'
import { describeText } from './text.ts'
import { clip, joined, plural } from './words.ts'

// A single value may take this share of a description; an annotation of 200 KB must not push out everything else.
const VALUE_SHARE = 16
const LEAST_VALUE = 200
const MOST_NAMES = 8

/**
 * A description of at most `maxBytes` (its JSON and its text, each in UTF-8). What is too much is cut from the ends of the largest
 * parts: every part may take the same room, and what a small one leaves goes to the others. What was cut is counted; a value
 * that is too long ends in `…`.
 */
export function fit(whole: Description, maxBytes: number): Description {
  const bounded = boundValues(whole, Math.max(LEAST_VALUE, Math.floor(maxBytes / VALUE_SHARE)))
  if (size(bounded) <= maxBytes) return bounded
  const measured = measure(bounded)
  let [low, high] = [0, maxBytes]
  while (high - low > 8) {
    const middle = Math.floor((low + high) / 2)
    if (size(withRoom(measured, middle, maxBytes)) <= maxBytes) low = middle
    else high = middle
  }
  return withRoom(measured, low, maxBytes)
}

const bytes = (text: string): number => Buffer.byteLength(text)

const size = (description: Description): number =>
  Math.max(bytes(JSON.stringify(description)), bytes(describeText(description)))

// What moves a terminal's cursor or turns text around has no place in a value.
const visible = (value: string): string => value.replaceAll(/[\p{Cc}\p{Cf}]/gu, '')

function boundValues(whole: Description, most: number): Description {
  const cell = (value: string): string => clip(visible(value), most)
  return {
    ...whole,
    sections: whole.sections.map((section) => ({
      ...section,
      lines: section.lines.map(cell),
      ...(section.table === undefined
        ? {}
        : { table: { ...section.table, rows: section.table.rows.map((row) => row.map(cell)) } }),
    })),
    events: whole.events.map((event) => ({ ...event, message: cell(event.message) })),
  }
}

/** A description with the bytes that each of its lines, rows and events takes. */
interface Measured {
  whole: Description
  sections: readonly { section: Section; lines: readonly number[]; rows: readonly number[] }[]
  events: readonly number[]
}

const measure = (whole: Description): Measured => ({
  whole,
  sections: whole.sections.map((section) => ({
    section,
    lines: section.lines.map((line) => bytes(JSON.stringify(line))),
    rows: (section.table?.rows ?? []).map((row) => bytes(JSON.stringify(row))),
  })),
  events: whole.events.map((event) => bytes(JSON.stringify(event))),
})

/** The description with at most `room` bytes for each part. Parts of which nothing is left are only named. */
function withRoom({ whole, sections, events }: Measured, room: number, maxBytes: number): Description {
  const kept = fitting(events, room)
  const parts = sections.map((part) => ({ title: part.section.title, ...cut(part, room) }))
  const lost = [
    ...parts.filter(({ more }) => more > 0).map(({ title, more }) => `${more} more of ${title}`),
    ...(kept < events.length ? [plural(events.length - kept, 'more event')] : []),
  ]
  return {
    ...whole,
    sections: parts.map((part) => part.kept).filter((section) => section !== undefined),
    events: whole.events.slice(0, kept),
    truncated: `${names(lost)} left out to keep to ${maxBytes} bytes: raise maxBytes`,
  }
}

const names = (lost: readonly string[]): string =>
  joined([
    ...lost.slice(0, MOST_NAMES),
    lost.length > MOST_NAMES ? `parts of ${lost.length - MOST_NAMES} other sections` : undefined,
  ])

/** A section cut to its room, and how many lines and rows that cost. */
function cut({ section, lines, rows }: Measured['sections'][number], room: number) {
  const shownLines = fitting(lines, room)
  const used = lines.slice(0, shownLines).reduce((sum, each) => sum + each, 0)
  const shownRows = fitting(rows, room - used)
  const more = lines.length - shownLines + rows.length - shownRows
  return { kept: shownLines + shownRows === 0 ? undefined : shortened(section, shownLines, shownRows, more), more }
}

const shortened = ({ title, lines, table }: Section, shownLines: number, shownRows: number, more: number): Section => ({
  title,
  lines: lines.slice(0, shownLines),
  ...(table === undefined ? {} : { table: { ...table, rows: table.rows.slice(0, shownRows) } }),
  ...(more === 0 ? {} : { more }),
})

/** How many of the first items fit into the room together. */
function fitting(sizes: readonly number[], room: number): number {
  let left = room
  const end = sizes.findIndex((each) => {
    left -= each
    return left < 0
  })
  return end === -1 ? sizes.length : end
}
