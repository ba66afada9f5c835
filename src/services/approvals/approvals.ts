import { setTimeout as pause } from 'node:timers/promises'
import type { AuditHead } from './audit.ts'
import { ContextStore } from './context-store.ts'
import type { Core } from './core.ts'
import { Decisions, expireIfLate, isVisible, type Actor } from './decide.ts'
import { Executor, type ExecutorOptions } from './execute.ts'
import { noFail } from './failpoints.ts'
import { Gate } from './gate.ts'
import { openEnding, openRequest } from './payload.ts'
import type { PolicySource } from './policy-file.ts'
import { reconsider } from './reconsider.ts'
import { sweep } from './retention.ts'
import type { Seal } from './seal.ts'
import type { ApprovalStore, Filter, Happened } from './store.ts'
import type { Approval } from './types.ts'
import { problems } from '../../errors.ts'
import type { Whole } from './view.ts'
import { Waiting } from './wait.ts'

export interface ApprovalsOptions extends Pick<ExecutorOptions, 'performer' | 'failed'>, Partial<Pick<Core, 'fail'>> {
  store: ApprovalStore
  seal: Seal
  policy: PolicySource
  /** Most open approvals of one principal. */
  most?: number
  /** Milliseconds in which a write that was sent can still take effect. */
  late?: number
  /** Milliseconds between two rounds that end what is over and settle what is left. */
  every?: number
}

const MOST_OPEN = 20
// The API server ends a request after 60 s unless it was told otherwise (--request-timeout); a webhook may add to it until then.
const LATE = 65_000
const EVERY = 10_000

type Viewer = Pick<Actor, 'principal' | 'maySee'>

/** Everything about approvals, put together. Made once; `begin` before anything is asked of it. */
export class Approvals {
  readonly gate: Gate
  readonly decisions: Decisions
  readonly executor: Executor
  readonly waiting: Waiting
  readonly contexts: ContextStore
  readonly #core: Core
  readonly #options: ApprovalsOptions
  readonly #shutdown = new AbortController()
  #rounds: Promise<void> = Promise.resolve()

  constructor(options: ApprovalsOptions) {
    const { store, seal, policy, fail = noFail, most = MOST_OPEN, late = LATE, performer, failed } = options
    this.#options = options
    this.#core = { store, seal, policy, fail }
    this.executor = new Executor({ ...this.#core, performer, failed, late, sleep })
    const approved = (id: string) => this.executor.start(id)
    this.gate = new Gate({ ...this.#core, most, approved })
    this.decisions = new Decisions({ ...this.#core, approved })
    this.waiting = new Waiting(store)
    this.contexts = new ContextStore(store)
  }

  /** Settles what the server before left behind, and judges open requests by the policy of now. Comes back before all of it has ended. */
  async begin(): Promise<void> {
    await this.contexts.load()
    await sweep(this.#core)
    await reconsider(this.#core)
    await this.executor.recover({ start: true })
    this.#rounds = this.#goRound()
  }

  /** To be called after each change of the policy. Returns how many open requests became stale. */
  reconsider(): Promise<number> {
    return reconsider(this.#core)
  }

  /** Waits for what runs; then lets go of the store. */
  async close(): Promise<void> {
    this.#shutdown.abort()
    this.waiting.close()
    await this.executor.stop()
    await this.#rounds
    await this.#core.store.close()
  }

  /** One approval with its plan and result, as it is now. Throws `approval_not_found` also for one that this caller may not know of. */
  async get(id: string, viewer: Viewer): Promise<Whole> {
    const approval = await this.#core.store.get(id)
    if (approval === undefined || !isVisible(approval, viewer)) throw problems.approvalNotFound(id.slice(0, 64))
    return this.#whole(await this.#asOfNow(approval))
  }

  /** Those that this caller may know of, newest first. `next`: id to go on from, where there may be more. */
  async list(filter: Filter, viewer: Viewer): Promise<{ approvals: Approval[]; next?: string }> {
    const found: Approval[] = []
    let before = filter.before
    for (;;) {
      const page = await this.#core.store.list({ ...filter, ...(before === undefined ? {} : { before }) })
      for (const approval of page) {
        if (isVisible(approval, viewer)) found.push(approval)
        before = approval.id
        if (found.length === filter.limit) return { approvals: found, next: before }
      }
      if (page.length < filter.limit) return { approvals: found }
    }
  }

  /** Events of the approvals that this caller may know of; see {@link Waiting.events}. */
  async *events(after: number | undefined, viewer: Viewer, signal: AbortSignal): AsyncGenerator<Happened> {
    for await (const happened of this.waiting.events(after, signal)) {
      const approval = await this.#core.store.get(happened.id)
      if (approval !== undefined && isVisible(approval, viewer)) yield happened
    }
  }

  /** Keyed hash of a value that may hold secrets; equal for equal values. */
  readonly keyed = (value: unknown): string => this.#core.seal.hash(value)

  head(): Promise<AuditHead> {
    return this.#core.store.head()
  }

  // Reads go on where the store cannot write: what is stored is then said as it is.
  async #asOfNow(approval: Approval): Promise<Approval> {
    return expireIfLate(this.#core, approval).catch(() => approval)
  }

  async #whole(approval: Approval): Promise<Whole> {
    const { store, seal } = this.#core
    const { id } = approval
    const { request, ending } = await store.sealed(id)
    return {
      approval,
      request: request === undefined ? undefined : openRequest(seal, id, request),
      ending: ending === undefined ? undefined : openEnding(seal, id, ending),
      head: await store.head(),
    }
  }

  async #goRound(): Promise<void> {
    const { every = EVERY, failed } = this.#options
    const { signal } = this.#shutdown
    while (await pause(every, true, { signal, ref: false }).catch(() => false)) {
      await sweep(this.#core).catch((error: unknown) => failed('all', error))
      await this.executor.recover({ start: false }).catch((error: unknown) => failed('all', error))
    }
  }
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal })
}
