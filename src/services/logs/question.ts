import { problems } from '../../errors.ts'
import { logTime } from '../../kubernetes/logs.ts'
import type { Cluster } from '../cluster.ts'
import { DEFAULT_BYTES } from './limits.ts'
import { logTimeOf } from './position.ts'

/** What a caller may say of logs. */
export interface LogsInput {
  namespace?: string
  name?: string
  labelSelector?: string
  container?: string
  allContainers?: boolean
  previous?: boolean
  tail?: number
  since?: string
  sinceTime?: string
  timestamps?: boolean
  contains?: string[]
  maxBytes?: number
  cursor?: string
  follow?: boolean
  followSeconds?: number
}

/** Whose logs: one pod's, or those of all pods of a selector. */
export interface Subject {
  namespace: string
  /** Undefined where there is a selector. */
  name: string | undefined
  labelSelector: string
  container: string | undefined
  allContainers: boolean
  previous: boolean
}

/** What is asked, checked, with every default. */
export interface Question {
  subject: Subject
  tail: number
  bytes: number
  timestamps: boolean
  /** In lower case. */
  words: readonly string[]
  /** No line before this time (as LogLine.time). */
  notBefore: string | undefined
  /** When it was asked. */
  now: Date
  cursor: string | undefined
}

/** Throws `bad_input` where parameters contradict each other. */
export function questionOf(cluster: Pick<Cluster, 'namespace'>, input: LogsInput, now: Date): Question {
  const contradiction = contradictionIn(input)
  if (contradiction !== undefined) throw problems.badInput(...contradiction)
  return {
    subject: {
      namespace: input.namespace ?? cluster.namespace,
      name: input.name,
      labelSelector: input.labelSelector ?? '',
      container: input.container,
      allContainers: input.allContainers === true,
      previous: input.previous === true,
    },
    tail: input.tail ?? 100,
    bytes: input.maxBytes ?? DEFAULT_BYTES,
    timestamps: input.timestamps === true,
    words: (input.contains ?? []).map((word) => word.toLowerCase()),
    notBefore: notBefore(input, now),
    now,
    cursor: input.cursor,
  }
}

function contradictionIn(input: LogsInput): [detail: string, next: string] | undefined {
  const { name, labelSelector, container, allContainers, previous, follow, since, sinceTime } = input
  if (name !== undefined && labelSelector !== undefined)
    return ['name and labelSelector contradict each other.', 'Give one of them.']
  if (name === undefined && labelSelector === undefined)
    return ['Whose logs is missing.', 'Give the name of a pod, or a labelSelector.']
  if (container !== undefined && allContainers === true)
    return ['container and allContainers contradict each other.', 'Give one of them.']
  if (since !== undefined && sinceTime !== undefined)
    return ['since and sinceTime contradict each other.', 'Give one of them.']
  if (previous === true && follow === true)
    return [
      'previous and follow contradict each other: a container that has ended writes no more.',
      'Give one of them.',
    ]
  return undefined
}

function notBefore({ since, sinceTime }: LogsInput, now: Date): string | undefined {
  if (since !== undefined) return logTimeOf(new Date(now.getTime() - secondsOf(since) * 1000))
  if (sinceTime === undefined) return undefined
  const time = logTime(sinceTime)
  if (time === undefined)
    throw problems.badInput(
      `sinceTime "${sinceTime}" is not a time of the calendar.`,
      'Write it as 2026-01-31T08:00:00Z.',
    )
  return time
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** Seconds of a duration such as `90s`, `1h30m` or `2d`. */
function secondsOf(duration: string): number {
  const terms = [...duration.matchAll(/(\d+)([smhd])/g)]
  return terms.reduce((sum, [, count, unit = 's']) => sum + Number(count) * (UNITS[unit] ?? 0), 0)
}
