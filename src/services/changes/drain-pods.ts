import type { KubeObject } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { listAt } from '../describe/read.ts'
import { comesBack, hasEnded } from './blast.ts'
import { findObject } from './targets.ts'

// Which pods of a node a drain ends, as `kubectl drain` decides it.

/** What a drain may do beyond the harmless. */
export interface Allowed {
  /** Leave DaemonSets' pods where they are: their controller would put them back at once. */
  ignoreDaemonSets: boolean
  /** End pods that lose the data of their emptyDir volumes. */
  deleteEmptyDirData: boolean
  /** End pods that no controller brings back. */
  force: boolean
}

/** The pods of a node by what becomes of them. */
export interface Sorted {
  evict: KubeObject[]
  /** Left where they are, each with the reason. */
  left: { pod: KubeObject; why: string }[]
  /** Reasons why the node cannot be drained so. */
  blocked: string[]
}

const MIRROR = 'kubernetes.io/config.mirror'

/** Sorts the pods of a node. */
export async function sortPods(cluster: Cluster, pods: readonly KubeObject[], allowed: Allowed): Promise<Sorted> {
  const sorted: Sorted = { evict: [], left: [], blocked: [] }
  for (const pod of pods.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b))))
    await sortPod(cluster, pod, allowed, sorted)
  return sorted
}

export const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`

async function sortPod(cluster: Cluster, pod: KubeObject, allowed: Allowed, sorted: Sorted): Promise<void> {
  if (pod.metadata.annotations?.[MIRROR] !== undefined)
    return void sorted.left.push({ pod, why: "mirror of a static pod: only the node's own files end it" })
  if (hasEnded(pod)) return void sorted.evict.push(pod)
  const daemonSet = await daemonSetOf(cluster, pod)
  if (daemonSet === 'there' && allowed.ignoreDaemonSets)
    return void sorted.left.push({ pod, why: 'its DaemonSet would put it back at once' })
  const reasons = daemonSet === 'there' ? ['belongs to a DaemonSet'] : obstacles(pod, daemonSet, allowed)
  if (reasons.length === 0) sorted.evict.push(pod)
  for (const reason of reasons) sorted.blocked.push(`pod ${nameOf(pod)} ${reason}`)
}

function obstacles(pod: KubeObject, daemonSet: DaemonSetOf, { deleteEmptyDirData, force }: Allowed): string[] {
  const hasLocalData = listAt(pod, 'spec.volumes').some((volume) => 'emptyDir' in volume)
  const alone = daemonSet === 'gone' ? 'belongs to a DaemonSet that is gone' : 'has no controller'
  return [
    ...((daemonSet === 'gone' || !comesBack(pod)) && !force ? [alone] : []),
    ...(hasLocalData && !deleteEmptyDirData ? ['has emptyDir volumes, whose data would be lost'] : []),
  ]
}

type DaemonSetOf = 'none' | 'there' | 'gone'

/** A DaemonSet that is gone brings nothing back: its orphans are like any other pod without a controller. */
async function daemonSetOf(cluster: Cluster, { metadata }: KubeObject): Promise<DaemonSetOf> {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)
  if (owner?.kind !== 'DaemonSet') return 'none'
  const found = await findObject(cluster, DAEMON_SETS, metadata.namespace, owner.name)
  return found?.metadata.uid === owner.uid ? 'there' : 'gone'
}

const DAEMON_SETS = { group: 'apps', version: 'v1', name: 'daemonsets', kind: 'DaemonSet', namespaced: true }
