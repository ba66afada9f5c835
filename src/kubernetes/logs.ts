import type { Readable } from 'node:stream'
import type { Api } from './api.ts'
import { BUILT_IN, pathOf } from './paths.ts'
import { unanswered } from './refusals.ts'
import { turn } from './turns.ts'

/** What to ask of one container's log (PodLogOptions, core/v1). */
export interface LogQuery {
  namespace: string
  pod: string
  /** Undefined: the pod's only one; the API server refuses where there are more. */
  container: string | undefined
  previous?: boolean
  follow?: boolean
  tailLines?: number
  /** RFC 3339; the API server looks at whole seconds only. */
  sinceTime?: string
  limitBytes?: number
}

/** One line of a log. */
export interface LogLine {
  /** UTC, always `2026-01-02T03:04:05.123456789Z`, so that text order is time order; '' where the kubelet wrote none. */
  time: string
  /** Without line end; at most about {@link LONGEST_READ} bytes of it. */
  text: string
  /** Bytes of it that were not kept. */
  lost: number
}

/** Bytes of a line that are kept; the rest of it is only counted. */
export const LONGEST_READ = 32 * 1024

/** Bytes of a followed log that may wait in memory: there are hundreds of followers, and each line waits as an object. */
const FOLLOW_AHEAD = 16 * 1024

/** Bytes of a log that are read without waiting for a turn: as much as the last 100 lines usually have. */
const SMALL = 32 * 1024

/**
 * Opens the log of one container. Throws the refusals of the API server and the kubelet as they came.
 * A followed log that is quiet answers nothing, not even headers, until its first line (measured): it has no time-out then.
 */
export async function openLog(api: Api, query: LogQuery): Promise<LogStream> {
  const { namespace, pod, container, follow, previous, ...rest } = query
  const body = await api.open({
    path: [...pathOf(BUILT_IN.pods, namespace, pod), 'log'],
    query: { ...rest, container, follow: follow || undefined, previous: previous || undefined, timestamps: true },
    ...(follow === true ? { timeout: 0, readAhead: FOLLOW_AHEAD } : {}),
  })
  return new LogStream(body, api.context)
}

/**
 * The lines of an open log, in batches as they arrive; nothing is read ahead of the consumer but what undici buffers.
 * Throws `cluster_unavailable` where the connection breaks, AbortError where it was aborted. Leaving the loop ends the request.
 */
export class LogStream implements AsyncIterable<LogLine[]> {
  readonly #body: Readable
  readonly #context: string
  /** Bytes received. */
  bytes = 0

  constructor(body: Readable, context: string) {
    this.#body = body
    this.#context = context
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LogLine[], void, void> {
    const splitter = new LineSplitter()
    try {
      for await (const chunk of this.#body) {
        this.bytes += chunk.length
        if (this.bytes > SMALL) await turn()
        const lines = splitter.push(chunk)
        if (lines.length > 0) yield lines
      }
      const last = splitter.end()
      if (last !== undefined) yield [last]
    } catch (error) {
      throw unanswered(error, this.#context, 0)
    }
  }
}

const NEWLINE = 0x0a

/** Cuts chunks into lines: whole lines of a chunk are decoded at once, so that a line costs a slice of a string. */
export class LineSplitter {
  #held: Buffer[] = []
  #heldBytes = 0
  #lost = 0

  /** The lines that end in this chunk. */
  push(chunk: Buffer): LogLine[] {
    const last = chunk.lastIndexOf(NEWLINE)
    if (last === -1) return this.#hold(chunk)
    const first = this.#holds ? chunk.indexOf(NEWLINE) + 1 : 0
    const lines = first === 0 ? [] : this.#joined(chunk.subarray(0, first - 1))
    if (first <= last) for (const raw of chunk.toString('utf8', first, last).split('\n')) lines.push(parseLine(raw, 0))
    this.#hold(chunk.subarray(last + 1))
    return lines
  }

  /** The last line, where it has no line end. */
  end(): LogLine | undefined {
    return this.#holds ? this.#joined(Buffer.alloc(0))[0] : undefined
  }

  get #holds(): boolean {
    return this.#heldBytes > 0
  }

  // A copy, since a short rest would keep the whole chunk alive for as long as the log is quiet.
  #hold(part: Buffer): LogLine[] {
    const room = Math.max(0, LONGEST_READ - this.#heldBytes)
    if (part.length > 0 && room > 0) this.#held.push(Buffer.from(part.subarray(0, room)))
    this.#heldBytes += Math.min(part.length, room)
    this.#lost += Math.max(0, part.length - room)
    return []
  }

  #joined(end: Buffer): LogLine[] {
    this.#hold(end)
    const line = parseLine(Buffer.concat(this.#held).toString('utf8'), this.#lost)
    this.#held = []
    this.#heldBytes = 0
    this.#lost = 0
    return [line]
  }
}

const FIXED = '2026-01-02T03:04:05.123456789Z'.length
const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) /

function parseLine(raw: string, lost: number): LogLine {
  const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
  if (isFixed(line)) return { time: line.slice(0, FIXED), text: line.slice(FIXED + 1), lost }
  const [prefix = '', seconds = '', fraction = '', zone = ''] = TIMESTAMP.exec(line) ?? []
  return { time: utc(seconds, fraction, zone) ?? '', text: line.slice(prefix.length), lost }
}

// What a kubelet in UTC writes; looked at by its marks only, since this runs for every line.
const isFixed = (line: string): boolean =>
  line.charCodeAt(FIXED) === 0x20 &&
  line.charCodeAt(FIXED - 1) === 0x5a &&
  line.charCodeAt(10) === 0x54 &&
  line.charCodeAt(19) === 0x2e

function utc(seconds: string, fraction: string, zone: string): string | undefined {
  // Date reads February 30 as March 2.
  if (Number.isNaN(Date.parse(seconds)) || !new Date(`${seconds}Z`).toISOString().startsWith(seconds)) return undefined
  const milliseconds = Date.parse(`${seconds}${zone}`)
  return Number.isNaN(milliseconds)
    ? undefined
    : `${new Date(milliseconds).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`
}

/** An RFC 3339 time in the form of {@link LogLine.time}; undefined where it is none, or no day of the calendar. */
export function logTime(text: string): string | undefined {
  const [, seconds = '', fraction = '', zone = ''] = TIMESTAMP.exec(`${text} `) ?? []
  return utc(seconds, fraction, zone)
}
