import type { ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import type { DiffRow } from '../manifests/rows.ts'
import type { Conflict } from '../manifests/schema.ts'
import { askedFirst } from './normalise.ts'
import type { BlastRadius, ObjectDiff, Plan, Risk, Undo, Warning } from './plan.ts'
import type { KeyedHash } from './hash.ts'
import { riskOf } from './risk.ts'
import { called, newTarget, targetOf, versionsOf } from './targets.ts'
import { warningsOf } from './warnings.ts'

/** What a change does to one object. */
export interface Effect {
  type: Pick<ResourceType, 'kind' | 'group' | 'namespaced'>
  action: ObjectDiff['action']
  /** As it is now. */
  before?: KubeObject
  /** As it will be: the dry run's result, or what was asked for where there is none. */
  after?: KubeObject
  rows: readonly DiffRow[]
  /** What was asked for, where the object is new: what else it gets is told apart. */
  asked?: KubeObject
  cut?: number
  dryRun: boolean
  conflicts?: readonly Conflict[]
}

/** What is ours and must not be changed unawares. */
export interface Own {
  /** Namespaces that this server, its policy or its store are in. */
  namespaces: readonly string[]
}

/** What is known beyond the cluster when a plan is made. */
export interface Planning {
  own?: Own
  /** For the hashes of targets that hold secrets. The plan that is made again needs the same one. */
  keyed?: KeyedHash
  /** The steps that were approved, where the plan is made again before they run: what they pin stays pinned. */
  approved?: unknown
}

/** A plan before its warnings, its risk and its targets are worked out. */
export interface Draft<Steps> {
  summary: string
  effects: readonly Effect[]
  blast: BlastRadius
  /** Warnings that only this change knows. */
  warnings?: readonly Warning[]
  /** Codes of warnings that say nothing new of this change. */
  quiet?: ReadonlySet<string>
  /** Risk that the change has whatever it is about. */
  base: { risk: Risk; reason: string }
  notes?: readonly string[]
  undo?: Undo | undefined
  steps: Steps
}

export const NO_BLAST: BlastRadius = {
  podsGone: 0,
  podsBack: 0,
  budgets: [],
  servicesWithoutEndpoints: [],
  cascade: {},
}

const MOST_ROWS = 600

/** The plan of a draft. */
export function compose<Steps>(
  cluster: Cluster,
  draft: Draft<Steps>,
  { own = { namespaces: [] }, keyed }: Planning,
): Plan<Steps> {
  const { effects, blast, steps, summary, undo, base, quiet } = draft
  const found = warningsOf(effects, blast, own).filter(({ code }) => quiet?.has(code) !== true)
  const warnings = distinct([...(draft.warnings ?? []), ...found])
  const { risk, reasons } = riskOf(base, warnings, effects, blast)
  const before = effects.flatMap((effect) => effect.before ?? [])
  return {
    summary,
    targets: effects.flatMap((effect) => targetOfEffect(cluster, effect, keyed)),
    diff: effects.map(diffOf),
    warnings,
    blast,
    risk,
    riskReasons: reasons,
    ...(undo === undefined ? {} : { undo }),
    notes: [...new Set(draft.notes)],
    steps,
    versions: versionsOf(before),
  }
}

function targetOfEffect(cluster: Cluster, { before, after }: Effect, keyed?: KeyedHash) {
  if (before !== undefined) return [targetOf(cluster, before, keyed)]
  return after === undefined ? [] : [newTarget(cluster, after)]
}

function diffOf({ before, after, action, rows, asked, cut = 0, dryRun }: Effect): ObjectDiff {
  const object = before ?? after
  const changes = (asked === undefined ? [...rows] : askedFirst(rows, asked)).slice(0, MOST_ROWS)
  const left = cut + rows.length - changes.length
  return {
    target: object === undefined ? '' : called(object),
    action,
    changes,
    ...(left > 0 ? { cut: left } : {}),
    dryRun,
  }
}

/** Each warning once. */
function distinct(warnings: readonly Warning[]): Warning[] {
  return [...new Map(warnings.map((each) => [`${each.code}\n${each.text}`, each])).values()]
}
