import { Cancelled } from '../changes/outcomes.ts'
import type { Execution } from '../changes/plan.ts'
import { scrubText } from '../safety/scrub-text.ts'
import { type Core, ownEntry } from './core.ts'
import type { Approval, Run } from './types.ts'

/** Seconds after the approval in which the first byte must leave. */
export const LONGEST_WAIT = 5 * 60

/** Why a run was held back before a write. `Cancelled`, so that a change of several steps ends itself and says what it has done. */
export class Held extends Cancelled {
  readonly why: 'stopped' | 'late' | 'lost'
  constructor(why: Held['why']) {
    super()
    this.name = 'Held'
    this.why = why
  }
}

/** The one run of an approval, as the code that writes to the cluster sees it. */
export class LiveRun implements Execution {
  readonly id: string
  readonly #core: Core
  readonly #approval: string
  readonly #epoch: number
  /** Why it was held back, whatever the code in between made of the error. */
  held: Held | undefined
  sent = false
  done = 0
  processGroup: string | undefined
  readonly keyed = (value: unknown): string => this.#core.seal.hash(value)
  /** Plans and compares again; given by the executor. */
  recheck?: () => Promise<Record<string, string>>

  constructor(core: Core, approval: Approval, { id, epoch }: Run) {
    this.#core = core
    this.#approval = approval.id
    this.id = id
    this.#epoch = epoch
  }

  /** On disk before the first byte leaves: that it may have left. The last look at the clock, and whether somebody stopped it. */
  async beforeSend(): Promise<void> {
    const { store, fail } = this.#core
    const { approval, run } = await this.#current()
    if (run.stopBy !== undefined) throw this.#hold('stopped')
    if (this.sent) return
    const now = store.now()
    if (isLate(approval, now)) throw this.#hold('late')
    await fail('before_send_commit')
    await this.#record('send', { sentAt: now })
    this.sent = true
    await fail('before_first_byte')
  }

  async started(processGroup: string): Promise<void> {
    this.processGroup = processGroup
    await this.#record('step', { processGroup })
  }

  async step(done: number, total: number, message: string): Promise<void> {
    this.done = done
    const run = await this.#record('step', { done, total, message: scrubText(message) })
    if (run.stopBy !== undefined && done < total) throw this.#hold('stopped')
  }

  async #record(event: 'send' | 'step', facts: Partial<Run>): Promise<Run> {
    const { store } = this.#core
    const { approval, run } = await this.#current()
    const after = { ...run, ...facts }
    const { id, version } = approval
    const audit = ownEntry(event, approval, { execution: run.id, ...facts })
    const written = await store.move({ id, version, event, epoch: this.#epoch, patch: { run: after }, audit })
    // Somebody asked to stop it meanwhile: the row has another version, and is read again.
    return written === undefined ? this.#record(event, facts) : after
  }

  async #current(): Promise<{ approval: Approval; run: Run }> {
    if (this.held !== undefined) throw this.held
    const approval = await this.#core.store.get(this.#approval)
    const run = approval?.run
    if (approval?.state !== 'executing' || run?.id !== this.id || run.epoch !== this.#epoch) throw this.#hold('lost')
    return { approval, run }
  }

  #hold(why: Held['why']): Held {
    this.held = new Held(why)
    return this.held
  }
}

/** Whether too much time has gone by since the approval. An approval from a time that has not come counts as late: the clock was wrong. */
export function isLate({ approvedAt }: Approval, now: number): boolean {
  return approvedAt === undefined || now < approvedAt || now - approvedAt > LONGEST_WAIT * 1000
}
