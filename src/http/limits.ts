import type { FastifyRequest } from 'fastify'
import type { Caller } from '../call.ts'
import { type Problem, problems } from '../errors.ts'

/** Bytes of a body: a manifest of 1 MiB and what JSON adds to it. */
export const BODY_LIMIT = Math.floor(1.1 * 1024 * 1024)

/** Bytes of an uploaded archive. */
export const UPLOAD_LIMIT = 20 * 1024 * 1024

/** Bytes of a request line and its headers. */
export const HEADER_LIMIT = 16 * 1024

/** Sockets open at once; the next ones are closed unanswered. */
export const MOST_CONNECTIONS = 4096

/** How fast one caller may ask: so many requests a second on average, so many at once after a pause. */
export interface Rate {
  perSecond: number
  burst: number
}

/** Far above what agents and a benchmark on one machine reach, far below what keeps one core from anything else. */
export const RATE: Rate = { perSecond: 10_000, burst: 20_000 }

/** Stall of the event loop, in milliseconds, from which on new requests are refused. */
export const STALL = 1000

const MOST_BUCKETS = 10_000

interface Bucket {
  tokens: number
  at: number
}

/** Token buckets by caller. Memory is bounded: buckets that are full again are forgotten. */
export class RateLimiter {
  readonly #rate: Rate
  readonly #buckets = new Map<string, Bucket>()
  constructor(rate: Rate = RATE) {
    this.#rate = rate
  }

  /** Takes one token of a caller. Answers undefined, or the seconds after which there is one again. `now` in milliseconds. */
  take(key: string, now = performance.now()): number | undefined {
    const bucket = this.#bucket(key, now)
    bucket.tokens = this.#refilled(bucket, now)
    bucket.at = now
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.#rate.perSecond)
    bucket.tokens -= 1
    return undefined
  }

  #bucket(key: string, now: number): Bucket {
    const known = this.#buckets.get(key)
    if (known !== undefined) return known
    if (this.#buckets.size >= MOST_BUCKETS) this.#forget(now)
    const made = { tokens: this.#rate.burst, at: now }
    this.#buckets.set(key, made)
    return made
  }

  #refilled({ tokens, at }: Bucket, now: number): number {
    return Math.min(this.#rate.burst, tokens + ((now - at) / 1000) * this.#rate.perSecond)
  }

  // Where nobody is full again, the oldest half goes: a flood of addresses must not grow the map, nor make it be walked each time.
  #forget(now: number): void {
    for (const [key, bucket] of this.#buckets)
      if (this.#refilled(bucket, now) >= this.#rate.burst) this.#buckets.delete(key)
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size <= MOST_BUCKETS / 2) return
      this.#buckets.delete(key)
    }
  }
}

const SAMPLE = 250

/** Watches how late the event loop is. One late sample is a pause (garbage, start-up); two in a row are overload. */
export class LoopWatch {
  readonly #stall: number
  readonly #timer: NodeJS.Timeout
  #expected = performance.now() + SAMPLE
  #late = 0
  constructor(stall: number = STALL) {
    this.#stall = stall
    this.#timer = setInterval(() => this.#sample(performance.now()), SAMPLE).unref()
  }

  #sample(now: number): void {
    this.#late = now - this.#expected > this.#stall ? this.#late + 1 : 0
    this.#expected = now + SAMPLE
  }

  get overloaded(): boolean {
    return this.#late > 1
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** What decides whether a request is let in at all: the loop's state, the caller's rate, then its address's. Throws what `callerOf` throws. */
export function floodGate(
  limiter: RateLimiter,
  loop: LoopWatch,
  callerOf: (request: FastifyRequest) => Caller,
): (request: FastifyRequest) => Problem | undefined {
  return (request) => {
    if (loop.overloaded) return problems.overloaded('its event loop is late')
    const { principal, grant } = callerOf(request)
    // Those without a credential share a name, and must not use up each other's requests.
    const named = grant.role === 'none' ? undefined : limiter.take(`${principal.kind}:${principal.subject}`)
    const wait = named ?? limiter.take(request.ip)
    return wait === undefined ? undefined : problems.rateLimited(wait)
  }
}
