import type { KubeObject } from '../../kubernetes/types.ts'
import { concerns } from './concerns.ts'
import { Facts, nameOf } from './facts.ts'
import { type Finding, SEVERITIES, type Severity } from './finding.ts'
import { healthyLine } from './healthy.ts'
import { judgeAll, objectsOf } from './judge.ts'
import { merged, type Trouble } from './merge.ts'
import type { Diagnosis } from './report.ts'
import type { Rule } from './rule.ts'
import { scopeText } from './scope.ts'
import type { Gap, Snapshot } from './snapshot.ts'
import { swallowed } from './swallow.ts'

const MOST_FINDINGS = 100
const MOST_EXPLAINED = 10
const MOST_EVIDENCE = 8
const MOST_GAPS = 20

/** What is wrong in a snapshot, worst first, and what was found in order. Pure: the same snapshot is diagnosed the same way anywhere. */
export async function diagnose(snapshot: Snapshot, rules: readonly Rule[]): Promise<Diagnosis> {
  const facts = new Facts(snapshot)
  const { judged, gaps } = await judgeAll(rules, facts)
  const kept = [...swallowed(merged(judged), facts)].filter(([trouble, lesser]) =>
    concerns([trouble, ...lesser], facts),
  )
  const findings = kept.map(([trouble, lesser]) => findingOf(trouble, lesser)).toSorted(worstFirst)
  const left = findings.length - MOST_FINDINGS
  return {
    context: snapshot.context,
    scope: scopeText(snapshot.scope),
    takenAt: snapshot.takenAt,
    findings: findings.slice(0, MOST_FINDINGS),
    ...(left > 0 ? { more: left } : {}),
    healthy: healthyLine(objectsOf(facts), new Set(judged.flatMap(({ seen, object }) => [seen, object])), facts),
    gaps: bounded([...snapshot.gaps, ...gaps]),
  }
}

function findingOf({ first, all }: Trouble, lesser: readonly Trouble[]): Finding {
  const { rule, verdict, object } = first
  const pods = new Set(all.filter(({ seen }) => seen.kind === 'Pod').map(({ seen }) => seen)).size
  const explains = explainedNames(object, lesser)
  const since = all.flatMap((each) => each.verdict.since ?? []).toSorted()[0]
  return {
    id: rule.id,
    severity: worst(all),
    object: nameOf(object),
    cause: verdict.cause,
    evidence: verdict.evidence.slice(0, MOST_EVIDENCE),
    ...(since === undefined ? {} : { since }),
    next: [...verdict.next],
    page: `/docs/troubleshooting/${rule.id}`,
    ...(pods > 1 ? { pods } : {}),
    ...(explains.length === 0 ? {} : { explains }),
  }
}

function explainedNames(object: KubeObject, lesser: readonly Trouble[]): Finding['explains'] & {} {
  const others = new Set(lesser.map(({ first }) => first.object).filter((each) => each !== object))
  return [...others].slice(0, MOST_EXPLAINED).map(nameOf)
}

const worst = (all: Trouble['all']): Severity => {
  const found = all.map(({ rule, verdict }) => verdict.severity ?? rule.severity)
  return SEVERITIES.find((each) => found.includes(each)) ?? 'info'
}

const weight = ({ severity, object, explains = [], pods = 1 }: Finding) => [
  SEVERITIES.indexOf(severity),
  object.namespace === undefined ? 0 : 1,
  -(pods + explains.length),
]

const text = ({ object, id, cause }: Finding) =>
  `${object.namespace ?? ''}/${object.kind}/${object.name} ${id} ${cause}`

/** By severity; what is in no namespace before what is; what concerns most first; then by name. */
function worstFirst(one: Finding, other: Finding): number {
  const [left, right] = [weight(one), weight(other)]
  const difference = left.map((each, index) => each - (right[index] ?? 0)).find((each) => each !== 0)
  return difference ?? (text(one) < text(other) ? -1 : 1)
}

/** What could not be read for the same reason is told as one. */
function bounded(gaps: readonly Gap[]): Gap[] {
  const told = [...Map.groupBy(gaps, ({ why }) => why)].map(([why, group]) => ({ what: listed(group), why }))
  const left = told.slice(MOST_GAPS)
  return left.length === 0
    ? told
    : [...told.slice(0, MOST_GAPS), { what: `${left.length} more`, why: 'for other reasons.' }]
}

const MOST_NAMED = 40

function listed(group: readonly Gap[]): string {
  const names = [...new Set(group.map(({ what }) => what))].toSorted()
  const left = names.length - MOST_NAMED
  return `${names.slice(0, MOST_NAMED).join(', ')}${left > 0 ? ` and ${left} more` : ''}`
}
