import type { KubeObject } from '../../kubernetes/types.ts'

/** An object that a change is about, as it was when the plan was made. */
export interface Target {
  context: string
  apiVersion: string
  kind: string
  namespace?: string
  name: string
  /** Absent where the change creates it. */
  uid?: string
  /** Hash of what the object means: without status, managedFields, resourceVersion, generation. Keyed where it holds secrets. */
  hash?: string
  /** Its labels (as they will be, where the change creates it), for the rules of the policy; absent where they are not known. */
  labels?: Record<string, string>
}

/**
 * One field that would change. Secret values are never here. `order`: the items of a list change places. `set`: a secret value is
 * given; `to` is then `set`, `changed` or `unchanged` and is for the approver alone (an agent could try guesses by it).
 */
export interface Change {
  /** Field path, e.g. spec.template.spec.containers[app].image. */
  path: string
  op: 'add' | 'remove' | 'change' | 'order' | 'set'
  from?: string
  to?: string
  /** Nobody asked for it: the API server, or whatever stands in its way, fills it in. */
  filled?: true
}

export interface ObjectDiff {
  target: string
  action: 'create' | 'change' | 'delete' | 'run'
  changes: Change[]
  /** How many changes were cut, where some were. */
  cut?: number
  /** False where the API server could not be asked for a dry run. */
  dryRun: boolean
}

export type Risk = 'low' | 'medium' | 'high' | 'critical'

/** Something a careful operator would check, computed. `code` is stable. */
export interface Warning {
  code: string
  risk: Risk
  text: string
}

/** What a change takes with it, in numbers. */
export interface BlastRadius {
  podsGone: number
  podsBack: number
  budgets: { name: string; disruptionsAllowed: number }[]
  servicesWithoutEndpoints: string[]
  /** Objects a deletion cascades to, by kind. */
  cascade: Record<string, number>
}

/** The change that would put it back, as another operation with its input; what it cannot bring back is said. */
export interface Undo {
  operation: string
  /** May hold secret values (the former ones): kept sealed, and shown to nobody. */
  input: Record<string, unknown>
  /** The objects to restore, kept sealed likewise. */
  objects?: KubeObject[]
  loses: string[]
  /** Further changes that it takes to put everything back, in order; each a request of its own. */
  next?: Undo[]
}

/** What a change would do, and everything that decides it. `Steps`: what `execute` needs and nothing else. */
export interface Plan<Steps> {
  summary: string
  targets: Target[]
  diff: ObjectDiff[]
  warnings: Warning[]
  blast: BlastRadius
  risk: Risk
  riskReasons: string[]
  undo?: Undo
  /** Sentences for the approver: what could not be dry-run, what the API server warned of. */
  notes: string[]
  steps: Steps
  /** resourceVersion of each target (by `targetKey`) when this plan read it. Never stored, compared or part of the digest. */
  versions?: Record<string, string>
}

/** One run of an approved change. */
export interface Execution {
  /** Goes into Audit-ID, field manager and annotations: evidence after a crash. */
  id: string
  /** Must be called, and awaited, before the first byte of a write leaves. Throws `Cancelled` when the execution was cancelled. */
  beforeSend(): Promise<void>
  /**
   * Plans and compares again after the API server has refused a write as outdated. Throws `Stale`. What it answers, the new plan's
   * `versions`, is only good to know: the targets are read once more after it, whether it is there or not.
   */
  recheck?(): Promise<Record<string, string>>
  /** The keyed hash that the plan was made with. */
  readonly keyed?: (value: unknown) => string
  /** Records the process group that a change runs in, awaited before it is told what to do: it may outlive this server. */
  started?(processGroup: string): Promise<void>
  /** Reports one finished step of a change that has several; throws `Cancelled` when the execution was cancelled. */
  step(done: number, total: number, message: string): Promise<void>
}

/** What the cluster shows about an execution whose end nobody saw. */
export type Evidence =
  | { outcome: 'succeeded'; text: string }
  | { outcome: 'failed'; text: string }
  | { outcome: 'partially_applied'; text: string; done: number; total: number }
  | { outcome: 'unknown'; text: string }

/** How a change ended: what it answers, and how many of its steps were done where it has several. */
export interface Done<Output> {
  outcome: 'succeeded' | 'partially_applied' | 'cancelled'
  output: Output
  /** Why it ended so, where there is more to say than that it did: it is what the requester reads first. */
  reason?: string
  done?: number
  total?: number
}
