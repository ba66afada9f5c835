import type { KubeObject } from '../../../kubernetes/types.ts'
import { duration, elapsed } from '../age.ts'
import { conditionsAt, kindKey, textAt, textsAt } from '../read.ts'
import type { Snapshot } from '../snapshot.ts'
import { joined } from '../words.ts'
import type { Trouble } from './trouble.ts'

// Deleting in order takes seconds once the grace period is over.
const PATIENCE = 60_000

/** What a finalizer of Kubernetes' own waits for. */
export const WAITS_FOR: Readonly<Record<string, string>> = {
  foregroundDeletion: 'what it owns has to go first',
  orphan: 'the garbage collector has to release what it owns',
  'kubernetes.io/pvc-protection': 'a pod still uses the claim',
  'kubernetes.io/pv-protection': 'a claim is still bound to the volume',
  'service.kubernetes.io/load-balancer-cleanup': 'the cloud has not released the load balancer',
  'customresourcecleanup.apiextensions.k8s.io': 'objects of the kind still exist',
  'batch.kubernetes.io/job-tracking': 'the job controller has not counted the pod',
  'external-provisioner.volume.kubernetes.io/finalizer': 'the storage provider has not deleted the volume',
  'snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection': 'a volume is being made from the snapshot',
}

/** A deletion that does not end, and what holds it. `deletionTimestamp` already includes the grace period. */
export function deletionTrouble(object: KubeObject, { now }: Pick<Snapshot, 'now'>): Trouble | undefined {
  const overdue = elapsed(now, object.metadata.deletionTimestamp)
  if (overdue === undefined || overdue < PATIENCE) return undefined
  return { reason: 'Terminating', detail: `deleted ${duration(overdue)} ago, ${holder(object)}` }
}

function holder(object: KubeObject): string {
  const finalizers = [...(object.metadata.finalizers ?? []), ...textsAt(object, 'spec.finalizers')]
  const remaining = namespaceContent(object)
  if (remaining !== '') return remaining
  if (finalizers.length > 0)
    return `held by finalizer${finalizers.length === 1 ? '' : 's'} ${finalizers.map(withReason).join(', ')}`
  return kindKey(object) === 'Pod' ? unconfirmed(object) : 'nothing on the object says what holds it'
}

function withReason(finalizer: string): string {
  const reason = WAITS_FOR[finalizer]
  return reason === undefined ? finalizer : `${finalizer} (${reason})`
}

function unconfirmed(pod: KubeObject): string {
  const node = textAt(pod, 'spec.nodeName')
  return node === undefined
    ? 'nothing on the pod says what holds it'
    : `the kubelet on node ${node} has not confirmed that it stopped`
}

// A namespace tells by its conditions what is left in it.
function namespaceContent(object: KubeObject): string {
  if (kindKey(object) !== 'Namespace') return ''
  const conditions = conditionsAt(object, 'status.conditions').filter(({ status }) => status === 'True')
  return joined(
    conditions.map(({ reason, message }) => joined([reason, message], ': ')),
    '; ',
  )
}
