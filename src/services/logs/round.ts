import { Problem } from '../../errors.ts'
import type { Api } from '../../kubernetes/api.ts'
import { inTurn } from '../in-turn.ts'
import { bytesOf, fairShare, newestWithin, sizeOf } from './budget.ts'
import type { LogCursor } from './cursor.ts'
import { AT_A_TIME, LONGEST_SHOWN, MOST_LINES, SEARCH_BYTES } from './limits.ts'
import type { ShownLine } from './lines.ts'
import { merge } from './merge.ts'
import { type Part, placeAfter, readNewest, readOnward, type Want } from './read.ts'
import { type Position, startOf } from './position.ts'
import type { Question } from './question.ts'
import type { Source } from './sources.ts'

/** One container and what was read of it. */
export interface Told {
  source: Source
  lines: readonly ShownLine[]
  /** Where to read on. */
  place: Position | undefined
  left?: Part['left']
  problem?: Problem
}

/** Where one container's log is read on from; undefined: its beginning. */
export function placeOf(source: Source, question: Question, cursor: LogCursor | undefined): Position | undefined {
  const from = cursor === undefined ? question.notBefore : cursor.from
  return cursor?.places.get(source.key) ?? (from === undefined || from === '' ? undefined : startOf(from))
}

/** Characters of a line that are shown where so many bytes are for so many containers: each gets at least one line. */
export const longestOf = (bytes: number, sources: number): number =>
  Math.min(LONGEST_SHOWN, Math.max(256, Math.floor(bytes / sources) - 128))

/**
 * Reads all sources once, eight at a time: with a cursor on from it, the oldest lines first; else the newest lines.
 * A source that fails says so in its place. Throws the first one's Problem where all fail.
 */
export async function readRound(
  api: Api,
  question: Question,
  sources: readonly Source[],
  cursor: LogCursor | undefined,
): Promise<Told[]> {
  const told = await inTurn(sources, AT_A_TIME, (source) =>
    readOne(api, question, source, wantOf(question, source, sources.length, cursor), cursor),
  )
  const [first] = told
  if (first?.problem !== undefined && told.every(({ problem }) => problem !== undefined)) throw first.problem
  return cursor === undefined ? keepNewest(told, question.bytes) : keepOldest(told, question, cursor)
}

function wantOf(question: Question, source: Source, sources: number, cursor: LogCursor | undefined): Want {
  const { tail, bytes, words } = question
  const from = placeOf(source, question, cursor)
  return {
    tail,
    bytes,
    words,
    from,
    longest: longestOf(bytes, sources),
    searchBytes: Math.floor(SEARCH_BYTES / sources),
  }
}

async function readOne(
  api: Api,
  question: Question,
  source: Source,
  want: Want,
  cursor: LogCursor | undefined,
): Promise<Told> {
  const read = cursor === undefined ? readNewest : readOnward
  try {
    const { position, ...part } = await read((query) => source.open(api, query), want)
    return { source, ...part, place: position }
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
    return { source, lines: [], place: placeOf(source, question, cursor), problem }
  }
}

// A talkative container must not drive the others out of the answer: each keeps its newest lines, up to an equal share.
function keepNewest(told: readonly Told[], bytes: number): Told[] {
  const lines = fairShare(
    told.map((each) => each.lines.length),
    MOST_LINES,
  )
  const cut = told.map((each) => ({ ...each, lines: newestWithin(each.lines, lines, Number.POSITIVE_INFINITY) }))
  const share = fairShare(
    cut.map((each) => sizeOf(each.lines)),
    bytes,
  )
  return cut.map((each, index) => {
    const kept = newestWithin(each.lines, MOST_LINES, share)
    const isLess = kept.length < (told[index]?.lines.length ?? 0)
    return isLess ? { ...each, lines: kept, left: 'older' } : { ...each, lines: kept }
  })
}

// The oldest lines of all together; what does not fit is read again next time.
function keepOldest(told: readonly Told[], question: Question, cursor: LogCursor): Told[] {
  const merged = merge(told.map(({ lines }) => lines))
  const fitting = countWithin(
    merged.map(({ line }) => line),
    question.bytes,
  )
  if (fitting === merged.length) return [...told]
  const kept = merged.slice(0, fitting)
  return told.map((each, index) => {
    const lines = kept.filter(({ source }) => source === index).map(({ line }) => line)
    if (lines.length === each.lines.length) return each
    return { ...each, lines, place: placeAfter(lines, placeOf(each.source, question, cursor)), left: 'newer' }
  })
}

/** How many of the lines fit, from the first on; one always does. */
function countWithin(lines: readonly ShownLine[], bytes: number): number {
  let used = 0
  for (const [index, line] of lines.slice(0, MOST_LINES).entries()) {
    used += bytesOf(line)
    if (used > bytes && index > 0) return index
  }
  return Math.min(lines.length, MOST_LINES)
}
