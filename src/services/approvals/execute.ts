import { randomBytes } from 'node:crypto'
import { Stale } from '../changes/outcomes.ts'
import type { Done, Evidence, Execution } from '../changes/plan.ts'
import { Problem } from '../../errors.ts'
import { scrubText } from '../safety/scrub-text.ts'
import { drift } from './compare.ts'
import { type Core, ownEntry } from './core.ts'
import { digestOf, sameDigest } from './digest.ts'
import { isLate, LiveRun, LONGEST_WAIT } from './live-run.ts'
import {
  type Outcome,
  outcomeOfDone,
  outcomeOfEvidence,
  outcomeOfHeld,
  outcomeOfProof,
  outcomeUnsent,
  type Proof,
  proofOf,
  stale,
} from './outcome.ts'
import { closeEnding, openRequest } from './payload.ts'
import { sameVerdict } from './policy.ts'
import type { Approval, Planned, Request, Run } from './types.ts'

/** The change of one approval, as the Kubernetes side does it. */
export interface Performer {
  /** Reads the world again: the plan as it would be made now. */
  replan(): Promise<Planned>
  /** Writes. Must await `execution.beforeSend()` before each write. `fresh` is what {@link replan} has just given. */
  run(steps: unknown, execution: Execution, fresh: Planned): Promise<Done<unknown>>
  /** Reads what became of a run whose end nobody saw. */
  evidence(steps: unknown, executionId: string, processGroup?: string): Promise<Evidence>
}

export interface ExecutorOptions extends Core {
  /** Throws where the operation is not known. The signal fires when the server shuts down. */
  performer(approval: Approval, request: Request, signal: AbortSignal): Performer
  /** Milliseconds in which a write that was sent can still take effect: the API server's request time-out, and some. */
  late: number
  /** Told of what could not be settled now and is left for {@link Executor.recover}. */
  failed(id: string, error: unknown): void
  /** Waits; rejects where the signal fires. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}

type Known = Pick<Proof, 'text' | 'output'>
type Looked = { fresh: Planned } | { outcome: Outcome }

/** Runs what was approved: once, as it was shown, or not at all. */
export class Executor {
  readonly #options: ExecutorOptions
  readonly #running = new Map<string, Promise<void>>()
  readonly #shutdown = new AbortController()

  constructor(options: ExecutorOptions) {
    this.#options = options
  }

  /** Begins to run an approved request, and comes back at once. */
  start(id: string): void {
    this.#track(id, () => this.#execute(id))
  }

  /** Resolves when nothing runs here any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values())
  }

  /** Ends waiting; what was sent and is not settled is left for the next start. */
  async stop(): Promise<void> {
    this.#shutdown.abort()
    await this.idle()
  }

  // Anybody who is not the first to claim it does nothing.
  async #execute(id: string): Promise<void> {
    const approval = await this.#options.store.get(id)
    if (approval?.state !== 'approved') return
    if (isLate(approval, this.#options.store.now())) return this.#expire(approval)
    const claimed = await this.#claim(approval)
    if (claimed?.run === undefined) return
    const outcome = await this.#perform(claimed, claimed.run)
    if (outcome !== undefined) await this.#settle(id, outcome, claimed.run)
  }

  async #expire(approval: Approval): Promise<void> {
    const { id, version } = approval
    const reason = `it was not run within ${LONGEST_WAIT / 60} minutes of its approval`
    const audit = ownEntry('expire', approval, { reason })
    await this.#options.store.move({ id, version, event: 'expire', patch: { reason }, audit })
  }

  // Compare-and-set, with the only row of this run: durable before anything is sent.
  async #claim(approval: Approval): Promise<Approval | undefined> {
    const { store, fail } = this.#options
    const run: Run = { id: randomBytes(8).toString('hex'), epoch: store.epoch, claimedAt: store.now() }
    const { id, version } = approval
    await fail('before_claim_commit')
    const audit = ownEntry('claim', approval, { execution: run.id, epoch: run.epoch })
    const written = await store.move({ id, version, event: 'claim', patch: { run }, audit })
    await fail('after_claim_commit')
    return written?.approval
  }

