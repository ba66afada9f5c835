import { type Call, hasRole } from '../../call.ts'
import { inScope } from '../../glob.ts'
import type { Approvals } from './approvals.ts'
import type { Actor, Resolution } from './decide.ts'
import { isFinal, type State, WAITING } from './states.ts'
import type { Happened } from './store.ts'
import type { Approval } from './types.ts'
import { type ApprovalView, viewOf, type Whole } from './view.ts'

/** How long and for what a reader waits: the next event after `since`; without it, the end. Seconds. */
export interface Patience {
  wait?: number
  since?: number
}

interface Page {
  approvals: ApprovalView[]
  /** Where there may be more. */
  continue?: string
}

/** The approvals as one caller may see and decide them. */
export class Desk {
  readonly #approvals: Approvals
  readonly #call: Call
  readonly #urlOf: (id: string) => string

  constructor(approvals: Approvals, call: Call, urlOf: (id: string) => string) {
    this.#approvals = approvals
    this.#call = call
    this.#urlOf = urlOf
  }

  /** One approval. Throws `approval_not_found` also for one this caller may not know of. */
  async get(id: string, { wait = 0, since }: Patience = {}): Promise<ApprovalView> {
    const whole = await this.#approvals.get(id, this.#actor())
    if (wait === 0 || isAwaited(whole.approval, since)) return this.#view(whole)
    await this.#wait(whole.approval, since, wait)
    return this.#view(await this.#approvals.get(id, this.#actor()))
  }

  // Each event is told as progress, and from time to time that nothing happened: a client that gives up after a silence sees life.
  async #wait(first: Approval, since: number | undefined, seconds: number): Promise<void> {
    const { waiting } = this.#approvals
    const { signal, wantsProgress } = this.#call
    const start = performance.now()
    const most = wantsProgress ? BEAT : seconds
    let approval: Approval | undefined = first
    for (;;) {
      const waited = (performance.now() - start) / 1000
      if (approval === undefined || isAwaited(approval, since) || waited >= seconds || waiting.isOver(signal)) return
      // Whole milliseconds, as timers count: one may fire a fraction of one early.
      this.#call.progress(Math.ceil(waited * 1000) / 1000, seconds, stepsOf(approval))
      const turn = Math.min(most, seconds - waited) * 1000
      approval = await waiting.until(approval.id, approval.version, turn, signal)
    }
  }

  /** Newest first, after `before`. Plans are left out: `get` has them. */
  async list(state: State | 'open' | 'all', limit: number, before?: string): Promise<Page> {
    const states = statesOf(state)
    const filter = { limit, ...(states === undefined ? {} : { states }), ...(before === undefined ? {} : { before }) }
    const { approvals, next } = await this.#approvals.list(filter, this.#actor())
    return {
      approvals: approvals.map((approval) => this.#view({ approval })),
      ...(next === undefined ? {} : { continue: next }),
    }
  }

  /** What happens to the approvals this caller may know of, until it leaves. */
  events(after: number | undefined): AsyncGenerator<Happened> {
    return this.#approvals.events(after, this.#actor(), this.#call.signal)
  }

  /** See {@link Decisions.approve}. */
  approve(id: string, vote: { digest: string; reason?: string; confirm?: boolean }): Promise<ApprovalView> {
    return this.#after(this.#approvals.decisions.approve(id, vote, this.#actor()))
  }
  deny(id: string, reason: string): Promise<ApprovalView> {
    return this.#after(this.#approvals.decisions.deny(id, { reason }, this.#actor()))
  }
  cancel(id: string, reason: string | undefined): Promise<ApprovalView> {
    return this.#after(this.#approvals.decisions.cancel(id, reason === undefined ? {} : { reason }, this.#actor()))
  }
  resolve(id: string, outcome: Resolution, reason: string): Promise<ApprovalView> {
    return this.#after(this.#approvals.decisions.resolve(id, { outcome, reason }, this.#actor()))
  }

  /** What is stored of one approval, for those who build on it (undo). Throws `approval_not_found`. */
  whole(id: string): Promise<Whole> {
    return this.#approvals.get(id, this.#actor())
  }

  async #after(deciding: Promise<Approval>): Promise<ApprovalView> {
    const { id } = await deciding
    return this.get(id)
  }

  #view(whole: Whole): ApprovalView {
    const actor = this.#actor()
    const { approval } = whole
    const person = actor.principal.kind === 'person'
    const approver = person && actor.whyNotDecide(approval) === undefined
    return viewOf(whole, { person, approver, url: this.#urlOf(approval.id) })
  }

  #actor(): Actor {
    const { principal, grant, door, correlationId } = this.#call
    const whyNot = (approval: Approval) => whyNotDecide(approval, this.#call)
    return {
      principal,
      door,
      correlationId,
      groups: grant.groups,
      maySee: (approval) => principal.kind === 'person' && whyNot(approval) === undefined,
      whyNotDecide: whyNot,
    }
  }
}

/** Seconds of silence after which a waiting caller is told that it still waits. */
const BEAT = 10

// Without `since` it is the end that is waited for.
const isAwaited = ({ version, state }: Approval, since: number | undefined): boolean =>
  isSettled(state) || (since !== undefined && version > since)

function stepsOf({ state, run }: Approval): string {
  return run?.done === undefined || run.total === undefined ? state : `${state} (${run.done} of ${run.total} steps)`
}

/** States that a waiting caller is told at once. */
export const isSettled = (state: State): boolean => isFinal(state) || state === 'outcome_unknown'

/** The states that a word of a filter means; undefined: all. */
export function statesOf(word: State | 'open' | 'all'): readonly State[] | undefined {
  if (word === 'all') return undefined
  return word === 'open' ? WAITING : [word]
}

// What is in no namespace belongs to those whose role holds in all of them.
function whyNotDecide({ context, namespaces }: Approval, { grant }: Call): string | undefined {
  const { scope } = grant
  if (!hasRole(grant, 'approver')) return `the credential has the role ${grant.role}`
  if (!inScope(scope.contexts, context)) return `the role does not hold in context ${context}`
  if (scope.namespaces === undefined) return undefined
  if (namespaces.length === 0) return 'the role holds in some namespaces only, and this is about none'
  if (namespaces.every((name) => inScope(scope.namespaces, name))) return undefined
  return `the role does not hold in all of its namespaces (${namespaces.join(', ')})`
}
