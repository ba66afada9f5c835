import type { BlastRadius, Plan, Risk, Target } from '../changes/plan.ts'
import { canonical } from './canonical.ts'
import type { Planned } from './types.ts'

const ORDER: readonly Risk[] = ['low', 'medium', 'high', 'critical']

/**
 * What of a plan made again is new or worse than what was approved, a sentence each; empty: it may run. Better is not drift: a warning
 * that is gone, fewer pods that go.
 */
export function drift(approved: Planned, fresh: Planned): string[] {
  return [
    ...clusterDrift(approved, fresh),
    ...targetDrift(approved.plan.targets, fresh.plan.targets),
    ...stepsDrift(approved.plan, fresh.plan),
    ...warningDrift(approved.plan, fresh.plan),
    ...blastDrift(approved.plan.blast, fresh.plan.blast),
  ]
}

function clusterDrift(approved: Planned, fresh: Planned): string[] {
  const found: string[] = []
  if (canonical(approved.cluster) !== canonical(fresh.cluster)) found.push('the context now leads to another cluster')
  if (canonical(identity(approved)) !== canonical(identity(fresh)))
    found.push(
      `it would now run as ${fresh.identity.username} with other rights, not as ${approved.identity.username} was`,
    )
  return found
}

const identity = ({ identity: { username, uid, groups = [] } }: Planned) => ({
  username,
  uid,
  groups: groups.toSorted(),
})

const nameOf = ({ kind, namespace, name }: Target) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
const keyOf = ({ context, apiVersion, kind, namespace, name }: Target) =>
  canonical({ context, apiVersion, kind, namespace, name })

function targetDrift(approved: readonly Target[], fresh: readonly Target[]): string[] {
  const now = new Map(fresh.map((target) => [keyOf(target), target]))
  const before = new Set(approved.map(keyOf))
  const changed = approved.flatMap((target) => changeOf(target, now.get(keyOf(target))))
  const added = fresh.filter((target) => !before.has(keyOf(target)))
  return [...changed, ...added.map((target) => `${nameOf(target)} would be changed too`)]
}

function changeOf(before: Target, now: Target | undefined): string[] {
  if (now === undefined) return [`${nameOf(before)} is no longer there, or no longer part of it`]
  if (before.uid === undefined && now.uid !== undefined) return [`${nameOf(before)} has appeared meanwhile`]
  if (before.uid !== now.uid)
    return [`${nameOf(before)} is another object now (deleted, or made anew under the same name)`]
  return before.hash === now.hash ? [] : [`${nameOf(before)} was edited`]
}

function stepsDrift(approved: Plan<unknown>, fresh: Plan<unknown>): string[] {
  const found: string[] = []
  if (canonical(approved.steps) !== canonical(fresh.steps)) found.push('the steps are other ones')
  if (canonical(approved.diff) !== canonical(fresh.diff)) found.push('the differences it would make are other ones')
  const notes = fresh.notes.filter((note) => !approved.notes.includes(note))
  return [...found, ...notes.map((note) => `new: ${note}`)]
}

function warningDrift(approved: Plan<unknown>, fresh: Plan<unknown>): string[] {
  const known = new Map(approved.warnings.map(({ code, text, risk }) => [canonical([code, text]), risk]))
  const found = fresh.warnings.filter(({ code, text, risk }) => {
    const before = known.get(canonical([code, text]))
    return before === undefined || isHigher(risk, before)
  })
  const risk = isHigher(fresh.risk, approved.risk) ? [`the risk is ${fresh.risk} now, not ${approved.risk}`] : []
  return [...found.map(({ text }) => `new warning: ${text}`), ...risk]
}

const isHigher = (now: Risk, before: Risk) => ORDER.indexOf(now) > ORDER.indexOf(before)

function blastDrift(approved: BlastRadius, fresh: BlastRadius): string[] {
  const found: string[] = []
  if (fresh.podsGone > approved.podsGone) found.push(`${fresh.podsGone} pods would go, not ${approved.podsGone}`)
  if (fresh.podsGone - fresh.podsBack > approved.podsGone - approved.podsBack)
    found.push(
      `${fresh.podsBack} of ${fresh.podsGone} pods would come back, not ${approved.podsBack} of ${approved.podsGone}`,
    )
  return [...found, ...budgetDrift(approved, fresh), ...reachDrift(approved, fresh)]
}

function budgetDrift(approved: BlastRadius, fresh: BlastRadius): string[] {
  const before = new Map(approved.budgets.map(({ name, disruptionsAllowed }) => [name, disruptionsAllowed]))
  const worse = fresh.budgets.filter(
    ({ name, disruptionsAllowed }) => disruptionsAllowed < (before.get(name) ?? Infinity),
  )
  return worse.map(({ name, disruptionsAllowed }) => `disruption budget ${name} allows ${disruptionsAllowed} now`)
}

function reachDrift(approved: BlastRadius, fresh: BlastRadius): string[] {
  const services = fresh.servicesWithoutEndpoints.filter((name) => !approved.servicesWithoutEndpoints.includes(name))
  const cascade = Object.entries(fresh.cascade).filter(([kind, count]) => count > (approved.cascade[kind] ?? 0))
  return [
    ...services.map((name) => `Service ${name} would be left without endpoints`),
    ...cascade.map(([kind, count]) => `${count} ${kind} would be deleted with it, not ${approved.cascade[kind] ?? 0}`),
  ]
}
