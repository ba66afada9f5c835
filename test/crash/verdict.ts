import { readFile } from 'node:fs/promises'
import { allRows, type AuditRow, verifyAudit } from '../../src/services/approvals/audit.ts'
import { sealOf } from '../../src/services/approvals/seal.ts'
import { openSqliteStore } from '../../src/services/approvals/sqlite-store.ts'
import { STATES } from '../../src/services/approvals/states.ts'
import type { Approval } from '../../src/services/approvals/types.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { at } from '../support/json.ts'
import type { Acknowledged, Decision, Lane } from './lane.ts'
import type { Accepted } from './proxy.ts'

/** Everything that is known at the end, from every side. */
export interface Findings {
  acknowledged: Acknowledged
  approvals: readonly Approval[]
  audit: readonly AuditRow[]
  /** What the proxy saw the API server accept. */
  accepted: readonly Accepted[]
  /** Accepted writes by execution, as the API server's own audit log counts them. */
  logged: ReadonlyMap<string, number>
  /** Faults of the chain itself. */
  chain: readonly string[]
}

/** Reads what a lane has left. No server may run. */
export async function findingsOf(lane: Lane, cluster: TestCluster): Promise<Findings> {
  await lane.proxy.quiet()
  const { path, key } = lane.store
  const store = await openSqliteStore({ path, keyId: sealOf(key).keyId })
  try {
    const approvals = await store.list({ limit: 1_000_000 })
    const audit = await Array.fromAsync(allRows((after, limit) => store.auditRows(after, limit)))
    const { acknowledged, proxy } = lane
    const chain = await chainFaults(audit, acknowledged.heads)
    return { acknowledged, approvals, audit, accepted: proxy.accepted, logged: await loggedWrites(cluster), chain }
  } finally {
    await store.close()
  }
}

/** Where the audit is not the chain that it was, by itself and by the heads that clients were given. */
export async function chainFaults(audit: readonly AuditRow[], heads: Acknowledged['heads']): Promise<string[]> {
  const { fault } = await verifyAudit(audit)
  if (fault !== undefined) return [`the audit is broken at row ${fault.seq}: ${fault.text}`]
  const hashes = new Map(audit.map(({ seq, hash }) => [seq, hash]))
  return heads
    .filter(({ seq, head }) => hashes.get(seq) !== head)
    .map(({ seq }) => `the audit has lost row ${seq}, whose hash a client was given`)
}

