import { problems } from '../../errors.ts'
import type { Position } from './position.ts'
import type { Question } from './question.ts'
import { shortHash } from './short-hash.ts'

/** Where the logs of a question go on: a place per container (by its key), and the time from which on those are read that have none. */
export interface LogCursor {
  /** As LogLine.time; '' for the beginning. */
  from: string
  places: ReadonlyMap<string, Position>
}

const fingerprint = ({ subject, words }: Question, context: string) =>
  shortHash(JSON.stringify([context, subject, words]))

/** The `cursor` of an answer. Opaque to the caller; it belongs to one question (how much of it is asked for may differ). */
export function writeLogCursor(question: Question, context: string, { from, places }: LogCursor): string {
  const rows = [...places].map(([key, { time, count }]) => [key, time, count])
  return Buffer.from(JSON.stringify([1, fingerprint(question, context), from, rows])).toString('base64url')
}

/** Reads a `cursor` back. Throws `bad_input` where it is damaged or of another question. */
export function readLogCursor(question: Question, context: string): LogCursor | undefined {
  if (question.cursor === undefined) return undefined
  const [, print, from, rows] = decode(question.cursor) ?? []
  if (print === undefined || from === undefined || rows === undefined)
    throw unusable('it is not a cursor of this server')
  if (print !== fingerprint(question, context)) throw unusable('it belongs to logs with other parameters')
  return { from, places: new Map(rows.map(([key, time, count]) => [key, { time, count }])) }
}

const unusable = (why: string) =>
  problems.badInput(
    `cursor is not usable: ${why}.`,
    'Pass the cursor of the answer before, with the same context, namespace, pods, containers and contains; or start again without it.',
  )

type Row = [key: string, time: string, count: number]
type Encoded = [version: 1, print: string, from: string, rows: Row[]]

function decode(text: string): Encoded | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return isEncoded(value) ? value : undefined
  } catch {
    return undefined
  }
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/
const isTime = (value: unknown): value is string =>
  typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value))

const isRow = (value: unknown): value is Row =>
  Array.isArray(value) &&
  value.length === 3 &&
  typeof value[0] === 'string' &&
  isTime(value[1]) &&
  Number.isSafeInteger(value[2]) &&
  value[2] >= 0

const isEncoded = (value: unknown): value is Encoded =>
  Array.isArray(value) &&
  value.length === 4 &&
  value[0] === 1 &&
  typeof value[1] === 'string' &&
  (value[2] === '' || isTime(value[2])) &&
  Array.isArray(value[3]) &&
  value[3].every(isRow)
