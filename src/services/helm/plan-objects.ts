import { problems } from '../../errors.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Effect } from '../changes/compose.ts'
import type { Warning } from '../changes/plan.ts'
import { effectOf, nameOf, notesOf, type Part, refuseRefused, rehearseAll } from '../changes/rehearsed.ts'
import { meant } from '../changes/normalise.ts'
import { called } from '../changes/targets.ts'
import type { Cluster } from '../cluster.ts'
import type { ParsedDocument } from '../manifests/objects.ts'
import { type DiffRow, rowsBetween } from '../manifests/rows.ts'
import { maskObject } from '../safety/mask-object.ts'
import { driftOf } from './drift.ts'
import { objectKey } from './manifest.ts'
import type { ApplyMethod } from './render-runs.ts'
import type { RenderedObject } from './rendered.ts'

/** The field manager that Helm writes as. */
const HELM = 'helm'
/** Bytes that the API server's store takes of one object. */
const MOST_BYTES = 1_572_864

/** What to do about an object of a chart that the API server would refuse. */
export const ANOTHER = 'Correct the values, or take another version of the chart.'

/** What a release is to be made of. */
export interface Wanted {
  namespace: string
  release: string
  /** What it is made of now, and the number of that revision. */
  before: readonly RenderedObject[]
  revision: number
  after: readonly RenderedObject[]
  /** What Helm makes first, where it is missing: the namespace, definitions. */
  first: readonly RenderedObject[]
  method: ApplyMethod
  forceConflicts: boolean
  /** By `objectKey`: paths whose values are other ones when it is installed. */
  open: ReadonlyMap<string, readonly string[]>
}

/** What becomes of the objects that a release keeps or gets. */
export interface Kept {
  effects: Effect[]
  drift: Warning[]
  notes: string[]
}

/**
 * Tries every object as Helm will write it. Throws `object_not_owned`, `field_conflict`, `bad_manifest`, `forbidden`, `object_too_large`.
 */
export async function planObjects(cluster: Cluster, wanted: Wanted): Promise<Kept> {
  const { namespace, first } = wanted
  const marked = (each: RenderedObject) => markedAs(each, wanted)
  const all = [...first, ...wanted.after.map(marked)]
  for (const { object } of all) refuseLarge(object)
  const parts = await tried(cluster, all, wanted)
  refuseRefused(parts, ({ document }) => all[document.index - 1]?.source ?? '', ANOTHER)
  // With what the API server adds: defaults, and whose each field is.
  for (const { result } of parts) if (result !== undefined) refuseLarge(result)
  const old = new Map(wanted.before.map(marked).map((each) => [objectKey(each.object, namespace), each.object]))
  refuseForeign(parts, old, wanted)
  if (wanted.method === 'ssa' && !wanted.forceConflicts) refuseConflicts(parts)
  const changing = parts.filter(isChange)
  const pairs = parts.map((part) => ({ part, old: old.get(objectKey(part.document.object, namespace)) }))
  return {
    effects: changing.map((part) => effectIn(part, old, wanted)),
    drift: await driftOf(pairs, wanted.revision, (objects) => tried(cluster, objects, { ...wanted, method: 'csa' })),
    notes: changing.flatMap(notesOf),
  }
}

const isChange = ({ diff }: Part) =>
  diff.action !== 'unchanged' && !(diff.action === 'change' && meant(diff.changes).length === 0)

function tried(cluster: Cluster, objects: readonly RenderedObject[], wanted: Wanted): Promise<Part[]> {
  const { namespace, method } = wanted
  const documents = objects.map(documentOf)
  // Not by force where Helm would ask for it: what it would take of others is told.
  const manner = { manager: HELM, force: method === 'csa' }
  return rehearseAll(cluster, documents, { namespace, owners: true, manner })
}

const documentOf = ({ object }: RenderedObject, index: number): ParsedDocument => ({
  index: index + 1,
  line: 1,
  object,
  notes: [],
})

function refuseLarge(object: KubeObject): void {
  if (JSON.stringify(object).length > MOST_BYTES) throw problems.objectTooLarge(called(object), '1.5 MiB', SMALLER)
}

