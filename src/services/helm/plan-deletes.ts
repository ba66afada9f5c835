import { pathOf, type ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { blastOf, hasEnded, podsOf } from '../changes/blast.ts'
import { cascadeOf } from '../changes/cascade.ts'
import { type Effect, NO_BLAST } from '../changes/compose.ts'
import type { BlastRadius } from '../changes/plan.ts'
import { called, findObject } from '../changes/targets.ts'
import { together, WORKLOADS } from '../changes/workloads.ts'
import { rehearse } from '../changes/writes.ts'
import type { Cluster } from '../cluster.ts'
import { inTurn } from '../in-turn.ts'
import { rowsBetween } from '../manifests/rows.ts'
import type { RenderedObject } from './rendered.ts'

const AT_ONCE = 4
const POLICY = 'helm.sh/resource-policy'

/** What becomes of the objects that a release loses. */
export interface Lost {
  effects: Effect[]
  blast: BlastRadius
  notes: string[]
  /** Kinds whose loss takes data with it. */
  loses: string[]
}

interface There {
  type: ResourceType
  object: KubeObject
}

/** Tries to delete each object as Helm will; those that it keeps are said. `namespace`: of objects that name none. */
export async function planDeletes(
  cluster: Cluster,
  objects: readonly RenderedObject[],
  namespace: string,
): Promise<Lost> {
  const found = (await inTurn(objects, AT_ONCE, (each) => thereOf(cluster, each, namespace))).flat()
  const kept = found.filter(({ object }) => isKept(object))
  const going = found.filter(({ object }) => !isKept(object))
  const notes = await inTurn(going, AT_ONCE, (each) => tryToDelete(cluster, each))
  const blasts = await inTurn(going, AT_ONCE, (each) => cascade(cluster, each))
  const pods = await blastOfPods(cluster, going)
  return {
    effects: going.map(({ type, object }) => ({
      type,
      action: 'delete',
      before: object,
      rows: rowsBetween({ exists: true }, { exists: false }),
      dryRun: true,
    })),
    blast: together([pods.blast, ...blasts.map(({ blast }) => blast)]),
    notes: [
      ...kept.map(({ object }) => `${called(object)} is kept: it has the annotation ${POLICY}.`),
      ...notes.flat(),
      ...pods.notes,
      ...blasts.flatMap((each) => each.notes),
    ],
    loses: going.flatMap(({ object }) => LOSES[object.kind] ?? []),
  }
}

const LOSES: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: 'the data of its volumes, where their reclaim policy deletes it',
  Namespace: 'what else is in a namespace that it deletes',
  CustomResourceDefinition: 'objects of the kinds that it defines',
}

const isKept = ({ metadata }: KubeObject) => metadata.annotations?.[POLICY]?.trim().toLowerCase() === 'keep'

async function thereOf(cluster: Cluster, { object }: RenderedObject, fallback: string): Promise<There[]> {
  const { apiVersion, kind, metadata } = object
  const type = await cluster.discovery.exact(cluster.api, apiVersion, kind)
  if (type === undefined) return []
  const namespace = type.namespaced ? (metadata.namespace ?? fallback) : undefined
  const live = await findObject(cluster, type, namespace, metadata.name)
  return live === undefined ? [] : [{ type, object: live }]
}

async function tryToDelete(cluster: Cluster, { type, object }: There): Promise<string[]> {
  const { namespace, name, uid, finalizers = [] } = object.metadata
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid }, propagationPolicy: 'Background' }
  const path = pathOf(type, namespace, name)
  const { warnings } = await rehearse(cluster, { method: 'DELETE', path, body: JSON.stringify(options) })
  const held =
    finalizers.length === 0
      ? []
      : [`${called(object)} goes only when its finalizers are done: ${finalizers.join(', ')}.`]
  return [...warnings, ...held]
}

const OWNS_MUCH: ReadonlySet<string> = new Set(['Namespace', 'CustomResourceDefinition'])

async function cascade(cluster: Cluster, { object }: There): Promise<{ blast: BlastRadius; notes: string[] }> {
  if (!OWNS_MUCH.has(object.kind)) return { blast: NO_BLAST, notes: [] }
  const { counts, notes } = await cascadeOf(cluster, object)
  return { blast: { ...NO_BLAST, cascade: counts }, notes }
}

/** The pods that end with their workloads, and the Services that stay and are then left without any. */
async function blastOfPods(
  cluster: Cluster,
  going: readonly There[],
): Promise<{ blast: BlastRadius; notes: string[] }> {
  const pods = await inTurn(going, AT_ONCE, async ({ object }) => {
    if (object.kind === 'Pod') return hasEnded(object) ? [] : [object]
    return WORKLOADS.has(object.kind) ? podsOf(cluster, object) : []
  })
  const { blast, notes } = await blastOf(cluster, { pods: pods.flat(), back: 0, atOnce: true })
  const gone = new Set(going.map(({ object }) => called(object)))
  const left = blast.servicesWithoutEndpoints.filter((name) => !gone.has(`Service ${name}`))
  return { blast: { ...blast, servicesWithoutEndpoints: left }, notes }
}
