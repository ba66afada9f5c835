import { Problem } from '../../errors.ts'
import { BUILT_IN, type ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { at, listAt, numberAt, ownedBy, textAt } from '../describe/read.ts'
import { selectorText } from '../selectors.ts'
import { NO_BLAST } from './compose.ts'
import type { BlastRadius } from './plan.ts'
import { selects } from './selectors.ts'
import { everyObject } from './targets.ts'

const BUDGETS: ResourceType = {
  group: 'policy',
  version: 'v1',
  name: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
}

/** Pods that a change ends. */
export interface Leaving {
  pods: readonly KubeObject[]
  /** How many there will be in their stead. */
  back: number
  /** Whether all are away at the same time: then Services may be left without endpoints. */
  atOnce: boolean
}

/** What goes with these pods, and what could not be found out about it. */
export async function blastOf(
  cluster: Cluster,
  { pods, back, atOnce }: Leaving,
): Promise<{ blast: BlastRadius; notes: string[] }> {
  if (pods.length === 0) return { blast: { ...NO_BLAST, podsBack: back }, notes: [] }
  const notes: string[] = []
  const namespaces = [...new Set(pods.map(({ metadata }) => metadata.namespace))]
  const read = async (type: ResourceType, namespace: string | undefined) => {
    try {
      return (await everyObject(cluster, type, { namespace })).items
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'forbidden') throw error
      notes.push(`${type.kind} objects of namespace ${namespace} may not be read, so they are not counted.`)
      return []
    }
  }
  const budgets = (await Promise.all(namespaces.map((namespace) => read(BUDGETS, namespace)))).flat()
  const slices = atOnce
    ? (await Promise.all(namespaces.map((namespace) => read(BUILT_IN.endpointSlices, namespace)))).flat()
    : []
  const blast = {
    ...NO_BLAST,
    podsGone: pods.length,
    podsBack: back,
    budgets: budgetsOver(budgets, pods),
    servicesWithoutEndpoints: servicesLeftEmpty(slices, pods),
  }
  return { blast, notes }
}

/** The disruption budgets that watch over any of the pods, by namespace/name. */
function budgetsOver(budgets: readonly KubeObject[], pods: readonly KubeObject[]): BlastRadius['budgets'] {
  return budgets
    .filter((budget) => pods.some((pod) => isWatched(pod, budget)))
    .map(({ metadata, ...budget }) => ({
      name: `${metadata.namespace}/${metadata.name}`,
      disruptionsAllowed: numberAt(budget, 'status.disruptionsAllowed') ?? 0,
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name))
}

const isWatched = ({ metadata }: KubeObject, budget: KubeObject) =>
  metadata.namespace === budget.metadata.namespace && selects(at(budget, 'spec.selector'), metadata.labels ?? {})

/** Services whose every ready endpoint is one of the pods, by namespace/name. */
function servicesLeftEmpty(slices: readonly KubeObject[], pods: readonly KubeObject[]): string[] {
  const leaving = new Set(pods.map(({ metadata }) => metadata.uid))
  const services = Map.groupBy(
    slices,
    ({ metadata }) => `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`,
  )
  return [...services]
    .filter(([, own]) => {
      const ready = own
        .flatMap((slice) => listAt(slice, 'endpoints'))
        .filter((each) => at(each, 'conditions.ready') !== false)
      return ready.length > 0 && ready.every((each) => leaving.has(textAt(each, 'targetRef.uid')))
    })
    .map(([name]) => name)
    .filter((name) => !name.endsWith('/'))
    .toSorted()
}

/** The pods that are there because of a workload: those its selector selects, if it (or a ReplicaSet of its) owns them. */
export async function podsOf(cluster: Cluster, workload: KubeObject): Promise<KubeObject[]> {
  const { namespace } = workload.metadata
  const labelSelector = selectorText(workload)
  if (namespace === undefined || labelSelector === '') return []
  const { items } = await everyObject(cluster, BUILT_IN.pods, { namespace, labelSelector })
  const running = items.filter((pod) => !hasEnded(pod))
  if (workload.kind !== 'Deployment') return running.filter((pod) => ownedBy(pod, workload))
  const sets = (await everyObject(cluster, BUILT_IN.replicaSets, { namespace, labelSelector })).items.filter((each) =>
    ownedBy(each, workload),
  )
  return running.filter((pod) => sets.some((set) => ownedBy(pod, set)))
}

/** Whether all of a pod's containers have ended for good. */
export const hasEnded = (pod: KubeObject): boolean =>
  ['Succeeded', 'Failed'].includes(textAt(pod, 'status.phase') ?? '')

/** Whether a controller will make another pod in its place. */
export const comesBack = ({ metadata }: KubeObject): boolean =>
  (metadata.ownerReferences ?? []).some((owner) => owner.controller === true)

/** Whether a rollout of this workload ends all of its old pods before new ones start. */
export const replacesAtOnce = (workload: KubeObject): boolean => textAt(workload, 'spec.strategy.type') === 'Recreate'