const SMALLER = 'Choose values under which the chart makes it smaller, or split it in the chart.'

/** Helm takes no object over that it did not make for this release. */
function refuseForeign(parts: readonly Part[], old: ReadonlyMap<string, KubeObject>, wanted: Wanted): void {
  const first = new Set(wanted.first.map(({ object }) => objectKey(object, wanted.namespace)))
  const foreign = parts.filter(({ document, live }) => {
    const key = objectKey(document.object, wanted.namespace)
    return live !== undefined && !old.has(key) && !first.has(key) && !isOwned(live, wanted)
  })
  if (foreign.length > 0) throw problems.objectNotOwned(foreign.map(({ diff }) => nameOf(diff)))
}

const LABEL = 'app.kubernetes.io/managed-by'
const RELEASE = 'meta.helm.sh/release-name'
const NAMESPACE = 'meta.helm.sh/release-namespace'

/** An object with the marks that Helm puts on it, which are in no manifest. */
function markedAs({ object, source }: RenderedObject, { release, namespace }: Wanted): RenderedObject {
  const { labels = {}, annotations = {}, ...metadata } = object.metadata
  const marks = {
    labels: { ...labels, [LABEL]: 'Helm' },
    annotations: { ...annotations, [RELEASE]: release, [NAMESPACE]: namespace },
  }
  return { source, object: { ...object, metadata: { ...metadata, ...marks } } }
}

const isOwned = ({ metadata: { labels = {}, annotations = {} } }: KubeObject, { release, namespace }: Wanted) =>
  labels[LABEL] === 'Helm' && annotations[RELEASE] === release && annotations[NAMESPACE] === namespace

function refuseConflicts(parts: readonly Part[]): void {
  const told = parts.flatMap(({ diff }) =>
    (diff.conflicts ?? []).map(({ manager, fields }) => `${nameOf(diff)}: ${fields.join(', ')} of "${manager}".`),
  )
  if (told.length > 0) throw problems.releaseConflicts(told.join(' '))
}

/** What stands for a value that is chosen only when Helm runs. */
const CHOSEN_LATE = '<chosen when Helm runs>'

function effectIn(part: Part, old: ReadonlyMap<string, KubeObject>, { namespace, method, open }: Wanted): Effect {
  const key = objectKey(part.document.object, namespace)
  const effect = effectOf(part)
  const removed = method === 'csa' ? removedRows(old.get(key), part, effect.rows) : []
  const paths = open.get(key) ?? []
  const rows = [...effect.rows, ...removed].map((row) => (isOpen(row, paths) ? chosenLate(row) : row))
  return { ...effect, rows: [...rows, ...unnamed(paths, rows)] }
}

// Helm's own merge takes away what the manifest before had and this one has not; a server-side apply that stands in for it does not.
function removedRows(old: KubeObject | undefined, { document, live }: Part, rows: readonly DiffRow[]): DiffRow[] {
  if (old === undefined || live === undefined) return []
  const known = new Set(rows.map(({ path }) => path))
  return rowsBetween(maskObject(old), maskObject(document.object)).filter(
    ({ op, path }) => op === 'remove' && !known.has(path),
  )
}

const isWithin = (path: string, outer: string) =>
  path === outer || outer === '' || (path.startsWith(outer) && '.['.includes(path.charAt(outer.length)))
const isOpen = ({ path }: DiffRow, paths: readonly string[]) =>
  paths.some((each) => isWithin(path, each) || isWithin(each, path))
const chosenLate = (row: DiffRow): DiffRow => (row.to === undefined ? row : { ...row, to: CHOSEN_LATE })

/** Open paths that no row is about: they are equal only where nothing is looked up. */
const unnamed = (paths: readonly string[], rows: readonly DiffRow[]): DiffRow[] =>
  paths
    .filter((path) => !rows.some((row) => isOpen(row, [path])))
    .map((path) => ({ path: path === '' ? 'spec' : path, op: 'change', to: CHOSEN_LATE }))