  async #perform(approval: Approval, run: Run): Promise<Outcome | undefined> {
    const live = new LiveRun(this.#options, approval, run)
    const opened = await this.#open(approval)
    if ('outcome' in opened) return opened.outcome
    const { request, performer } = opened
    const looked = await this.#look(approval, request, performer)
    if ('outcome' in looked) return looked.outcome
    live.recheck = () => this.#lookAgainWhileItRuns(approval, request, performer)
    try {
      const done = await performer.run(request.plan.steps, live, looked.fresh)
      await this.#options.fail('after_run')
      return live.held?.why === 'late' ? outcomeOfHeld(live.held, live) : outcomeOfDone(done)
    } catch (error) {
      return this.#outcomeOfError(error, live, performer, request)
    }
  }

  /** What is stored must be what was approved, byte for byte. */
  async #open(approval: Approval): Promise<{ request: Request; performer: Performer } | { outcome: Outcome }> {
    const { seal } = this.#options
    try {
      const request = await this.#request(approval.id)
      const digest = digestOf(approval.operation, request, approval.policyVersion ?? '', seal)
      if (!sameDigest(digest, approval.digest ?? ''))
        return { outcome: stale(['what is stored does not have the digest that was approved']) }
      return { request, performer: this.#options.performer(approval, request, this.#shutdown.signal) }
    } catch (error) {
      return { outcome: { event: 'fail', reason: `Nothing was sent: ${proofOf(error).text}` } }
    }
  }

  async #request(id: string): Promise<Request> {
    const { request } = await this.#options.store.sealed(id)
    if (request === undefined) throw new Error(`Approval ${id} has no stored request.`)
    return openRequest(this.#options.seal, id, request)
  }

  /** The world again, just before the first byte: the plan made anew, and the policy that holds now. */
  async #look(approval: Approval, request: Request, performer: Performer): Promise<Looked> {
    try {
      const fresh = await performer.replan()
      const differs = [...drift(request, fresh), ...this.#policyDrift(approval, request, fresh)]
      return differs.length > 0 ? { outcome: stale(differs) } : { fresh }
    } catch (error) {
      return { outcome: isRefusal(error) ? stale([error.message]) : outcomeUnsent(proofOf(error)) }
    }
  }

