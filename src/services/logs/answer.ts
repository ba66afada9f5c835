import Type, { type Static } from 'typebox'
import { Closed } from '../../schema.ts'
import { type LogCursor, writeLogCursor } from './cursor.ts'
import { MOST_BYTES, MOST_LINES } from './limits.ts'
import { MORE_FOLLOW } from './line-text.ts'
import type { ShownLine } from './lines.ts'
import { merge } from './merge.ts'
import { recentTime } from './position.ts'
import type { Question } from './question.ts'
import type { Told } from './round.ts'

const LogSource = Closed({
  pod: Type.String({ description: 'Pod.' }),
  container: Type.Optional(Type.String({ description: "Container; absent: the pod's only one." })),
  lines: Type.Integer({ description: 'How many of the lines are its.' }),
  cut: Type.Optional(Type.Boolean({ description: 'true: it has more lines than are here; see truncated.' })),
  problem: Type.Optional(Type.String({ description: 'Why its log could not be read.' })),
})

const Line = Closed({
  source: Type.Optional(Type.Integer({ description: 'Index into sources, where there are several.' })),
  time: Type.Optional(
    Type.String({ description: 'When it was written (RFC 3339, UTC), where timestamps were asked for.' }),
  ),
  text: Type.String({ description: 'The line, secrets masked.' }),
})

/** Lines of logs in the order of time. */
export const LogsAnswer = Closed({
  context: Type.String({ description: 'Context that answered.' }),
  namespace: Type.String({ description: 'Namespace.' }),
  sources: Type.Array(LogSource, { description: 'Containers that were read.' }),
  lines: Type.Array(Line, { description: 'Lines, the oldest first.' }),
  truncated: Type.Optional(Type.String({ description: 'What was left out, and how to get it.' })),
  notes: Type.Array(Type.String(), { description: 'What to know of the choice of containers.' }),
  cursor: Type.String({ description: 'Pass it to get the lines after these, none lost and none twice.' }),
})
export type LogsAnswer = Static<typeof LogsAnswer>

/** The answer to a question. `notes` are those on the choice of containers. */
export function answerOf(
  context: string,
  question: Question,
  told: readonly Told[],
  notes: readonly string[],
  since: LogCursor | undefined,
): LogsAnswer {
  const lines = merge(told.map((each) => each.lines))
  const several = told.length > 1
  const truncated = truncation(context, question, told)
  return {
    context,
    namespace: question.subject.namespace,
    sources: told.map(sourceOf),
    lines: lines.map(({ source, line }) => ({ ...(several ? { source } : {}), ...shown(line, question) })),
    ...(truncated === undefined ? {} : { truncated }),
    notes: [...notes, ...told.flatMap(({ source }) => source.note ?? [])],
    cursor: writeLogCursor(question, context, nextCursor(question, told, since)),
  }
}

const shown = ({ time, text }: ShownLine, { timestamps }: Question) =>
  timestamps && time !== '' ? { time, text } : { text }

const sourceOf = ({ source, lines, left, problem }: Told) => ({
  pod: source.pod,
  ...(source.container === undefined ? {} : { container: source.container }),
  lines: lines.length,
  ...(left === undefined ? {} : { cut: true }),
  ...(problem === undefined ? {} : { problem: problem.message }),
})

function nextCursor(question: Question, told: readonly Told[], since: LogCursor | undefined): LogCursor {
  const places = told.flatMap(({ source, place }) => (place === undefined ? [] : [[source.key, place] as const]))
  const isBehind = since !== undefined && told.some(({ left }) => left === 'newer')
  const from = isBehind ? since.from : recentTime(question.now)
  const { notBefore = '' } = question
  return { from: from > notBefore ? from : notBefore, places: new Map(places) }
}

function truncation(context: string, question: Question, told: readonly Told[]): string | undefined {
  const left = new Set(told.map((each) => each.left))
  const most = `${question.bytes} bytes (maxBytes, at most ${MOST_BYTES}) and ${MOST_LINES} lines`
  const start = () =>
    `cursor=${writeLogCursor(question, context, { from: question.notBefore ?? '', places: new Map() })}`
  if (left.has('newer')) return `${MORE_FOLLOW}; an answer has at most ${most}. Go on with the cursor of this answer.`
  if (left.has('older'))
    return `Older lines were left out: an answer has at most ${most}. Raise maxBytes, read fewer containers, or read all from the first line on, page by page, with ${start()}`
  if (left.has('unsearched'))
    return `Only the newest lines were searched for contains. To search from the first line on, page by page, pass ${start()}`
  return undefined
}
