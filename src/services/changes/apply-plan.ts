import Type, { type Static } from 'typebox'
import { problems } from '../../errors.ts'
import type { ResourceType } from '../../kubernetes/paths.ts'
import { Closed, KubernetesObject, OneOf } from '../../schema.ts'
import type { Cluster } from '../cluster.ts'
import { inTurn } from '../in-turn.ts'
import { readManifest } from '../manifests/read.ts'
import type { DocumentDiff } from '../manifests/schema.ts'
import { ownerLooker } from './cascade.ts'
import { compose, type Planning } from './compose.ts'
import { meant } from './normalise.ts'
import type { Plan, Undo } from './plan.ts'
import { effectOf, nameOf, notesOf, type Part, refuseRefused, rehearseAll } from './rehearsed.ts'
import { ResourceRef, resourceRef } from './targets.ts'
import { restoring } from './undo.ts'
import { together, changeBlast } from './workloads.ts'
import { isOurs } from './writes.ts'

export const ApplyInput = {
  yamlContent: Type.String({
    minLength: 1,
    maxLength: 1_048_576,
    description: 'Manifest, up to 50 objects.',
  }),
  force: Type.Optional(Type.Boolean({ default: false, description: 'Take fields of other managers.' })),
}

export interface ApplyQuestion {
  yamlContent: string
  namespace?: string
  force?: boolean
}

/** One object to write. `resource` is absent where its kind is made by the same manifest; `uid` where the object is. */
export const ApplyStep = Closed({
  index: Type.Integer(),
  resource: Type.Optional(ResourceRef),
  namespace: Type.Optional(Type.String()),
  name: Type.String(),
  uid: Type.Optional(Type.String()),
  action: OneOf(['create', 'apply'], 'What is sent.'),
  force: Type.Boolean(),
  object: KubernetesObject,
})
export type ApplyStep = Static<typeof ApplyStep>

export const ApplySteps = Closed({ objects: Type.Array(ApplyStep) })
export type ApplySteps = Static<typeof ApplySteps>

const AT_ONCE = 4

/**
 * Every object of a manifest, in the order in which it is written: namespaces and definitions first. Throws `bad_manifest` (with what
 * the API server refuses), `field_conflict` unless forced, `nothing_to_change`.
 */
export async function planApply(
  cluster: Cluster,
  input: ApplyQuestion,
  planning: Planning = {},
): Promise<Plan<ApplySteps>> {
  const { force = false } = input
  const parts = await rehearse(cluster, input)
  refuseRefused(parts)
  if (!force) refuseConflicts(parts)
  const changing = parts.filter(
    ({ diff }) => diff.action !== 'unchanged' && !(diff.action === 'change' && meant(diff.changes).length === 0),
  )
  if (changing.length === 0)
    throw problems.nothingToChange(`All ${parts.length} objects of the manifest are as it says.`)
  const effects = changing.map(effectOf)
  const found = await inTurn(effects, AT_ONCE, async ({ before, after, rows }) =>
    before === undefined || after === undefined ? undefined : changeBlast(cluster, { before, after, rows }),
  )
  const blasts = found.filter((each) => each !== undefined)
  return compose(
    cluster,
    {
      summary: `Apply ${changing.length} object${changing.length === 1 ? '' : 's'} on context ${cluster.context}: ${counted(changing)}`,
      effects,
      blast: together(blasts.map(({ blast }) => blast)),
      base: {
        risk: changing.some(({ live }) => live !== undefined) ? 'medium' : 'low',
        reason: `${counted(changing)}.`,
      },
      notes: [...changing.flatMap(notesOf), ...blasts.flatMap(({ notes }) => notes)],
      undo: await undoOf(cluster, changing),
      steps: { objects: changing.map((part) => stepOf(part, force)) },
    },
    planning,
  )
}

/** Tries every object of a text. */
async function rehearse(cluster: Cluster, { yamlContent, namespace }: ApplyQuestion): Promise<Part[]> {
  const fallback = namespace ?? cluster.namespace
  const given = await readManifest(yamlContent, { namespace, fallback }, cluster.call.signal)
  return rehearseAll(cluster, given, { namespace: fallback, owners: true })
}

const foreign = ({ conflicts = [] }: DocumentDiff) => conflicts.filter(({ manager }) => !isOurs(manager))

function refuseConflicts(parts: readonly Part[]): void {
  const told = parts.flatMap(({ diff }) =>
    foreign(diff).map(({ manager, fields }) => `${nameOf(diff)}: ${fields.join(', ')} of "${manager}".`),
  )
  if (told.length > 0) throw problems.fieldConflicts(`Fields belong to other managers. ${told.join(' ')}`)
}

function stepOf({ document, diff, type, live }: Part, force: boolean): ApplyStep {
  const namespace = type?.namespaced === false ? undefined : diff.namespace
  const uid = live?.metadata.uid
  // Fields that only we ourselves hold (a scale of ours, then an apply) are no reason to ask anybody.
  const onlyOurs = (diff.conflicts ?? []).length > 0 && foreign(diff).length === 0
  return {
    index: document.index,
    ...(type === undefined ? {} : { resource: resourceRef(type) }),
    ...(namespace === undefined ? {} : { namespace }),
    name: diff.name,
    ...(uid === undefined ? {} : { uid }),
    action: uid === undefined ? 'create' : 'apply',
    force: force || onlyOurs,
    object: {
      ...document.object,
      metadata: { ...document.object.metadata, ...(namespace === undefined ? {} : { namespace }) },
    },
  }
}

const counted = (parts: readonly Part[]) => {
  const created = parts.filter(({ live }) => live === undefined).length
  return [`${created} to create`, `${parts.length - created} to change`]
    .filter((text) => !text.startsWith('0'))
    .join(', ')
}

/** What was there is applied again; what was made is deleted, each by a request of its own. */
async function undoOf(cluster: Cluster, parts: readonly Part[]): Promise<Undo | undefined> {
  const before = parts.flatMap(({ live }) => live ?? [])
  const removals = parts
    .filter(({ live }) => live === undefined)
    .map(({ diff, type }) => removal(cluster, diff, type))
    .toReversed()
  const loses = before.length === 0 ? [] : ['fields that stay because another manager holds them too']
  const undos =
    before.length === 0
      ? removals
      : [await restoring(cluster.context, before, ownerLooker(cluster), loses), ...removals]
  const [first, ...next] = undos
  return first === undefined || next.length === 0 ? first : { ...first, next }
}

function removal(cluster: Cluster, diff: DocumentDiff, type: ResourceType | undefined): Undo {
  const [version = '', group = ''] = diff.apiVersion.split('/').toReversed()
  const kind = type === undefined ? [diff.kind, version, group] : [type.name, type.version, type.group]
  const namespace = type?.namespaced === false || diff.namespace === undefined ? {} : { namespace: diff.namespace }
  const input = {
    context: cluster.context,
    kind: kind.filter((part) => part !== '').join('.'),
    ...namespace,
    name: diff.name,
  }
  return { operation: 'infra.k8s.resources.deleteResource', input, loses: ['what it did while it was there'] }
}
