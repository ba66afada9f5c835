import type { LogLine } from '../../kubernetes/logs.ts'
import { LEAD_SECONDS } from './limits.ts'

/** A place in one container's log: everything before `time`, and the first `count` lines that have exactly this time. */
export interface Position {
  /** As {@link LogLine.time}. */
  time: string
  count: number
}

/** The place before the first line of a time. */
export const startOf = (time: string): Position => ({ time, count: 0 })

const SKEW_MILLISECONDS = 60_000

/**
 * Where a container is read from of which no line is known: a minute before `now`, since the clocks of nodes differ.
 * What it wrote since then nobody has had yet.
 */
export const recentTime = (now: Date): string => logTimeOf(new Date(now.getTime() - SKEW_MILLISECONDS))

/** A time as LogLine.time. */
export const logTimeOf = (date: Date): string => `${date.toISOString().slice(0, -1)}000000Z`

/** What to ask the API server for, to read on from a place: whole seconds, and some before it. */
export function sinceTimeOf({ time }: Position): string {
  const start = Date.parse(`${time.slice(0, 19)}Z`) - LEAD_SECONDS * 1000
  return `${new Date(Math.max(0, start)).toISOString().slice(0, 19)}Z`
}

/** Walks along one container's log from a place, and knows where it is. */
export class Walk {
  readonly #from: Position | undefined
  #same = 0
  #arrived: boolean
  #time: string
  #count: number

  constructor(from: Position | undefined) {
    this.#from = from
    this.#arrived = from === undefined
    this.#time = from?.time ?? ''
    this.#count = from?.count ?? 0
  }

  /** Where it is; undefined: no line has been seen, and it began at the beginning. */
  get position(): Position | undefined {
    return this.#time === '' ? undefined : { time: this.#time, count: this.#count }
  }

  /** Takes a step: whether this line is one after the place it began from. */
  step({ time }: LogLine): boolean {
    if (!this.#arrived && !this.#arrives(time)) return false
    this.#pass(time)
    return true
  }

  #arrives(time: string): boolean {
    if (this.#from === undefined || time === '') return true
    if (time < this.#from.time) return false
    if (time === this.#from.time && this.#same++ < this.#from.count) return false
    this.#arrived = true
    return true
  }

  // A clock that was set back must not make lines come twice: the place only goes forward.
  #pass(time: string): void {
    if (time > this.#time) {
      this.#time = time
      this.#count = 1
    } else if (time === this.#time && time !== '') this.#count++
  }
}
