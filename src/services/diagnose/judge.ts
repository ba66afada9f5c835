import type { KubeObject } from '../../kubernetes/types.ts'
import { kindKey } from '../describe/read.ts'
import { eachInTurn } from './each-in-turn.ts'
import { familyOf } from './family.ts'
import type { Facts } from './facts.ts'
import type { Rule, Verdict } from './rule.ts'
import type { Gap } from './snapshot.ts'

/** What a rule said about an object. */
export interface Judged {
  rule: Rule
  verdict: Verdict
  /** What was looked at. */
  seen: KubeObject
  /** What it is about: the workload of a pod. */
  object: KubeObject
}

/**
 * Every rule over every object of the scope, in turns with everybody else's work. A rule that fails over an object that it does not
 * understand is a gap, and stops no other.
 */
export async function judgeAll(rules: readonly Rule[], facts: Facts): Promise<{ judged: Judged[]; gaps: Gap[] }> {
  const rulesFor = rulesByKind(rules)
  const judged: Judged[] = []
  const gaps: Gap[] = []
  await eachInTurn(objectsOf(facts), (object) => {
    for (const rule of rulesFor(kindKey(object))) {
      const said = judgeOne(rule, object, facts)
      if ('what' in said) gaps.push(said)
      else judged.push(...said.judged)
    }
  })
  return { judged, gaps }
}

/** The rules about a kind. */
function rulesByKind(rules: readonly Rule[]): (kind: string) => readonly Rule[] {
  const every = rules.filter(({ looksAt }) => looksAt === 'every kind')
  const others = [...rules.filter(({ looksAt }) => looksAt === 'other kinds'), ...every]
  const pairs = rules.flatMap((rule) =>
    typeof rule.looksAt === 'string' ? [] : rule.looksAt.map((kind) => ({ kind, rule })),
  )
  const groups = Map.groupBy(pairs, ({ kind }) => kind)
  const named = new Map([...groups].map(([kind, each]) => [kind, [...each.map(({ rule }) => rule), ...every]]))
  return (kind) => named.get(kind) ?? others
}

/** The objects that a scope is about, in the order of their kinds. */
export function objectsOf(facts: Facts): KubeObject[] {
  const { objects, scope } = facts.snapshot
  const family = familyOf(scope, facts)
  return Object.entries(objects)
    .filter(([kind]) => kind !== 'Event')
    .flatMap(([, each]) => each)
    .filter((each) => family?.has(each) ?? true)
}

function judgeOne(rule: Rule, seen: KubeObject, facts: Facts): { judged: Judged[] } | Gap {
  try {
    const said = rule.judge(seen, facts)
    const verdicts = said === undefined ? [] : isMany(said) ? said : [said]
    return {
      judged: verdicts.map((verdict) => ({ rule, verdict, seen, object: facts.workloadOf(verdict.about ?? seen) })),
    }
  } catch (error) {
    const { kind, metadata } = seen
    const what = `${rule.id} of ${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`
    return { what, why: `its rule failed (${error instanceof Error ? error.message : 'unknown'}).` }
  }
}

const isMany = (said: Verdict | readonly Verdict[]): said is readonly Verdict[] => Array.isArray(said)
