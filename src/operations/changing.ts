import type { Call, KubernetesRequest } from '../call.ts'
import { problems } from '../errors.ts'
import type { Performer } from '../services/approvals/execute.ts'
import { identitiesOf } from '../services/approvals/planned.ts'
import { type Approval, OWN_STATE, type Planned, principalKey, type Request } from '../services/approvals/types.ts'
import type { ApprovalView } from '../services/approvals/view.ts'
import type { Planning } from '../services/changes/compose.ts'
import type { Services } from '../services/index.ts'
import type { Operation, PlannedChange } from './define.ts'

/** Asks for a change: it is planned, judged by the policy and stored, and waits. Nothing happens to the cluster. */
export interface ChangeGate {
  request(operation: PlannedChange, input: unknown, services: Services): Promise<ApprovalView>
}

export interface ChangingOptions {
  find(name: string): Operation | undefined
  servicesFor(call: Call, context: string | undefined): Services
  /** What is ours, wherever a plan is made. */
  planning: Planning
  /** Nothing is executed, not even what was approved before. */
  readOnly: boolean
  /** Told of each part of a run: what it sent to the API server belongs to no call. */
  ran(part: RunPart): void
}

/** One part of the run of an approval, once it is over. */
export interface RunPart {
  approval: Approval
  part: 'replan' | 'run' | 'evidence'
  requests: readonly KubernetesRequest[]
}

/** What the operations give to the approvals, and take from them. */
export class Changing implements ChangeGate {
  readonly #options: ChangingOptions

  constructor(options: ChangingOptions) {
    this.#options = options
  }

  /** Throws what planning throws, `policy_denied`, `too_many_open_approvals`, `idempotency_mismatch`, `store_unavailable`. */
  async request(operation: PlannedChange, input: unknown, services: Services): Promise<ApprovalView> {
    const { call, desk } = services
    const context = contextOf(operation, input, services)
    const plan = () => this.#planned(operation, input, services)
    const { idempotencyKey, wait = 0 } = call.asking ?? {}
    const keyed = idempotencyKey === undefined ? {} : { idempotencyKey }
    const asked = { operation: operation.name, input, context, call, plan, ...keyed }
    const { id } = await services.approvals.gate.request(asked)
    return desk.get(id, { wait })
  }

  /** The change of an approval, as the executor drives it: as its requester, with what was stored and nothing else. */
  performer(approval: Approval, request: Request, signal: AbortSignal): Performer {
    const { operation: name, context } = approval
    const operation = this.#change(name)
    if (this.#options.readOnly) throw problems.operationDisabled(name, 'the server is read-only (READ_ONLY)')
    const { input, scope } = request
    const call = callOf(approval, scope, signal)
    const services = this.#options.servicesFor(call, context)
    const told = async <T>(part: RunPart['part'], work: () => Promise<T>): Promise<T> => {
      try {
        return await work()
      } finally {
        this.#options.ran({ approval, part, requests: call.requests.splice(0) })
      }
    }
    return {
      replan: () => told('replan', () => this.#planned(operation, input, services, request.plan.steps)),
      run: (steps, execution, fresh) =>
        told('run', async () => operation.execute(checked(operation, steps), services, execution, fresh.plan)),
      evidence: (steps, executionId, processGroup) =>
        told('evidence', async () =>
          operation.evidence(checked(operation, steps), services, executionId, processGroup),
        ),
    }
  }

  async #planned(operation: PlannedChange, input: unknown, services: Services, approved?: unknown): Promise<Planned> {
    const planning = { ...this.#options.planning, keyed: services.approvals.keyed, approved }
    const planned = operation.plan(input, services, planning)
    if (operation.changes === 'setting') return { plan: await planned, ...ownIdentities(services.call) }
    const [plan, identities] = await Promise.all([planned, identitiesOf(services.cluster.api)])
    return { plan, ...identities }
  }

  #change(name: string): PlannedChange {
    const operation = this.#options.find(name)
    if (operation?.kind !== 'change' || 'instead' in operation) throw problems.unknownOperation(name)
    return operation
  }
}

// A setting of a caller is in no cluster: it is the server's own state, changed by the server.
const ownIdentities = ({ principal }: Call) => ({
  cluster: { server: OWN_STATE },
  identity: { username: principalKey(principal) },
})

function contextOf(operation: PlannedChange, input: unknown, services: Services): string {
  return operation.changes === 'setting' ? (contextIn(input) ?? 'none') : services.cluster.context
}

/** The context that an input names. */
export function contextIn(input: unknown): string | undefined {
  if (input === null || typeof input !== 'object') return undefined
  if ('context' in input && typeof input.context === 'string') return input.context
  return 'contextName' in input && typeof input.contextName === 'string' ? input.contextName : undefined
}

function checked(operation: PlannedChange, steps: unknown): unknown {
  if (!operation.stepsOf().Check(steps))
    throw problems.storeDamaged(`the steps of a stored ${operation.name} are not its own`)
  return steps
}

/** As whoever asked, by the door they came by. */
function callOf({ door, requester, correlationId }: Approval, scope: Request['scope'], signal: AbortSignal): Call {
  return {
    door,
    principal: requester,
    grant: { role: 'requester', groups: [], scope },
    correlationId,
    signal,
    progress: () => undefined,
    wantsProgress: false,
    requests: [],
  }
}
