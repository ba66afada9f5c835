import type { KubeObject } from '../../../../kubernetes/types.ts'
import { containersOf, stateOf } from '../../../describe/containers.ts'
import { clip, oneLine } from '../../../describe/words.ts'
import type { Facts } from '../../facts.ts'
import type { Tail } from '../../snapshot.ts'
import type { View } from './containers.ts'
import type { Ending } from './ending.ts'

const MOST_LINES = 5
const MOST_LINE = 200

// What programs write when they give up, the surest first. Frames of a stack name errors too, and say nothing.
const SURE = [
  /\b(?:fatal|panic|emerg|critical)\b/i,
  /\bcaused by\b|exception|traceback|\b\w*error\b/i,
  /\b(?:cannot|can't|could not|failed|failure|denied|refused|not found|no such|missing|invalid|unable)\b/i,
  /\b(?:read-only|already in use|no space left|timed out|timeout|unreachable|unauthorized|forbidden|not (?:permitted|allowed|set)|required|unknown|unexpected)\b/i,
]
const FRAME = /^\s*(?:at\s|File "|\.{3} \d+ more|goroutine \d+|\S+\.go:\d+)/

const rank = (line: string): number => {
  const found = FRAME.test(line) ? -1 : SURE.findIndex((pattern) => pattern.test(line))
  return found === -1 ? SURE.length : found
}

interface Spoken {
  line: string
  index: number
  rank: number
}

// All pods of a workload share the log that was read of one of them, and several rules ask of each: it is ranked once.
const known = new WeakMap<readonly string[], Spoken[]>()

/** The lines that say something, each with how surely it says why. */
function rankedOf(lines: readonly string[]): Spoken[] {
  const ranked =
    known.get(lines) ??
    lines.filter((line) => line.trim() !== '').map((line, index) => ({ line, index, rank: rank(line) }))
  known.set(lines, ranked)
  return ranked
}

/** At most five lines of a log that say why it ended, in their order: what matters is not always last. */
export function tellingLines(lines: readonly string[]): string[] {
  const chosen = rankedOf(lines)
    .toSorted((a, b) => a.rank - b.rank || b.index - a.index)
    .slice(0, MOST_LINES)
  return chosen.toSorted((a, b) => a.index - b.index).map(({ line }) => line)
}

/** The same as evidence shows them. */
export const lastWords = (lines: readonly string[]): string[] =>
  tellingLines(lines).map((line) => clip(oneLine(line), MOST_LINE))

/** The one line that says most about why it ended. */
export function decisiveLine(lines: readonly string[]): string | undefined {
  const ranked = rankedOf(lines)
  const best = Math.min(...ranked.map((each) => each.rank))
  const found = ranked.findLast((each) => each.rank === best)
  return found === undefined ? undefined : clip(withoutTime(oneLine(found.line)), MOST_LINE)
}

// The time of a line differs from pod to pod; the same trouble is to be told once.
const withoutTime = (line: string): string =>
  line.replace(/^\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?[ \t:|-]*/, '')

/**
 * The last words of a container before it ended. Logs are read of few pods of a workload, so those of a sibling that ended the
 * same way count for all.
 */
function tailOf({ pod, container, facts }: View, code: number | undefined): Tail | undefined {
  const workload = facts.workloadOf(pod)
  const alike = facts.snapshot.tails.filter(
    (tail) => tail.container === container.name && tail.namespace === pod.metadata.namespace,
  )
  return alike.find((tail) => isSibling(tail, workload, code, facts))
}

function isSibling(tail: Tail, workload: KubeObject, code: number | undefined, facts: Facts): boolean {
  const sibling = facts.find('Pod', tail.namespace, tail.pod)
  if (sibling === undefined || facts.workloadOf(sibling) !== workload) return false
  const status = containersOf(sibling).find(({ name }) => name === tail.container)?.status ?? {}
  return [stateOf(status), stateOf(status, 'lastState')].some(({ state }) => state['exitCode'] === code)
}

/** What a container said before it ended: what it chose as its termination message, else its log, where that was read. */
export const linesOf = (view: View, ending: Ending): readonly string[] | undefined =>
  ending.message === '' ? tailOf(view, ending.code)?.lines : ending.message.split('\n')

/** What a container that still runs has said so far, where its log was read. */
export const linesSoFar = (view: View): readonly string[] => tailOf(view, undefined)?.lines ?? []

// What a shell ends with where a program may not be run, or is not there (POSIX 2.8.2).
const SHELL = [126, 127]

/** A container that ended because a program could not be run: its shell says so by its code, the kernel in its log. */
export const cannotRun = (view: View, ending: Ending): boolean =>
  SHELL.includes(ending.code ?? 0) || isWrongFormat(linesOf(view, ending))

/** True where the log says that a program is for another processor. */
export const isWrongFormat = (lines: readonly string[] = []): boolean =>
  lines.some((line) => line.includes('exec format error'))
