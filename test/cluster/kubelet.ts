import { isRecord, type KubernetesObject } from './client.ts'
import type { TestCluster } from './cluster.ts'
import { eventsOf } from './events.ts'
import { collectionPath } from './resources.ts'
import { readTroubles, type RecordedObject } from './troubles.ts'

/** A recorded trouble to give to other pods, and the texts of it that name its own pod. */
export interface PodTrouble {
  /** Name of the recorded pod, `crash` for example. */
  readonly like: string
  /** Texts of the recording and what stands in their place: images, mostly. Applied in order. */
  readonly replace?: readonly (readonly [recorded: string, own: string])[]
}

const isRecordedObject = (value: unknown): value is RecordedObject =>
  isRecord(value) && typeof value['name'] === 'string'

function adapted(recorded: RecordedObject, { metadata }: KubernetesObject, trouble: PodTrouble): RecordedObject {
  const { name, namespace = '', uid = '' } = metadata
  const ownUid = new RegExp(`${recorded.name}_${recorded.namespace}\\([0-9a-f-]+\\)`, 'g')
  const renamed = JSON.stringify(recorded).replace(ownUid, `${name}_${namespace}(${uid})`)
  const text = (trouble.replace ?? []).reduce((each, [from, to]) => each.replaceAll(from, to), renamed)
  const own: unknown = JSON.parse(text)
  if (!isRecordedObject(own)) throw new Error(`The recording of ${recorded.name} cannot be given to another pod.`)
  // Who scheduled the pod has already said so.
  return { ...own, name, namespace, events: own.events?.filter(({ reason }) => reason !== 'Scheduled') ?? [] }
}

/**
 * Writes the status and the events of a recorded trouble (test/data/troubles) for a pod on the manual node, as its
 * kubelet would. The pod's container must be called `app`, as in the recording.
 * @throws Error when no recorded pod has that name
 */
export async function playKubelet({ api }: TestCluster, pod: KubernetesObject, trouble: PodTrouble): Promise<void> {
  const { objects } = await readTroubles()
  const recorded = objects.find(({ kind, name }) => kind === 'Pod' && name === trouble.like)
  if (recorded === undefined) throw new Error(`test/data/troubles/recorded.json has no pod ${trouble.like}.`)
  const own = adapted(recorded, pod, trouble)
  // The API server has worked out the quality of service from this pod's own resources, and it never changes.
  const { qosClass: _, ...status } = own.status ?? {}
  await api.merge(`${collectionPath('Pod', own.namespace)}/${own.name}/status`, { status })
  await Promise.all(eventsOf(own, pod).map((event) => api.create(collectionPath('Event', own.namespace), event)))
}
