import type { KubeObject } from '../../kubernetes/types.ts'
import type { Facts } from './facts.ts'
import { ownedDeep } from './family.ts'
import { identity, type Trouble } from './merge.ts'

/**
 * Leaves out troubles that another one explains, or says better on the same workload. Answers the others, each with those it stands
 * for. What would explain itself by way of others stays.
 */
export function swallowed(troubles: readonly Trouble[], facts: Facts): Map<Trouble, Trouble[]> {
  const by = new Map<Trouble, Trouble>()
  const index = indexed(troubles)
  for (const trouble of troubles)
    for (const other of lesserThan(trouble, index, facts))
      if (!by.has(other) && topOf(trouble, by) !== other) by.set(other, trouble)
  for (const trouble of troubles) {
    const reason = by.has(trouble) ? undefined : reasonOf(trouble, index, facts)
    if (reason !== undefined && topOf(reason, by) !== trouble) by.set(trouble, reason)
  }
  const kept = new Map<Trouble, Trouble[]>(troubles.filter((each) => !by.has(each)).map((each) => [each, []]))
  for (const [other] of by) kept.get(topOf(other, by))?.push(other)
  return kept
}

/** The trouble that explains this one in the end. */
function topOf(trouble: Trouble, by: ReadonlyMap<Trouble, Trouble>): Trouble {
  const next = by.get(trouble)
  return next === undefined ? trouble : topOf(next, by)
}

interface Index {
  byObject: Map<string, Trouble[]>
  bySeen: Map<KubeObject, Trouble[]>
}

function indexed(troubles: readonly Trouble[]): Index {
  const seen = troubles.flatMap((trouble) => trouble.all.map((each) => ({ trouble, object: each.seen })))
  const bySeen = Map.groupBy(seen, ({ object }) => object)
  return {
    byObject: Map.groupBy(troubles, ({ first }) => identity(first.object)),
    bySeen: new Map([...bySeen].map(([object, each]) => [object, each.map(({ trouble }) => trouble)])),
  }
}

function lesserThan(trouble: Trouble, { byObject, bySeen }: Index, facts: Facts): Trouble[] {
  const { rule, object } = trouble.first
  const sameObject = (byObject.get(identity(object)) ?? []).filter(({ first }) => rule.over?.includes(first.rule.id))
  const explained = explainedBy(trouble, facts)
  const candidates = [...explained].flatMap((each) => [
    ...(bySeen.get(each) ?? []),
    ...(byObject.get(identity(each)) ?? []),
  ])
  return [...new Set([...sameObject, ...candidates.filter((other) => isWithin(other, explained))])].filter(
    (other) => other !== trouble,
  )
}

const explainedBy = ({ all }: Trouble, facts: Facts): Set<KubeObject> =>
  families(
    all.flatMap(({ verdict }) => verdict.explains ?? []),
    facts,
  )

const families = (objects: readonly KubeObject[], facts: Facts): Set<KubeObject> =>
  new Set(objects.flatMap((each) => [each, ...ownedDeep(each, facts)]))

/** A trouble of what this one names as its reason. */
function reasonOf(trouble: Trouble, { byObject, bySeen }: Index, facts: Facts): Trouble | undefined {
  const reasons = families(
    trouble.all.flatMap(({ verdict }) => verdict.because ?? []),
    facts,
  )
  const found = [...reasons].flatMap((each) => [...(bySeen.get(each) ?? []), ...(byObject.get(identity(each)) ?? [])])
  return found.find((other) => other !== trouble)
}

// Of a workload of which only some pods are explained the others' trouble stays.
const isWithin = ({ first, all }: Trouble, explained: ReadonlySet<KubeObject>): boolean =>
  explained.has(first.object) || all.every(({ seen }) => explained.has(seen))
