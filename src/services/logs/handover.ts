/**
 * Hands values from several producers to one consumer. A producer goes on only when its value was taken, so at most one value
 * per producer waits, however slow the consumer is.
 */
export class Handover<T> {
  #waiting: { value: T; taken: (wasTaken: boolean) => void }[] = []
  #wake: (() => void) | undefined
  #closed = false

  /** Resolves with true when the value was taken, with false when nobody will take any more. */
  give(value: T): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false)
    return new Promise((taken) => {
      this.#waiting.push({ value, taken })
      this.#wake?.()
    })
  }

  /** The next value, in the order given; undefined after the end. For one consumer. */
  async take(): Promise<T | undefined> {
    while (!this.#closed) {
      const next = this.#waiting.shift()
      if (next !== undefined) {
        next.taken(true)
        return next.value
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = undefined
    }
    return undefined
  }

  /** Nothing is handed over from here on. */
  close(): void {
    this.#closed = true
    for (const { taken } of this.#waiting) taken(false)
    this.#waiting = []
    this.#wake?.()
  }
}
