import type { LogLine, LogQuery, LogStream } from '../../kubernetes/logs.ts'
import { bytesOf, newestWithin } from './budget.ts'
import { LEAD_LINES, MOST_LINES, MOST_SEARCHED } from './limits.ts'
import { LineReader, type Reading, type ShownLine } from './lines.ts'
import { type Position, sinceTimeOf } from './position.ts'

/** Opens the log of one container. */
export type Open = (query: Pick<LogQuery, 'follow' | 'tailLines' | 'sinceTime' | 'limitBytes'>) => Promise<LogStream>

/** How much of one container's log is wanted. */
export interface Want extends Reading {
  /** The newest so many lines; -1: as many as one answer may have. */
  tail: number
  /** Bytes of text. */
  bytes: number
  /** Bytes of the log that may be read in search of `words`. */
  searchBytes: number
}

/** What one container's log gave. */
export interface Part {
  lines: ShownLine[]
  /** Where to read on; undefined where nothing was there. */
  position: Position | undefined
  /** What was left out: lines before these, lines after these, or lines in which nobody looked for `words`. */
  left?: 'older' | 'newer' | 'unsearched'
}

const since = (from: Position | undefined) => (from === undefined ? {} : { sinceTime: sinceTimeOf(from) })

/**
 * The newest lines. The API server cuts an answer that reaches `limitBytes` at its end, where the newest lines are: then
 * fewer lines are asked for, until they come whole.
 */
export async function readNewest(open: Open, want: Want): Promise<Part> {
  const searching = want.words.length > 0
  const most = want.tail === -1 ? MOST_LINES : want.tail
  const wished = searching ? MOST_SEARCHED : most + LEAD_LINES
  const limit = searching ? want.searchBytes : 4 * want.bytes + 64 * wished
  for (let ask = wished; ; ) {
    const found = await readTail(open, want, { ask, most, limit })
    if (found.bytes < limit || ask === 1)
      return partOf(found, want, { most, reduced: ask < wished, full: found.seen >= ask })
    ask = Math.max(1, Math.floor(found.seen / 2))
  }
}

interface Found {
  lines: ShownLine[]
  position: Position | undefined
  /** Lines read, lines shown of them, and bytes received. */
  seen: number
  shown: number
  bytes: number
}

async function readTail(
  open: Open,
  want: Want,
  { ask, most, limit }: Record<'ask' | 'most' | 'limit', number>,
): Promise<Found> {
  const reader = new LineReader(want)
  const stream = await open({ tailLines: ask, limitBytes: limit, ...since(want.from) })
  const found = await (want.words.length > 0 ? search(stream, reader, most) : lastOf(stream, reader, most))
  return { ...found, position: reader.position, bytes: stream.bytes }
}

type Window = Pick<Found, 'lines' | 'seen' | 'shown'>

/** The newest lines with a word that is looked for. */
async function search(stream: LogStream, reader: LineReader, most: number): Promise<Window> {
  const found: Window = { lines: [], seen: 0, shown: 0 }
  for await (const batch of stream) {
    const shown = showAll(reader, batch)
    found.lines.push(...shown)
    found.seen += batch.length
    found.shown += shown.length
    if (found.lines.length > 2 * most) found.lines.splice(0, found.lines.length - most)
  }
  return found
}

/** The newest lines. Those before them are looked at only for a private key that may reach into them. */
async function lastOf(stream: LogStream, reader: LineReader, most: number): Promise<Window> {
  const held: LogLine[] = []
  for await (const batch of stream) held.push(...batch)
  const start = Math.max(0, held.length - most)
  const key = held.slice(0, start).findLastIndex(({ text }) => text.includes('PRIVATE KEY'))
  const begin = key === -1 ? start : key
  const passed = held.slice(0, begin).filter((line) => reader.pass(line)).length
  const lines = showAll(reader, held.slice(begin))
  return { lines, seen: held.length, shown: passed + lines.length }
}

function partOf(
  found: Found,
  want: Want,
  { most, reduced, full }: { most: number; reduced: boolean; full: boolean },
): Part {
  const lines = newestWithin(found.lines, most, want.bytes)
  const part = { lines, position: found.position }
  const complete = lines.length === Math.min(most, found.shown)
  const wantsAll = want.tail === -1
  if (!complete || (wantsAll && found.shown > most)) return { ...part, left: 'older' }
  if (want.words.length > 0 && lines.length < most && (reduced || full)) return { ...part, left: 'unsearched' }
  return reduced && lines.length < most ? { ...part, left: 'older' } : part
}

/** The lines after a place, the oldest first, as many as fit. Reads no more of the log than that takes. */
export async function readOnward(open: Open, want: Want): Promise<Part> {
  const reader = new LineReader(want)
  const stream = await open(since(want.from))
  const lines: ShownLine[] = []
  let room = want.bytes
  for await (const batch of stream) {
    for (const line of showAll(reader, batch)) {
      room -= bytesOf(line)
      if (lines.length > 0 && (room < 0 || lines.length >= MOST_LINES))
        return { lines, position: placeAfter(lines, want.from), left: 'newer' }
      lines.push(line)
    }
    if (want.words.length > 0 && stream.bytes > want.searchBytes)
      return { lines, position: reader.position, left: 'newer' }
  }
  return { lines, position: reader.position }
}

/** What is shown of some lines. */
export const showAll = (reader: LineReader, batch: readonly LogLine[]): ShownLine[] =>
  batch.map((line) => reader.read(line)).filter((line) => line !== undefined)

/** The place after the last of these lines; `otherwise` where there is none. */
export const placeAfter = (lines: readonly ShownLine[], otherwise: Position | undefined): Position | undefined =>
  lines.at(-1)?.after ?? otherwise
