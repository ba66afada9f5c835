import type { ResourceType } from '../../kubernetes/paths.ts'
import { problems } from '../../errors.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { inTurn } from '../in-turn.ts'
import { isFoundation, kindsIn, namespacesIn } from '../manifests/made-here.ts'
import type { ParsedDocument } from '../manifests/objects.ts'
import { Rehearsal, type Setting } from '../manifests/rehearsal.ts'
import type { DocumentDiff } from '../manifests/schema.ts'
import type { Effect } from './compose.ts'
import { withoutStringData, withSecretChanges } from './given.ts'
import { meant } from './normalise.ts'
import { findObject } from './targets.ts'

// Objects that are to be applied, each tried by the API server's dry run.

const AT_ONCE = 4

/** An object of a manifest with what is there, and what applying it would do. */
export interface Part {
  document: ParsedDocument
  diff: DocumentDiff
  type: ResourceType | undefined
  live: KubeObject | undefined
  /** As it would be then, masked; undefined where it was not tried. */
  result: KubeObject | undefined
}

/** Tries every object; foundations first, also in the answer. */
export async function rehearseAll(
  cluster: Cluster,
  given: readonly ParsedDocument[],
  setting: Omit<Setting, 'kinds' | 'count'>,
): Promise<Part[]> {
  const documents = given.map((each) => ({ ...each, object: withoutStringData(each.object) }))
  const rehearsal = new Rehearsal(cluster, { ...setting, kinds: kindsIn(documents), count: documents.length })
  const trying = (missing: readonly string[]) => (document: ParsedDocument) =>
    partOf(cluster, rehearsal, document, new Set(missing))
  const isDefinition = ({ object }: ParsedDocument) => object.kind === 'CustomResourceDefinition'
  const foundations = documents
    .filter(isFoundation)
    .toSorted((a, b) => Number(isDefinition(a)) - Number(isDefinition(b)))
  const first = await inTurn(foundations, AT_ONCE, trying([]))
  const missing = namespacesIn(documents).filter((name) =>
    first.some(({ diff }) => diff.kind === 'Namespace' && diff.name === name && diff.action === 'create'),
  )
  const others = await inTurn(
    documents.filter((each) => !isFoundation(each)),
    AT_ONCE,
    trying(missing),
  )
  return [...first, ...others]
}

async function partOf(
  cluster: Cluster,
  rehearsal: Rehearsal,
  document: ParsedDocument,
  missing: ReadonlySet<string>,
): Promise<Part> {
  const diff = await rehearsal.of(document, missing)
  const type = await cluster.discovery.exact(cluster.api, diff.apiVersion, diff.kind)
  const untried = diff.action === 'not-dry-run' && type !== undefined
  const live = untried
    ? await findObject(cluster, type, type.namespaced ? diff.namespace : undefined, diff.name)
    : rehearsal.liveOf(diff)
  return { document, diff, type, live, result: rehearsal.resultOf(diff) }
}

/** Deployment shop/web. */
export const nameOf = ({ kind, namespace, name }: DocumentDiff) =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

/** Throws `bad_manifest`, or `forbidden`, where the API server refuses an object. `place`: where the object stands; `next`: what to do. */
export function refuseRefused(
  parts: readonly Part[],
  place = ({ document }: Part): string => `line ${document.line}`,
  next = 'Correct them; diffManifest shows each.',
): void {
  const refused = parts.flatMap((part) =>
    part.diff.error === undefined
      ? []
      : [{ code: part.diff.error.code, text: `${nameOf(part.diff)} (${place(part)}): ${part.diff.error.message}` }],
  )
  if (refused.length === 0) return
  const told = refused.map(({ text }) => text).join(' ')
  const what = `The API server would refuse ${refused.length} of ${parts.length} objects. ${told}`
  if (refused.every(({ code }) => code === 'forbidden')) throw problems.kubernetes(403, 'forbidden', what)
  throw problems.badManifest(what, next)
}

/** What applying it does. */
export function effectOf({ document, diff, type, live, result }: Part): Effect {
  const { namespace } = diff
  const asked = {
    ...document.object,
    metadata: { ...document.object.metadata, ...(namespace === undefined ? {} : { namespace }) },
  }
  const rows =
    document.object.kind === 'Secret' ? withSecretChanges(diff.changes, live, document.object) : meant(diff.changes)
  return {
    type: type ?? { kind: diff.kind, group: '', namespaced: namespace !== undefined },
    action: live === undefined ? 'create' : 'change',
    ...(live === undefined ? { asked } : { before: live }),
    // Webhooks and defaults have added to it what a person must see.
    after: result ?? asked,
    rows,
    ...(diff.cut === undefined ? {} : { cut: diff.cut }),
    dryRun: diff.action !== 'not-dry-run',
    ...(diff.conflicts === undefined ? {} : { conflicts: diff.conflicts }),
  }
}

/** What could not be tried, and what the API server warns of. */
export function notesOf({ diff }: Part): string[] {
  const name = nameOf(diff)
  return [
    ...(diff.action === 'not-dry-run' ? [`${name} was not dry-run.`] : []),
    ...(diff.notes ?? []).map((note) => `${name}: ${note}`),
    ...(diff.warnings ?? []).map((warning) => `${name}: the API server warns: ${warning}`),
  ]
}
