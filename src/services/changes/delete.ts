import Type, { type Static } from 'typebox'
import { getObject } from '../../kubernetes/lists.ts'
import { BUILT_IN, type ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { Closed, OneOf, UNLISTED } from '../../schema.ts'
import type { Cluster } from '../cluster.ts'
import { at } from '../describe/read.ts'
import { rowsBetween } from '../manifests/rows.ts'
import { blastOf, comesBack, hasEnded } from './blast.ts'
import { cascadeOf, ownerLooker } from './cascade.ts'
import { compose, type Planning } from './compose.ts'
import type { BlastRadius, Done, Evidence, Execution, Plan, Undo } from './plan.ts'
import { called, findObject, locate, ObjectRef, objectRef } from './targets.ts'
import { restoring } from './undo.ts'
import { guarded, precondition, refPath, rehearse, write } from './writes.ts'

const POLICIES = ['Background', 'Foreground', 'Orphan'] as const

export const PropagationPolicy = OneOf(POLICIES, 'What it owns goes after it, before it, or stays.', {
  default: 'Background',
})
type PropagationPolicy = Static<typeof PropagationPolicy>
const grace = { minimum: 0, maximum: 86_400, description: 'Seconds; 0: at once.' }
export const GracePeriod = Type.Integer(grace)

export const DeletePodInput = { gracePeriodSeconds: Type.Optional(GracePeriod) }
export const DeleteResourceInput = {
  propagationPolicy: Type.Optional(PropagationPolicy),
  gracePeriodSeconds: Type.Optional(Type.Integer({ ...grace, ...UNLISTED })),
}

export const DeleteSteps = Closed({
  target: ObjectRef,
  propagationPolicy: PropagationPolicy,
  gracePeriodSeconds: Type.Optional(GracePeriod),
})
export type DeleteSteps = Static<typeof DeleteSteps>

export const DeleteResult = Closed({
  kind: Type.String({ description: 'Kind.' }),
  namespace: Type.Optional(Type.String({ description: 'Namespace.' })),
  name: Type.String({ description: 'Name.' }),
  gone: Type.Boolean({ description: 'Whether it is away already; false: it is being deleted.' }),
})
export type DeleteResult = Static<typeof DeleteResult>

interface Manner {
  propagationPolicy?: PropagationPolicy
  gracePeriodSeconds?: number
}

/** One pod. */
export async function planDeletePod(
  cluster: Cluster,
  input: { namespace: string; name: string } & Manner,
  planning: Planning = {},
): Promise<Plan<DeleteSteps>> {
  const { namespace, name, ...manner } = input
  return planOf(cluster, BUILT_IN.pods, await getObject(cluster.api, BUILT_IN.pods, namespace, name), manner, planning)
}

/** One object of any kind. */
export async function planDeleteResource(
  cluster: Cluster,
  input: { kind: string; namespace?: string; name: string } & Manner,
  planning: Planning = {},
): Promise<Plan<DeleteSteps>> {
  const { kind, name, namespace, ...manner } = input
  const located = await locate(cluster, { kind, ...(namespace === undefined ? {} : { namespace }) }, 'delete')
  const object = await getObject(cluster.api, located.type, located.namespace, name)
  return planOf(cluster, located.type, object, manner, planning)
}

async function planOf(
  cluster: Cluster,
  type: ResourceType,
  before: KubeObject,
  manner: Manner,
  planning: Planning,
): Promise<Plan<DeleteSteps>> {
  const steps = { target: objectRef(type, before), propagationPolicy: 'Background' as const, ...manner }
  const { warnings } = await rehearse(cluster, requestOf(steps, { uid: steps.target.uid }))
  const { blast, notes } = await losses(cluster, before, steps.propagationPolicy)
  const finalizers = before.metadata.finalizers ?? []
  return compose(
    cluster,
    {
      summary: summaryOf(cluster, before, blast),
      effects: [
        { type, action: 'delete', before, rows: rowsBetween({ exists: true }, { exists: false }), dryRun: true },
      ],
      blast,
      base: {
        risk: comesBack(before) && before.kind === 'Pod' ? 'low' : 'medium',
        reason: `${called(before)} is deleted.`,
      },
      notes: [
        ...warnings,
        ...notes,
        ...(finalizers.length === 0 ? [] : [`It goes only when its finalizers are done: ${finalizers.join(', ')}.`]),
        ...(at(before, 'metadata.deletionTimestamp') === undefined ? [] : ['It is being deleted already.']),
      ],
      undo: await undoOf(cluster, before, blast),
      steps,
    },
    planning,
  )
}

/** What goes with the object: of a pod itself and who needs it, of all else what it owns. */
async function losses(
  cluster: Cluster,
  object: KubeObject,
  policy: PropagationPolicy,
): Promise<{ blast: BlastRadius; notes: string[] }> {
  if (object.kind === 'Pod') {
    const pods = hasEnded(object) ? [] : [object]
    return blastOf(cluster, { pods, back: comesBack(object) ? pods.length : 0, atOnce: true })
  }
  if (policy === 'Orphan')
    return {
      blast: { podsGone: 0, podsBack: 0, budgets: [], servicesWithoutEndpoints: [], cascade: {} },
      notes: ['What it owns is left alone, without an owner.'],
    }
  const { counts, pods, notes } = await cascadeOf(cluster, object)
  const found = await blastOf(cluster, { pods, back: 0, atOnce: true })
  return { blast: { ...found.blast, cascade: counts }, notes: [...notes, ...found.notes] }
}

function summaryOf(cluster: Cluster, object: KubeObject, { cascade }: BlastRadius): string {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true)
  const back =
    object.kind === 'Pod' && owner !== undefined ? `; its ${owner.kind} ${owner.name} will make another one` : ''
  const lost = Object.entries(cascade).map(([kind, count]) => `${count} ${kind}`)
  return `Delete ${called(object)} on context ${cluster.context}${back}${lost.length === 0 ? '' : `, and with it ${lost.join(', ')}`}`
}

