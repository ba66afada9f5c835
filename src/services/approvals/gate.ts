import { randomBytes } from 'node:crypto'
import type { Call } from '../../call.ts'
import { problems, toProblem } from '../../errors.ts'
import { scrubText } from '../safety/scrub-text.ts'
import { type Core, entry } from './core.ts'
import { digestOf } from './digest.ts'
import { closeRequest } from './payload.ts'
import { LONGEST_TTL, USUAL_TTL } from './policy-schema.ts'
import type { Event } from './states.ts'
import type { Move, NewApproval } from './store.ts'
import type { Approval, Planned, Request, Verdict } from './types.ts'

/** A change that somebody asks for. */
export interface ChangeRequest {
  operation: string
  /** Parsed, with its defaults. */
  input: unknown
  /** The context it goes to, resolved. */
  context: string
  call: Pick<Call, 'principal' | 'door' | 'correlationId' | 'grant'>
  idempotencyKey?: string
  /** Seconds it may wait; a rule of the policy may make it fewer. */
  ttl?: number
  /** Reads only: what would happen. */
  plan(): Promise<Planned>
}

export interface GateOptions extends Core {
  /** Most open approvals of one principal. */
  most: number
  /** Called once an approval waits for nobody any more. */
  approved(id: string): void
}

const KEY = /^[\x21-\x7e]{1,128}$/

/** The only way from a change that is asked for to a change that may run. */
export class Gate {
  readonly #options: GateOptions

  constructor(options: GateOptions) {
    this.#options = options
  }

  /**
   * Stores the request with its plan, or gives the same principal's same open request back. Nothing has happened to the cluster.
   * Throws what planning throws (the request is then `invalid`), `policy_denied`, `too_many_open_approvals`, `idempotency_mismatch`,
   * and what the store throws.
   */
  async request(change: ChangeRequest): Promise<Approval> {
    const { store, fail, most } = this.#options
    const approval = this.#newApproval(change)
    await fail('before_request_commit')
    const added = await store.add(approval, most, entry('request', change.call, { operation: change.operation }))
    if (!added.added) return added.approval
    await fail('after_request_commit')
    return this.#prepare(added.approval, change)
  }

  #newApproval({ operation, input, context, call, idempotencyKey, ttl = USUAL_TTL }: ChangeRequest): NewApproval {
    if (idempotencyKey !== undefined && !KEY.test(idempotencyKey))
      throw problems.badInput('Idempotency-Key must be 1 to 128 visible ASCII characters.')
    if (!Number.isInteger(ttl) || ttl < 1 || ttl > LONGEST_TTL)
      throw problems.badInput(`The time that a request may wait must be between 1 and ${LONGEST_TTL} seconds.`)
    const now = this.#options.store.now()
    return {
      id: `apr_${randomBytes(12).toString('hex')}`,
      operation,
      requester: call.principal,
      door: call.door,
      correlationId: call.correlationId,
      context,
      namespaces: [],
      createdAt: now,
      expiresAt: now + ttl * 1000,
      sameness: this.#options.seal.hash({ operation, input, context }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      votes: [],
    }
  }

  async #prepare(approval: Approval, change: ChangeRequest): Promise<Approval> {
    const planned = await this.#plan(approval, change)
    const request: Request = { input: change.input, scope: change.call.grant.scope, ...planned }
    const { operation, input, context, call } = change
    const asked = { operation, input, context, principal: call.principal, plan: planned.plan }
    const policy = this.#options.policy.current
    const verdict = policy.judge(asked)
    if (verdict.decision === 'deny') throw await this.#denied(approval, change, verdict)
    return this.#ready(approval, change, request, verdict, policy.version)
  }

  async #plan(approval: Approval, change: ChangeRequest): Promise<Planned> {
    try {
      return await change.plan()
    } catch (error) {
      const problem = toProblem(error, approval.correlationId)
      await this.#move(approval, 'refuse', change, { reason: scrubText(problem.message) }, { code: problem.code })
      throw error
    }
  }

  async #denied(approval: Approval, change: ChangeRequest, verdict: Verdict): Promise<Error> {
    const problem = problems.policyDenied(verdict.rule, verdict.text)
    await this.#move(approval, 'refuse', change, { reason: problem.message, verdict }, { rule: verdict.rule })
    return problem
  }

  async #ready(
    approval: Approval,
    change: ChangeRequest,
    request: Request,
    verdict: Verdict,
    policyVersion: string,
  ): Promise<Approval> {
    const { seal, fail, store } = this.#options
    const { plan } = request
    const digest = digestOf(approval.operation, request, policyVersion, seal)
    const auto = verdict.decision === 'auto'
    const patch = {
      summary: scrubText(plan.summary),
      risk: plan.risk,
      namespaces: namespacesOf(request),
      digest,
      policyVersion,
      verdict,
      expiresAt: Math.min(approval.expiresAt, approval.createdAt + (verdict.ttl ?? LONGEST_TTL) * 1000),
      ...(auto ? { approvedAt: store.now() } : {}),
    }
    const sealed = closeRequest(seal, approval.id, request)
    await fail('before_ready_commit')
    const detail = { digest, policyVersion, rule: verdict.rule, risk: plan.risk, summary: plan.summary }
    const ready = await this.#move(approval, auto ? 'auto' : 'ready', change, patch, detail, sealed)
    await fail('after_ready_commit')
    if (auto) this.#options.approved(ready.id)
    return ready
  }

  // Only its time can have ended it while it was planned.
  async #move(
    { id, version }: Approval,
    event: Event,
    { call }: ChangeRequest,
    patch: NonNullable<Move['patch']>,
    detail: Record<string, unknown>,
    request?: Uint8Array,
  ): Promise<Approval> {
    const sealed = request === undefined ? {} : { request }
    const audit = entry(event, call, detail)
    const written = await this.#options.store.move({ id, version, event, patch, audit, ...sealed })
    if (written === undefined) throw problems.approvalExpired(id)
    return written.approval
  }
}

// A Namespace is its own: who may decide about what is in it may decide about it.
function namespacesOf({ plan }: Request): string[] {
  const names = plan.targets.flatMap(({ kind, name, namespace }) => namespace ?? (kind === 'Namespace' ? name : []))
  return [...new Set(names)].toSorted()
}
