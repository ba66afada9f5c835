import type { Principal } from '../../call.ts'
import { Problem, problems } from '../../errors.ts'
import { scrubText } from '../safety/scrub-text.ts'
import { type Acting, type Core, entry, ownEntry } from './core.ts'
import { sameDigest } from './digest.ts'
import { EXPIRING, type Event } from './states.ts'
import type { Patch } from './store.ts'
import { type Approval, samePrincipal } from './types.ts'

/** Who decides: a principal with what its roles say about one approval. Roles and scopes are looked up by whoever makes this. */
export interface Actor extends Acting {
  /** Groups of the person, for rules that ask for them. */
  groups: readonly string[]
  /** Whether it may see an approval that is not its own. */
  maySee(approval: Approval): boolean
  /** Why it may not decide about this one (role, context, namespaces), or undefined where it may. */
  whyNotDecide(approval: Approval): string | undefined
}

export interface DecisionsOptions extends Core {
  approved(id: string): void
}

interface Outcome {
  event: Event
  patch: Patch
  detail?: Record<string, unknown>
}

/** The outcomes a person may state for what the server could not find out. */
export const RESOLUTIONS = { succeeded: 'succeed', partially_applied: 'apply_partly', failed: 'fail' } as const
export type Resolution = keyof typeof RESOLUTIONS

/**
 * Decisions about approvals. The first one counts; each later one gets `already_decided`. All throw `approval_not_found`, and every
 * refusal is written into the audit.
 */
export class Decisions {
  readonly #options: DecisionsOptions

  constructor(options: DecisionsOptions) {
    this.#options = options
  }

  /**
   * A person's vote for what they saw: `digest` must be the stored one. `confirm`: the second act by which a person confirms their own
   * request, where the policy allows that. Throws `person_needed`, `not_an_approver`, `own_request`, `confirmation_needed`,
   * `already_voted`, `digest_mismatch`, `already_decided`, `approval_expired`.
   */
  async approve(
    id: string,
    { digest, reason, confirm = false }: { digest: string; reason?: string; confirm?: boolean },
    actor: Actor,
  ): Promise<Approval> {
    const approval = await this.#decide(id, actor, 'approve', (before) => {
      this.#mustBePending(before, 'approved')
      mayApprove(before, actor, confirm)
      if (before.digest === undefined || !sameDigest(before.digest, digest)) throw problems.digestMismatch(id)
      const at = this.#options.store.now()
      const vote = { by: actor.principal, at, ...(reason === undefined ? {} : { reason: scrubText(reason) }) }
      const votes = [...before.votes, vote]
      const enough = votes.length >= Math.max(1, before.verdict?.approvers ?? 1)
      const detail = { digest, votes: votes.length, ...(reason === undefined ? {} : { reason }) }
      return enough
        ? { event: 'approve', patch: { votes, approvedAt: at }, detail }
        : { event: 'vote', patch: { votes }, detail }
    })
    if (approval.state === 'approved') this.#options.approved(id)
    return approval
  }

  /** Throws `person_needed`, `not_an_approver`, `bad_input` without a reason, `already_decided`, `approval_expired`. */
  deny(id: string, { reason }: { reason: string }, actor: Actor): Promise<Approval> {
    return this.#decide(id, actor, 'deny', (before) => {
      this.#mustBePending(before, 'denied')
      mustBeQualified(before, actor)
      return { event: 'deny', ...ending(actor, reason) }
    })
  }

  /**
   * Ends a request before it runs: by its requester, or by a voter who takes the vote back. While it runs, these and everyone who may
   * decide stop it between two of its steps. Throws `not_yours`, `already_decided`, `decision_not_possible`.
   */
  cancel(id: string, { reason = 'cancelled' }: { reason?: string }, actor: Actor): Promise<Approval> {
    return this.#decide(id, actor, 'cancel', (before) => {
      const voted = before.votes.some(({ by }) => samePrincipal(by, actor.principal))
      const involved = voted || samePrincipal(before.requester, actor.principal)
      if (before.state === 'executing') return stopping(before, actor, involved)
      if (!involved) throw problems.notYours(id)
      if (before.state === 'preparing') throw problems.decisionNotPossible(id, before.state, 'cancelled')
      if (before.state !== 'pending' && before.state !== 'approved') throw decided(before)
      return { event: 'cancel', ...ending(actor, reason), detail: { reason, vote_taken_back: voted } }
    })
  }

  /**
   * A person states what became of a change whose outcome is unknown. Throws `person_needed`, `not_an_approver`, `bad_input` without a
   * reason, `decision_not_possible` in every other state.
   */
  resolve(id: string, { outcome, reason }: { outcome: Resolution; reason: string }, actor: Actor): Promise<Approval> {
    return this.#decide(id, actor, 'resolve', (before) => {
      if (before.state !== 'outcome_unknown') throw problems.decisionNotPossible(id, before.state, 'resolved')
      mustBeQualified(before, actor)
      return { event: RESOLUTIONS[outcome], ...ending(actor, reason) }
    })
  }

  async #decide(id: string, actor: Actor, act: string, judge: (before: Approval) => Outcome): Promise<Approval> {
    try {
      return await this.#attempt(id, actor, judge)
    } catch (error) {
      const code = error instanceof Problem ? error.code : 'internal'
      const refusal = entry('decision_refused', actor, { approval: id.slice(0, 64), act, code })
      await this.#options.store.audit(refusal).catch(() => undefined)
      throw error
    }
  }

  // Whoever loses the compare-and-set is judged again by what is stored now: that says who was first.
  async #attempt(id: string, actor: Actor, judge: (before: Approval) => Outcome): Promise<Approval> {
    const { store, fail } = this.#options
    const before = await this.#current(id, actor)
    const { event, patch, detail } = judge(before)
    await fail('before_decision_commit')
    const move = { id, version: before.version, event, patch, audit: entry(event, actor, detail) }
    const written = await store.move(move)
    if (written === undefined) return this.#attempt(id, actor, judge)
    await fail('after_decision_commit')
    return written.approval
  }

  async #current(id: string, actor: Actor): Promise<Approval> {
    const approval = await this.#options.store.get(id)
    if (approval === undefined || !isVisible(approval, actor)) throw problems.approvalNotFound(id.slice(0, 64))
    return expireIfLate(this.#options, approval)
  }

  #mustBePending(approval: Approval, act: string): void {
    if (approval.state === 'preparing') throw problems.decisionNotPossible(approval.id, approval.state, act)
    if (approval.state !== 'pending') throw decided(approval)
  }
}