/** The API server's audit log: accepted writes by Audit-ID. Dry runs do not carry one of ours. */
async function loggedWrites({ auditLog }: TestCluster): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const line of (await readFile(auditLog, 'utf8')).split('\n')) {
    if (line === '') continue
    const row: unknown = JSON.parse(line)
    const code = Number(at(row, 'responseStatus', 'code'))
    if (at(row, 'stage') !== 'ResponseComplete' || code < 200 || code > 299) continue
    const id = String(at(row, 'auditID'))
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

/** Everything that must not be, in words. Empty: all promises were kept. */
export function faultsOf(findings: Findings): string[] {
  const { acknowledged, chain, approvals } = findings
  return [
    ...acknowledged.faults,
    ...chain,
    ...lostAsks(findings),
    ...acknowledged.decisions.flatMap((decision) => lostDecision(findings, decision)),
    ...doubledWrites(findings),
    ...foreignWrites(findings),
    ...doubledRuns(findings),
    ...approvals.flatMap((approval) => falseReport(findings, approval)),
  ]
}

function lostAsks({ acknowledged: { asks }, approvals }: Findings): string[] {
  const ids = new Set(approvals.map(({ id }) => id))
  const keys = Map.groupBy(approvals, ({ idempotencyKey = '' }) => idempotencyKey)
  return asks.flatMap(({ key, id }) => [
    ...(id !== undefined && !ids.has(id) ? [`approval ${id} was acknowledged and is lost`] : []),
    ...((keys.get(key)?.length ?? 0) > 1 ? [`there are two approvals for the key ${key}`] : []),
  ])
}

function lostDecision({ approvals }: Findings, { id, act, by }: Decision): string[] {
  const approval = approvals.find((each) => each.id === id)
  if (approval === undefined) return [`${act} by ${by} was acknowledged, and approval ${id} is lost`]
  return isKept(approval, act, by)
    ? []
    : [`${act} of ${id} by ${by} was acknowledged and is lost: it is ${approval.state}`]
}

function isKept({ state, votes, endedBy, run, verdict }: Approval, act: Decision['act'], by: string): boolean {
  if (act === 'deny') return state === 'denied' && endedBy?.subject === by
  if (act === 'cancel') return state === 'cancelled' || run?.stopBy !== undefined
  const isOpen = state === 'pending' && votes.length >= (verdict?.approvers ?? 1)
  return votes.some((vote) => vote.by.subject === by) && !isOpen
}

function doubledWrites({ accepted, logged }: Findings): string[] {
  const byObject = Map.groupBy(accepted, ({ execution, method, object }) => `${execution} ${method} ${object}`)
  const byExecution = Map.groupBy(accepted, ({ execution }) => execution)
  return [
    ...[...byObject].flatMap(([what, { length }]) => (length > 1 ? [`accepted ${length} times: ${what}`] : [])),
    ...[...byExecution].flatMap(([id, { length }]) =>
      id !== '' && logged.get(id) !== length
        ? [`the proxy saw ${length} accepted writes of ${id}, the API server logged ${logged.get(id) ?? 0}`]
        : [],
    ),
  ]
}

function foreignWrites({ accepted, approvals }: Findings): string[] {
  const runs = new Set(approvals.flatMap(({ run }) => (run?.sentAt === undefined ? [] : run.id)))
  return accepted
    .filter(({ execution }) => !runs.has(execution))
    .map(
      ({ method, object, execution }) =>
        `${method} ${object} was accepted for execution "${execution}", which nothing is known of`,
    )
}

function doubledRuns({ audit }: Findings): string[] {
  const claims = Map.groupBy(
    audit.filter(({ event }) => event === 'claim'),
    ({ approval = '' }) => approval,
  )
  return [...claims].flatMap(([id, { length }]) => (length > 1 ? [`approval ${id} was claimed ${length} times`] : []))
}

const UNTOUCHED: readonly Approval['state'][] = ['failed', 'stale', 'denied', 'expired', 'invalid', 'pending']
const UNSETTLED: readonly Approval['state'][] = ['preparing', 'approved', 'executing']

/** Where the state of an approval is not what happened. */
function falseReport({ accepted, logged, acknowledged }: Findings, approval: Approval): string[] {
  const { id, state, run, reason = '', idempotencyKey } = approval
  const written = Math.max(
    accepted.filter(({ execution }) => execution === run?.id).length,
    logged.get(run?.id ?? '') ?? 0,
  )
  const wanted = acknowledged.asks.find(({ key }) => key === idempotencyKey)?.asked.writes ?? 1
  const faults = [
    UNSETTLED.includes(state) ? 'nobody has settled it' : '',
    UNTOUCHED.includes(state) && written > 0 ? `${written} of its writes took effect (${reason})` : '',
    state === 'succeeded' && written !== wanted ? `${written} of ${wanted} writes took effect (${reason})` : '',
    state === 'partially_applied' && (written === 0 || written >= wanted)
      ? `${written} of ${wanted} writes took effect`
      : '',
    state === 'outcome_unknown' && (run?.sentAt === undefined || reason === '')
      ? 'nothing is said of what is known'
      : '',
  ]
  return faults.filter((fault) => fault !== '').map((fault) => `approval ${id} is ${state}, and ${fault}`)
}

/** How many approvals ended in each state. */
export const statesOf = ({ approvals }: Pick<Findings, 'approvals'>): Record<string, number> =>
  Object.fromEntries(
    STATES.map((state) => [state, approvals.filter((each) => each.state === state).length] as const).filter(
      ([, count]) => count > 0,
    ),
  )
