import type { KubeObject } from '../../kubernetes/types.ts'
import type { Facts } from './facts.ts'
import type { NextStep, Proof, Severity } from './finding.ts'

/** What a rule says about one object. The engine adds what the rule's entry says, and names the workload instead of the pod. */
export interface Verdict {
  /** One sentence with the names and numbers that matter, the same for every pod of a workload that has the same trouble. */
  cause: string
  evidence: readonly Proof[]
  next: readonly NextStep[]
  /** RFC 3339. */
  since?: string | undefined
  /** Other than the rule's own. */
  severity?: Severity
  /** Another object than the one that was looked at: a Pod that no scheduler places because of its claim is the claim's trouble. */
  about?: KubeObject
  /** Objects whose own findings this one explains, with all that they own: they are swallowed. */
  explains?: readonly KubeObject[]
  /** Objects whose own findings say why: where one of them, or what it owns, has any, this one is swallowed. */
  because?: readonly KubeObject[]
}

/** One kind of trouble, as data: what it looks at, when it fires, the cause, the next step. Pure: a rule knows nothing but the facts. */
export interface Rule {
  /** Stable; id of the page under static/docs/troubleshooting. Several rules may have the same. */
  id: string
  /** A few words: what is wrong. */
  title: string
  severity: Severity
  /** Kinds (`Pod`, `Deployment.apps`) whose objects it judges, one at a time; `other kinds`: those that no rule names. */
  looksAt: readonly string[] | 'every kind' | 'other kinds'
  /** Ids of findings on the same workload that say less than this one: they are swallowed. */
  over?: readonly string[]
  /** Nothing where the object does not have this trouble, or where the facts do not suffice to say so. */
  judge(object: KubeObject, facts: Facts): Verdict | readonly Verdict[] | undefined
}

/** Defines a rule. */
export const defineRule = (rule: Rule): Rule => rule
