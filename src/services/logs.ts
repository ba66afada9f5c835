import type { Cluster } from './cluster.ts'
import { answerOf, type LogsAnswer } from './logs/answer.ts'
import { type LogCursor, readLogCursor } from './logs/cursor.ts'
import { gather } from './logs/gather.ts'
import { kubectlPrefix, lineText, OURS } from './logs/line-text.ts'
import type { ShownLine } from './logs/lines.ts'
import { Live, type News } from './logs/live.ts'
import { merge } from './logs/merge.ts'
import { recentTime, startOf } from './logs/position.ts'
import { type LogsInput, type Question, questionOf } from './logs/question.ts'
import { readRound, type Told } from './logs/round.ts'
import { emptyNotes, findSources, type Source } from './logs/sources.ts'

export { LogsAnswer } from './logs/answer.ts'
export { logsText, plainLogs } from './logs/line-text.ts'

/** One event of a followed log: a line (`id` is its time, to go on with as sinceTime), or, as `note`, what is to be said about it. */
export interface LogEvent {
  event?: string
  id?: string
  data: string
}

/** Seconds a tool call gathers new lines where it does not say. */
const FOLLOW_SECONDS = 10

/** Logs of one cluster's containers. */
export class Logs {
  readonly #cluster: Cluster
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /**
   * The newest lines, or those after a cursor; with `follow` also what is written in the next `followSeconds`.
   * Throws `bad_input`, and the refusals of Kubernetes where no log at all can be read.
   */
  async read(input: LogsInput): Promise<LogsAnswer> {
    const round = await this.#round(input)
    const { question, cursor, told, notes } = round
    if (input.follow !== true) return answerOf(this.#cluster.context, question, told, notes, cursor)
    const more = await gather(this.#cluster, followingOf(round), told, input.followSeconds ?? FOLLOW_SECONDS)
    return answerOf(this.#cluster.context, question, more.told, [...notes, ...more.notes], cursor)
  }

  /** The same lines and then new ones for as long as the caller's signal lets it, or the containers live. */
  async *follow(input: LogsInput): AsyncGenerator<LogEvent, void, void> {
    const round = await this.#round(input)
    const { question, told, notes } = round
    const several = question.subject.name === undefined || question.subject.allContainers
    for (const note of [...notes, ...told.flatMap(remarksOn)]) yield noteEvent(note)
    for (const { source, line } of merge(told.map(({ lines }) => lines)))
      yield lineEvent(line, several ? told[source]?.source : undefined, question)
    for await (const news of new Live(this.#cluster, followingOf(round)).news()) {
      if (!('lines' in news)) yield* endEvents(news, several)
      else for (const line of news.lines) yield lineEvent(line, several ? news.source : undefined, question)
    }
  }

  async #round(input: LogsInput): Promise<Round> {
    const question = questionOf(this.#cluster, input, new Date())
    const cursor = readLogCursor(question, this.#cluster.context)
    const { sources, notes } = await findSources(this.#cluster.api, question.subject)
    const told = await readRound(this.#cluster.api, question, sources, cursor)
    return {
      question,
      cursor,
      told,
      notes: isEmpty(question, told) ? await emptyNotes(this.#cluster.api, question.subject) : notes,
    }
  }
}

interface Round {
  question: Question
  cursor: LogCursor | undefined
  notes: string[]
  told: Told[]
}

const isEmpty = ({ subject, cursor }: Question, told: readonly Told[]): boolean =>
  subject.name !== undefined &&
  !subject.allContainers &&
  cursor === undefined &&
  told.every(({ place }) => place === undefined)

function followingOf({ question, told }: Round) {
  const places = told.flatMap(({ source, place, problem }) => {
    // Of a log that could not be read all may be old.
    const from = place ?? (problem === undefined ? undefined : startOf(recentTime(question.now)))
    return from === undefined ? [] : [[source.key, from] as const]
  })
  return { question, sources: told.map(({ source }) => source), places: new Map(places) }
}

function remarksOn({ source, problem, left }: Told): string[] {
  const cut =
    left === undefined ? undefined : `${source.name}: the lines before these were left out; more of them with maxBytes.`
  const failed = problem === undefined ? undefined : `${source.name}: ${problem.message}`
  return [source.note, failed, cut].filter((each) => each !== undefined)
}

const noteEvent = (sentence: string): LogEvent => ({ event: 'note', data: `${OURS}${sentence}` })

function lineEvent(line: ShownLine, source: Source | undefined, { timestamps }: Question): LogEvent {
  const shown = timestamps && line.time !== '' ? line : { text: line.text }
  const data = lineText(shown, source === undefined ? '' : kubectlPrefix(source.name))
  return line.time === '' ? { data } : { id: line.time, data }
}

// One log alone ends its stream, which says so itself.
function* endEvents({ source, failure }: Extract<News, { ended: true }>, several: boolean): Iterable<LogEvent> {
  if (!several) return
  yield noteEvent(
    failure instanceof Error ? `${source.name}: ${failure.message}` : `${source.name}: its log has ended.`,
  )
}
