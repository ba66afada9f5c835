import { setImmediate as eventLoop } from 'node:timers/promises'

/** Lets so many in at once; the others wait in order. */
export class Turnstile {
  #free: number
  readonly #waiting: (() => void)[] = []
  constructor(places: number) {
    this.#free = places
  }

  /** Resolves when there is a place; call what it answers, once, to leave it. */
  async enter(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return () => this.#leave()
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}

/** Milliseconds of work that may follow each other before everybody else is let in. */
const SLICE = 10

let last = Promise.resolve()
let end = 0

/**
 * Waits for its turn to do some synchronous work. Whoever asks is served in order, and after every 10 ms of work the event loop
 * runs, so that two hundred followed logs or sixteen large answers that arrive together hold up nobody for the time of all.
 */
export function turn(): Promise<void> {
  last = last.then(breathe)
  return last
}

async function breathe(): Promise<void> {
  if (performance.now() < end) return
  await eventLoop()
  end = performance.now() + SLICE
}