async function undoOf(cluster: Cluster, before: KubeObject, { cascade }: BlastRadius): Promise<Undo | undefined> {
  if (before.kind === 'Pod' && comesBack(before)) return undefined
  const lost = Object.entries(cascade).map(([kind, count]) => `${count} ${kind}`)
  const loses = [
    ...(LOSES[before.kind] ?? []),
    ...(lost.length === 0
      ? []
      : [`what is deleted with it, unless its controller makes it again (${lost.join(', ')})`]),
  ]
  return restoring(cluster.context, [before], ownerLooker(cluster), loses)
}

const LOSES: Readonly<Record<string, readonly string[]>> = {
  Pod: ['its logs', 'data in its emptyDir volumes', 'the node it runs on'],
  PersistentVolumeClaim: ['the data of its volume, where the reclaim policy deletes it'],
  PersistentVolume: ['the data of the volume, where its reclaim policy deletes it'],
  Namespace: ['everything in it'],
  CustomResourceDefinition: ['every object of its kind'],
  Service: ['its cluster IP and its load balancer'],
}

function requestOf(
  { target, propagationPolicy, gracePeriodSeconds }: DeleteSteps,
  preconditions: { uid: string; resourceVersion?: string },
) {
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy }
  const period = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }
  return { method: 'DELETE' as const, path: refPath(target), body: JSON.stringify({ ...options, ...period }) }
}

export async function executeDelete(
  cluster: Cluster,
  steps: DeleteSteps,
  execution: Execution,
  fresh: Plan<DeleteSteps>,
): Promise<Done<DeleteResult>> {
  const { target } = steps
  const { object } = await guarded({ cluster, execution, fresh }, (versions) =>
    write(cluster, requestOf(steps, precondition(target, versions)), execution),
  )
  const where = target.namespace === undefined ? {} : { namespace: target.namespace }
  // Answered with a Status when it is gone, with the object while finalizers or a grace period hold it.
  const gone = at(object, 'kind') === 'Status'
  return { outcome: 'succeeded', output: { kind: target.resource.kind, ...where, name: target.name, gone } }
}

/** Gone, another one of that name, or on its way: somebody deleted it, and it cannot be deleted twice. */
export async function evidenceDelete(cluster: Cluster, { target }: DeleteSteps): Promise<Evidence> {
  const now = await findObject(cluster, target.resource, target.namespace, target.name)
  const name = `${target.resource.kind} ${target.name}`
  if (now === undefined) return { outcome: 'succeeded', text: `${name} is gone.` }
  if (now.metadata.uid !== target.uid)
    return { outcome: 'succeeded', text: `${name} is gone; another one has its name.` }
  if (now.metadata.deletionTimestamp !== undefined) return { outcome: 'succeeded', text: `${name} is being deleted.` }
  return { outcome: 'unknown', text: `${name} is still there: the deletion did not arrive yet, or never will.` }
}
