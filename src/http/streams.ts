import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Principal } from '../call.ts'
import { type Problem, problems, toProblem } from '../errors.ts'
import type { StreamEvent } from '../operations/define.ts'
import type { Frame } from './frames.ts'

/** Streams one caller may have open at once. */
export const MOST_STREAMS = 256

/** Times in milliseconds. */
export interface StreamTimes {
  /** Silence after which a comment shows that the stream is alive, where the format has comments. */
  heartbeat: number
  /** Silence after which a stream is ended with a reason. */
  idle: number
  /** How long a reader may leave the socket full before it is dropped. */
  stalled: number
}

export const STREAM_TIMES: StreamTimes = { heartbeat: 15_000, idle: 30 * 60_000, stalled: 60_000 }

interface EventStreamOptions {
  frame: Frame
  correlationId: string
  /** Tells the source that nobody listens any more. */
  leave: () => void
}

// A write that the kernel takes at once drains without a turn of the event loop: a source that always has more would stop
// everything else. So many events, and the others get their turn.
const TURN = 32

/** A next event that was asked for before there was a stream to put it in. */
export type NextEvent = Promise<IteratorResult<StreamEvent>>

/** The body of a followed read: pulls an event only when the socket takes more, and stops the source when the reader leaves. */
export class EventStream extends Readable {
  readonly #events: AsyncIterator<StreamEvent>
  readonly #options: EventStreamOptions
  #next: NextEvent | undefined
  #pulling = false
  #count = 0
  #over = false
  #lastEvent = performance.now()
  #lastWrite = performance.now()
  /** Since when the socket takes no more. */
  #fullSince: number | undefined

  constructor(events: AsyncIterator<StreamEvent>, first: NextEvent | undefined, options: EventStreamOptions) {
    super({ encoding: 'utf8', highWaterMark: 16 * 1024 })
    this.#events = events
    this.#next = first
    // A reader that leaves before the first pull must not leave a rejection behind that nobody takes.
    first?.catch(() => undefined)
    this.#options = options
    this.#write(options.frame.start)
  }

  override _read(): void {
    this.#fullSince = undefined
    if (!this.#pulling && !this.#over) void this.#pull()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stop()
    done(error)
  }

  /** Ends the stream with a last word. */
  finish(last: string): void {
    if (this.#over) return
    this.#write(last)
    this.push(null)
    this.#stop()
  }

  /** Ends the stream with the reason, in the stream's own format. */
  refuse(problem: Problem): void {
    this.finish(this.#options.frame.problem(problem, this.#options.correlationId))
  }

  /** Called from time to time: shows life, and ends what is idle or stalled. */
  tick(now: number, { heartbeat, idle, stalled }: StreamTimes): void {
    if (this.#fullSince !== undefined && now - this.#fullSince >= stalled) this.destroy()
    else if (now - this.#lastEvent >= idle) this.refuse(problems.streamIdle(idle / 60_000))
    else if (now - this.#lastWrite >= heartbeat) this.#write(this.#options.frame.heartbeat)
  }

  async #pull(): Promise<void> {
    this.#pulling = true
    try {
      while (!this.#over && this.#fullSince === undefined) await this.#one()
    } catch (error) {
      this.refuse(toProblem(error, this.#options.correlationId))
    } finally {
      this.#pulling = false
    }
  }

  async #one(): Promise<void> {
    const next = this.#next ?? this.#events.next()
    this.#next = undefined
    const { done, value } = await next
    if (done === true) return this.finish(this.#options.frame.end)
    this.#lastEvent = performance.now()
    this.#write(this.#options.frame.event(value))
    this.#count += 1
    if (this.#count % TURN === 0) await nextTurn()
  }

  #write(text: string): void {
    if (text === '' || this.#over) return
    this.#lastWrite = performance.now()
    if (!this.push(text)) this.#fullSince ??= this.#lastWrite
  }

  // The signal first: a source that waits for its next line hears `return` only after that line.
  #stop(): void {
    if (this.#over) return
    this.#over = true
    this.#options.leave()
    this.#events.return?.().catch(() => undefined)
  }
}

const TICK = 1000
const GRACE = 1000

/** All open streams of a listener: counted per caller, kept alive, and ended when the server closes. */
export class OpenStreams {
  readonly #open = new Set<EventStream>()
  readonly #held = new Map<string, number>()
  readonly #most: number
  readonly #timer: NodeJS.Timeout

  constructor(most: number = MOST_STREAMS, times: StreamTimes = STREAM_TIMES) {
    this.#most = most
    this.#timer = setInterval(() => this.#tick(times), TICK).unref()
  }

  /** Takes one of a caller's places; answers how to give it back. Throws `too_many_streams` where none is left. */
  reserve({ kind, subject }: Principal): () => void {
    const owner = `${kind}:${subject}`
    const held = this.#held.get(owner) ?? 0
    if (held >= this.#most) throw problems.tooManyStreams(this.#most)
    this.#held.set(owner, held + 1)
    return () => this.#release(owner)
  }

  add(stream: EventStream): void {
    this.#open.add(stream)
    stream.once('close', () => this.#open.delete(stream))
  }

  #release(owner: string): void {
    const held = this.#held.get(owner) ?? 0
    if (held > 1) this.#held.set(owner, held - 1)
    else this.#held.delete(owner)
  }

  /** Ends them all with the reason; who does not read it within the grace period (milliseconds) is dropped. */
  async close(grace = GRACE): Promise<void> {
    clearInterval(this.#timer)
    const streams = [...this.#open]
    for (const stream of streams) stream.refuse(problems.shuttingDown())
    const signal = AbortSignal.timeout(grace)
    await Promise.all(streams.map((stream) => finished(stream, { signal }).catch(() => stream.destroy())))
  }

  #tick(times: StreamTimes): void {
    const now = performance.now()
    for (const stream of this.#open) stream.tick(now, times)
  }
}