/** Whether somebody may know of an approval: its requester, and those whose role shows it. */
export const isVisible = (approval: Approval, actor: Pick<Actor, 'principal' | 'maySee'>): boolean =>
  samePrincipal(approval.requester, actor.principal) || actor.maySee(approval)

/** Ends an approval whose time is over, and gives it as it is then. A clock that was wrong counts as over. */
export async function expireIfLate({ store }: Pick<Core, 'store'>, approval: Approval): Promise<Approval> {
  const now = store.now()
  if (!EXPIRING.includes(approval.state) || (now < approval.expiresAt && approval.createdAt <= now)) return approval
  const { id, version } = approval
  const reason = 'nobody decided in time'
  const written = await store.move({
    id,
    version,
    event: 'expire',
    patch: { reason },
    audit: ownEntry('expire', approval),
  })
  return written?.approval ?? (await store.get(id)) ?? approval
}

function mayApprove(approval: Approval, actor: Actor, confirm: boolean): void {
  mustBeQualified(approval, actor)
  if (approval.votes.some(({ by }) => samePrincipal(by, actor.principal))) throw problems.alreadyVoted(approval.id)
  const missing = (approval.verdict?.groups ?? []).find((any) => !any.some((group) => actor.groups.includes(group)))
  if (missing !== undefined) throw problems.notAnApprover(`the policy asks for the group ${missing.join(' or ')}`)
  if (!samePrincipal(approval.requester, actor.principal)) return
  if (approval.verdict?.self !== true) throw problems.ownRequest(approval.id)
  if (!confirm) throw problems.confirmationNeeded(approval.id)
}

function mustBeQualified(approval: Approval, actor: Actor): void {
  if (actor.principal.kind !== 'person') throw problems.personNeeded(actor.principal.kind)
  const why = actor.whyNotDecide(approval)
  if (why !== undefined) throw problems.notAnApprover(why)
}

function stopping(approval: Approval, actor: Actor, involved: boolean): Outcome {
  if (!involved) mustBeQualified(approval, actor)
  if (approval.run === undefined || approval.run.stopBy !== undefined) throw decided(approval)
  return { event: 'ask_stop', patch: { run: { ...approval.run, stopBy: actor.principal } } }
}

function ending(actor: Actor, reason: string): { patch: Patch; detail: Record<string, unknown> } {
  if (reason.trim() === '') throw problems.badInput('A reason is required: whoever asked will read it.')
  return { patch: { endedBy: actor.principal, reason: scrubText(reason) }, detail: { reason } }
}

function decided(approval: Approval): Problem {
  if (approval.state === 'expired') return problems.approvalExpired(approval.id)
  return problems.alreadyDecided(approval.id, approval.state, deciderOf(approval))
}

/** Who decided, for a reader: `person alice`, or the rule of the policy. */
export function deciderOf({ endedBy, votes, verdict }: Approval): string | undefined {
  if (endedBy !== undefined) return named(endedBy)
  if (votes.length > 0) return votes.map(({ by }) => named(by)).join(' and ')
  return verdict?.decision === 'auto' ? `rule "${verdict.rule}" of the policy` : undefined
}

const named = ({ kind, subject }: Principal) => `${kind} ${subject}`
