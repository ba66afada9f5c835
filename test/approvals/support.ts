import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { LOCAL, type Principal } from '../../src/call.ts'
import { Approvals, type ApprovalsOptions } from '../../src/services/approvals/approvals.ts'
import type { Actor } from '../../src/services/approvals/decide.ts'
import type { Performer } from '../../src/services/approvals/execute.ts'
import type { ChangeRequest } from '../../src/services/approvals/gate.ts'
import { makePolicy, type PolicySettings } from '../../src/services/approvals/policy.ts'
import { readPolicy, type PolicySource } from '../../src/services/approvals/policy-file.ts'
import { NO_RULES } from '../../src/services/approvals/policy-schema.ts'
import { makeSeal } from '../../src/services/approvals/seal.ts'
import { openSqliteStore, type SqliteOptions } from '../../src/services/approvals/sqlite-store.ts'
import type { ApprovalStore, NewApproval } from '../../src/services/approvals/store.ts'
import type { Approval, Planned } from '../../src/services/approvals/types.ts'
import type { Plan } from '../../src/services/changes/plan.ts'

export const seal = makeSeal(new Uint8Array(32).fill(7))
export const START_TIME = 1_800_000_000_000

export const AGENT: Principal = LOCAL.principal
export const ALICE: Principal = { kind: 'person', subject: 'alice' }
export const BOB: Principal = { kind: 'person', subject: 'bob' }

/** A folder of its own, gone after the test. */
export function folder(t: Pick<TestContext, 'after'>): string {
  const path = mkdtempSync(join(tmpdir(), 'k8s-mcp-approvals-'))
  t.after(() => {
    chmodSync(path, 0o700)
    rmSync(path, { recursive: true })
  })
  return path
}

/** A clock that a test sets. */
export class TestClock {
  at = START_TIME
  readonly now = () => this.at
  forward(milliseconds: number): void {
    this.at += milliseconds
  }
}

export async function sqlite(t: TestContext, options: Partial<SqliteOptions> = {}): Promise<ApprovalStore> {
  const path = join(folder(t), 'approvals.db')
  const store = await openSqliteStore({ path, keyId: seal.keyId, ...options })
  t.after(() => store.close())
  return store
}

export const acting = (principal: Principal) => ({
  principal,
  grant: LOCAL.grant,
  door: 'rest' as const,
  correlationId: 'test',
})

/** Somebody with a role everywhere, unless said otherwise. */
export const actor = (principal: Principal, other: Partial<Actor> = {}): Actor => ({
  ...acting(principal),
  groups: [],
  maySee: () => principal.kind === 'person',
  whyNotDecide: () => undefined,
  ...other,
})

export const plan = (other: Partial<Plan<unknown>> = {}): Plan<unknown> => ({
  summary: 'Scale Deployment shop/web from 2 to 3',
  targets: [
    {
      context: 'dev',
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
      uid: 'u1',
      hash: 'h1',
    },
  ],
  diff: [
    {
      target: 'Deployment shop/web',
      action: 'change',
      changes: [{ path: 'spec.replicas', op: 'change', from: '2', to: '3' }],
      dryRun: true,
    },
  ],
  warnings: [],
  blast: { podsGone: 0, podsBack: 0, budgets: [], servicesWithoutEndpoints: [], cascade: {} },
  risk: 'low',
  riskReasons: [],
  notes: [],
  steps: { name: 'web', replicas: 3 },
  ...other,
})

export const planned = (other: Partial<Plan<unknown>> = {}): Planned => ({
  plan: plan(other),
  cluster: { server: 'https://dev.example', uid: 'cluster-1' },
  identity: { username: 'k8s-mcp', groups: ['system:authenticated'] },
})

export const SCALE = 'infra.k8s.deployments.scaleDeployment'

export const change = (other: Partial<ChangeRequest> = {}): ChangeRequest => ({
  operation: SCALE,
  input: { name: 'web', replicas: 3 },
  context: 'dev',
  call: acting(AGENT),
  plan: async () => planned(),
  ...other,
})

let number = 0
/** A new approval for the store, unlike every other. */
export function newApproval(other: Partial<NewApproval> = {}): NewApproval {
  number += 1
  return {
    id: `apr_${number}`,
    operation: SCALE,
    requester: AGENT,
    door: 'rest',
    correlationId: 'test',
    context: 'dev',
    namespaces: ['shop'],
    createdAt: START_TIME,
    expiresAt: START_TIME + 3_600_000,
    sameness: `same-${number}`,
    votes: [],
    ...other,
  }
}

export const policyOf = (yaml: string | undefined, settings: PolicySettings = { self: false }): PolicySource => ({
  current: makePolicy(yaml === undefined ? NO_RULES : readPolicy(yaml, 'policy.yaml'), settings),
  problem: undefined,
  reload: () => ({ changed: false }),
  tried: (text, name) => makePolicy(readPolicy(text, name), settings),
})

/** A cluster that does as it is told, and remembers what it was told. */
export class TestCluster implements Performer {
  readonly sent: { steps: unknown; id: string }[] = []
  fresh: () => Promise<Planned> = async () => planned()
  found: Performer['evidence'] = async () => ({ outcome: 'unknown', text: 'nothing to see' })
  write: Performer['run'] = async () => ({ outcome: 'succeeded', output: { replicas: 3 } })

  readonly replan = () => this.fresh()
  readonly evidence: Performer['evidence'] = (steps, id) => this.found(steps, id)
  readonly run: Performer['run'] = async (steps, execution, fresh) => {
    await execution.beforeSend()
    this.sent.push({ steps, id: execution.id })
    return this.write(steps, execution, fresh)
  }
}

export interface Scene {
  approvals: Approvals
  cluster: TestCluster
  clock: TestClock
  store: ApprovalStore
  failures: unknown[]
  path: string
}

/** The whole core over a store of its own. `begin` is the test's. */
export async function scene(
  t: TestContext,
  {
    store: given,
    path = join(folder(t), 'approvals.db'),
    clock = new TestClock(),
    cluster = new TestCluster(),
    ...options
  }: Partial<ApprovalsOptions & Scene> = {},
): Promise<Scene> {
  const store = given ?? (await openSqliteStore({ path, keyId: seal.keyId, clock: clock.now }))
  const failures: unknown[] = []
  const approvals = new Approvals({
    store,
    seal,
    policy: policyOf(undefined),
    late: 0,
    performer: () => cluster,
    failed: (_id, error) => failures.push(error),
    ...options,
  })
  t.after(() => approvals.close())
  return { approvals, cluster, clock, store, failures, path }
}

/** Approves as Alice, and waits until it was run. */
export async function approveAndRun({ approvals, store }: Scene, { id, digest = '' }: Approval): Promise<Approval> {
  await approvals.decisions.approve(id, { digest }, actor(ALICE))
  await approvals.executor.idle()
  return read(store, id)
}

export async function read(store: ApprovalStore, id: string): Promise<Approval> {
  const approval = await store.get(id)
  if (approval === undefined) throw new Error(`No approval ${id}.`)
  return approval
}
