import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'

/** What is in progress at a door: counted, so that a server that stops can wait for it, and then end the rest with a reason. */
export class Running {
  readonly #stop = new AbortController()
  #count = 0
  #idle: (() => void) | undefined

  /** Fires when what still runs must end. */
  get stopping(): AbortSignal {
    return this.#stop.signal
  }

  async track<T>(work: () => Promise<T>): Promise<T> {
    this.#count++
    try {
      return await work()
    } finally {
      this.#count--
      if (this.#count === 0) this.#idle?.()
    }
  }

  /** Waits for what runs, at most `grace` milliseconds; then tells the rest to end, and waits for that, at most half a second. */
  async end(grace: number): Promise<void> {
    await this.#settled(grace)
    this.#stop.abort()
    await this.#settled(500)
    // The last answers are handed to the transport in promises that follow; closing now would overtake them.
    await nextTurn()
  }

  async #settled(milliseconds: number): Promise<void> {
    if (this.#count === 0) return
    const done = new AbortController()
    const idle = new Promise<void>((resolve) => (this.#idle = resolve))
    await Promise.race([idle, wait(milliseconds, undefined, { signal: done.signal }).catch(() => undefined)])
    done.abort()
  }
}