  async #lookAgainWhileItRuns(
    approval: Approval,
    request: Request,
    performer: Performer,
  ): Promise<Record<string, string>> {
    const looked = await this.#look(approval, request, performer)
    if ('fresh' in looked) return looked.fresh.plan.versions ?? {}
    throw new Stale(...(looked.outcome.ending?.differs ?? [looked.outcome.reason]))
  }

  #policyDrift({ operation, context, requester, verdict }: Approval, { input }: Request, { plan }: Planned): string[] {
    const now = this.#options.policy.current.judge({ operation, input, context, principal: requester, plan })
    return verdict !== undefined && sameVerdict(verdict, now) ? [] : ['the policy would judge it otherwise now']
  }

  async #outcomeOfError(
    error: unknown,
    live: LiveRun,
    performer: Performer,
    request: Request,
  ): Promise<Outcome | undefined> {
    if (live.held !== undefined) return outcomeOfHeld(live.held, live)
    const proof = proofOf(error)
    if (!live.sent) return outcomeUnsent(proof)
    return outcomeOfProof(proof, live) ?? this.#byEvidence(live, performer, request, proof)
  }

  /** Waits until nothing that was sent can still arrive, then looks. Undefined where the server shuts down meanwhile. */
  async #byEvidence(
    { id, processGroup }: { id: string; processGroup?: string | undefined },
    performer: Performer,
    { plan }: Request,
    before: Known,
  ): Promise<Outcome | undefined> {
    try {
      await this.#options.sleep(this.#options.late, this.#shutdown.signal)
      return outcomeOfEvidence(await performer.evidence(plan.steps, id, processGroup), before)
    } catch (error) {
      if (this.#shutdown.signal.aborted) return undefined
      const text = `the cluster could not be asked (${proofOf(error).text})`
      return outcomeOfEvidence({ outcome: 'unknown', text }, before)
    }
  }

  async #settle(id: string, { event, reason, ending }: Outcome, run?: Run): Promise<void> {
    const { store, seal, fail } = this.#options
    const approval = await store.get(id)
    if (approval === undefined) return
    const said = scrubText(reason)
    const sealed = ending === undefined ? {} : { ending: closeEnding(seal, id, ending) }
    const owner = run === undefined ? {} : { epoch: run.epoch }
    const audit = ownEntry(event, approval, { execution: approval.run?.id, reason: said })
    const move = { id, version: approval.version, event, patch: { reason: said }, audit, ...owner, ...sealed }
    await fail('before_settle_commit')
    const written = await store.move(move)
    await fail('after_settle_commit')
    // Somebody asked to stop it at this very moment: the row has another version now, and the outcome is the same.
    if (written === undefined && (await store.get(id))?.state === approval.state)
      return this.#settle(id, { event, reason, ...(ending === undefined ? {} : { ending }) }, run)
  }

  /**
   * Settles what the server before left behind, and what could not be settled since: runs that nobody runs by evidence, approvals that
   * nobody has begun by running them, or ending them where they are too old. Nothing is sent twice. `start`: also what was being
   * planned, and outcomes that were unknown.
   */
  async recover({ start }: { start: boolean }): Promise<void> {
    for (const { id } of await this.#all('approved')) this.start(id)
    for (const approval of await this.#all('executing')) this.#track(approval.id, () => this.#resume(approval))
    if (!start) return
    for (const approval of await this.#all('outcome_unknown')) this.#track(approval.id, () => this.lookAgain(approval))
    for (const approval of await this.#all('preparing')) await this.#abandon(approval)
  }

  async #all(state: 'approved' | 'executing' | 'outcome_unknown' | 'preparing'): Promise<Approval[]> {
    const limit = 500
    const found: Approval[] = []
    for (let page = await this.#page(state, limit); page.length > 0; ) {
      found.push(...page)
      page = page.length < limit ? [] : await this.#page(state, limit, page.at(-1)?.id)
    }
    return found
  }

  #page(state: Approval['state'], limit: number, before?: string): Promise<Approval[]> {
    return this.#options.store.list({ states: [state], limit, ...(before === undefined ? {} : { before }) })
  }

  async #resume(approval: Approval): Promise<void> {
    const { store } = this.#options
    const { id, version, run } = approval
    if (run === undefined) return
    const mine = { ...run, epoch: store.epoch }
    const audit = ownEntry('take_over', approval, { execution: run.id, epoch: mine.epoch })
    const taken = await store.move({ id, version, event: 'take_over', patch: { run: mine }, audit })
    if (taken === undefined) return
    const before = { text: 'The server ended while it ran.' }
    if (run.sentAt === undefined)
      return this.#settle(id, { event: 'fail', reason: `${before.text} Nothing had been sent.` }, mine)
    const outcome = await this.#evidenceFor(taken.approval, mine, before)
    if (outcome !== undefined) await this.#settle(id, outcome, mine)
  }

  /** Looks once more what became of a change whose outcome is unknown. */
  async lookAgain(approval: Approval): Promise<void> {
    if (approval.state !== 'outcome_unknown' || approval.run === undefined) return
    const outcome = await this.#evidenceFor(approval, approval.run, { text: '' })
    if (outcome !== undefined && outcome.event !== 'lose') await this.#settle(approval.id, outcome)
  }

  async #evidenceFor(approval: Approval, run: Run, before: Known): Promise<Outcome | undefined> {
    try {
      const request = await this.#request(approval.id)
      const performer = this.#options.performer(approval, request, this.#shutdown.signal)
      return await this.#byEvidence(run, performer, request, before)
    } catch (error) {
      return outcomeOfEvidence({ outcome: 'unknown', text: proofOf(error).text }, before)
    }
  }

  async #abandon(approval: Approval): Promise<void> {
    const { id, version } = approval
    const reason = 'the server ended while it was planned'
    const audit = ownEntry('expire', approval, { reason })
    await this.#options.store.move({ id, version, event: 'expire', patch: { reason }, audit })
  }

  // One at a time for each approval; what goes wrong here is a log line, never the end of the process.
  #track(id: string, work: () => Promise<void>): void {
    if (this.#running.has(id) || this.#shutdown.signal.aborted) return
    const running = work()
      .catch((error: unknown) => this.#options.failed(id, error))
      .finally(() => this.#running.delete(id))
    this.#running.set(id, running)
  }
}

// It could be planned before, and now it cannot: gone, there already, done already, forbidden, no longer valid. What says nothing of
// the world (the API server is away or busy, the server shuts down) has other codes.
const REFUSALS: ReadonlySet<number> = new Set([400, 403, 404, 405, 409, 422])

const isRefusal = (error: unknown): error is Problem => error instanceof Problem && REFUSALS.has(error.status)
