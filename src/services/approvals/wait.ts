import type { ApprovalStore, Happened } from './store.ts'
import type { Approval } from './types.ts'

const PAGE = 200
const EVERY = '*'

/** Tells those who wait. Nobody polls, and nothing blocks. */
export class Waiting {
  readonly #store: ApprovalStore
  readonly #sleepers = new Map<string, Set<() => void>>()
  readonly #ending = new AbortController()
  readonly #unsubscribe: () => void

  constructor(store: ApprovalStore) {
    this.#store = store
    this.#unsubscribe = store.onHappened(({ id }) => {
      this.#wake(id)
      this.#wake(EVERY)
    })
  }

  /** Nobody is woken any more. */
  close(): void {
    this.release()
    this.#unsubscribe()
  }

  /** Lets everybody go who waits for one approval, now and from now on: a server that stops holds nobody. */
  release(): void {
    this.#ending.abort()
  }

  /** Whether waiting is over, whatever becomes of the approval: the caller has left, or the server stops. */
  isOver(signal: AbortSignal): boolean {
    return signal.aborted || this.#ending.signal.aborted
  }

  /**
   * The approval as soon as its version is above `since`, else as it is after so many milliseconds or when the signal fires. Undefined
   * where there is none.
   */
  async until(id: string, since: number, milliseconds: number, signal: AbortSignal): Promise<Approval | undefined> {
    const end = AbortSignal.any([signal, this.#ending.signal, AbortSignal.timeout(Math.ceil(milliseconds))])
    for (;;) {
      // Lies down before it looks: what happens in between wakes it at once.
      const sleep = this.#sleep(id, end)
      const approval = await this.#store.get(id)
      if (approval !== undefined && approval.version <= since && !end.aborted) await sleep.over
      else {
        sleep.end()
        return approval
      }
    }
  }

  /**
   * Events of approvals after a position (`Last-Event-ID`; undefined: from now on), in order and without gaps, until the signal fires.
   * Nothing is kept in memory for a slow reader: it goes on in the audit where it stopped.
   */
  async *events(after: number | undefined, signal: AbortSignal): AsyncGenerator<Happened> {
    let position = after ?? (await this.#store.head()).seq
    while (!signal.aborted) {
      const sleep = this.#sleep(EVERY, signal)
      const page = await this.#store.happened(position, PAGE)
      if (page.length === 0) await sleep.over
      sleep.end()
      for (const happened of page) {
        position = happened.seq
        yield happened
      }
    }
  }

  #wake(name: string): void {
    for (const wake of this.#sleepers.get(name) ?? []) wake()
  }

  #sleep(name: string, signal: AbortSignal): { over: Promise<void>; end(): void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleepers = this.#sleepers.get(name) ?? new Set()
    const end = (): void => {
      sleepers.delete(end)
      if (sleepers.size === 0 && this.#sleepers.get(name) === sleepers) this.#sleepers.delete(name)
      signal.removeEventListener('abort', end)
      resolve()
    }
    this.#sleepers.set(name, sleepers.add(end))
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    return { over: promise, end }
  }
}
