import type { KubeObject } from '../../kubernetes/types.ts'
import { withoutStringData } from '../changes/given.ts'
import type { Change, ObjectDiff } from '../changes/plan.ts'
import { called } from '../changes/targets.ts'
import { rowsBetween } from '../manifests/rows.ts'
import { maskTree } from '../safety/mask-tree.ts'
import { MASKED } from '../safety/masking.ts'
import { objectKey } from './manifest.ts'
import type { RenderedObject } from './rendered.ts'
import { secretValues, stateOf } from './secret-values.ts'

/**
 * What is said of secret values, which are never shown. `omit`: nothing. `set`: that there are some, be they equal or not (security.md
 * 3: who may ask could try guesses by the answer). `told`: whether each is new, changed or the same: for the approver alone.
 */
export type SecretWords = 'omit' | 'set' | 'told'

export interface Comparison {
  /** Namespace of objects that name none. */
  namespace: string
  secrets: SecretWords
  /** Most changes of one object; the others are counted in `cut`. Default 200. */
  most?: number
  /** Takes the secrets out of both sides before they are compared. Default: as everywhere. */
  mask?: Mask
  /** Whether the API server has seen the new side in a dry run. Default false. */
  dryRun?: boolean
}

/** Masks a JSON value. */
export type Mask = (value: unknown) => unknown

const MOST_CHANGES = 200

/** What makes one set of rendered objects of another: one entry for each object that differs, in the order of `to`, then what goes. */
export function compareManifests(
  from: readonly RenderedObject[],
  to: readonly RenderedObject[],
  comparison: Comparison,
): ObjectDiff[] {
  const { namespace } = comparison
  const before = keyed(from, namespace)
  const after = keyed(to, namespace)
  const changed = [...after].map(([key, object]) => diffOf(before.get(key), object, comparison))
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, object]) => diffOf(object, undefined, comparison))
  return [...changed, ...gone].filter(({ action, changes }) => action !== 'change' || changes.length > 0)
}

const keyed = (objects: readonly RenderedObject[], namespace: string) =>
  new Map(objects.map(({ object }) => [objectKey(object, namespace), withoutStringData(object)]))

function diffOf(from: KubeObject | undefined, to: KubeObject | undefined, comparison: Comparison): ObjectDiff {
  const { most = MOST_CHANGES, dryRun = false, secrets, mask } = comparison
  const changes = to === undefined ? [] : compareValues(bodyOf(from), bodyOf(to), secrets, mask)
  return {
    target: targetOf(from, to, comparison.namespace),
    action: actionOf(from, to),
    changes: changes.slice(0, most),
    ...(changes.length > most ? { cut: changes.length - most } : {}),
    dryRun,
  }
}

function actionOf(from: unknown, to: unknown): ObjectDiff['action'] {
  if (from === undefined) return 'create'
  return to === undefined ? 'delete' : 'change'
}

function targetOf(from: KubeObject | undefined, to: KubeObject | undefined, namespace: string): string {
  const object = to ?? from
  if (object === undefined) return ''
  return called({ ...object, metadata: { namespace, ...object.metadata } })
}

/** An object without what says which it is; kind and version stay where a Secret must be known as one. */
function bodyOf(object: KubeObject | undefined): unknown {
  if (object === undefined) return {}
  const { name: _name, namespace: _namespace, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** What makes one JSON value of another, secrets masked: rows of a manifest's object, or of the values of a release. */
export function compareValues(from: unknown, to: unknown, secrets: SecretWords, mask: Mask = maskTree): Change[] {
  const [before, after] = [mask(from), mask(to)]
  const given = secrets === 'omit' ? new Map<string, unknown>() : secretValues(to, after)
  const rows = rowsBetween(before, after, [...given.keys()])
  if (secrets !== 'told') return rows
  const known = secretValues(from, before)
  return rows.map((row) =>
    isSecret(row) && given.has(row.path) ? { path: row.path, op: 'set', to: stateOf(row.path, known, given) } : row,
  )
}

const isSecret = ({ op, to }: Change) => op === 'set' || to === MASKED
