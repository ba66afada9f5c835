import type { KubeObject } from '../../../kubernetes/types.ts'
import { duration, elapsed } from '../../describe/age.ts'
import { conditionsAt, kindKey, textsAt } from '../../describe/read.ts'
import { clip, joined } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { called } from '../../changes/targets.ts'
import { fieldProof } from './support/proof.ts'
import { advice, describeStep } from './support/steps.ts'

// Deleting in order takes seconds once the grace period is over.
const PATIENCE = 60_000
const MOST_MESSAGE = 300

// What a finalizer of Kubernetes' own waits for.
const WAITS_FOR: Readonly<Record<string, string>> = {
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

/** `example.com/cleanup, which the controller of example.com takes away`. */
function holder(finalizer: string): string {
  const reason = WAITS_FOR[finalizer]
  if (reason !== undefined) return `${finalizer} (${reason})`
  const owner = finalizer.includes('/') ? finalizer.slice(0, finalizer.indexOf('/')) : finalizer
  return `${finalizer}, which only the controller of ${owner} takes away`
}

/** How long ago its deletion should have ended; undefined where it is not late. `deletionTimestamp` includes the grace period. */
function overdue(object: KubeObject, { now }: Facts): number | undefined {
  const since = elapsed(now, object.metadata.deletionTimestamp)
  return since === undefined || since < PATIENCE ? undefined : since
}

// Pods end by their kubelet, and a namespace says what is left in it.
const OWN_RULES = ['Pod', 'Namespace']

function held(object: KubeObject, facts: Facts): Verdict | undefined {
  const since = overdue(object, facts)
  const finalizers = object.metadata.finalizers ?? []
  if (since === undefined || OWN_RULES.includes(kindKey(object))) return undefined
  const by = finalizers.length === 0 ? 'nothing that it says' : `finalizer ${finalizers.map(holder).join('; ')}`
  return {
    cause: `${called(object)} was deleted ${duration(since)} ago and is held by ${by}`,
    evidence: [fieldProof(object, 'metadata.finalizers', finalizers.join(', ') || 'none')],
    next: [
      advice(
        'Find out whether that controller runs and what it waits for. Take the finalizer out by hand only when its work is done or nobody needs it.',
      ),
      describeStep('See the object and its events.', object),
    ],
    since: object.metadata.deletionTimestamp,
  }
}

// What a namespace says of its own deletion (KEP-1623); each is True where something is left.
const LEFT = [
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
  'NamespaceDeletionContentFailure',
  'NamespaceContentRemaining',
  'NamespaceFinalizersRemaining',
]

function terminating(namespace: KubeObject, facts: Facts): Verdict | undefined {
  const since = overdue(namespace, facts)
  if (since === undefined) return undefined
  const conditions = conditionsAt(namespace, 'status.conditions').filter(
    ({ type, status }) => LEFT.includes(type) && status === 'True',
  )
  const why = joined(
    conditions.map(({ message }) => message),
    '; ',
  )
  const own = [...(namespace.metadata.finalizers ?? []), ...textsAt(namespace, 'spec.finalizers')]
  return {
    cause: `${called(namespace)} was deleted ${duration(since)} ago and does not go: ${clip(why || `held by ${own.join(', ')}`, MOST_MESSAGE)}`,
    evidence: conditions.map(({ type, message }) => fieldProof(namespace, `status.conditions[${type}]`, message ?? '')),
    next: [
      advice(
        'Remove what is left, or repair the API whose objects cannot be listed. Never take the finalizer `kubernetes` out: what is left would be lost sight of.',
      ),
      describeStep('See what is left in it.', namespace),
    ],
    since: namespace.metadata.deletionTimestamp,
  }
}

/** Objects that are deleted and do not go; pods have a rule of their own. */
export const deletionRules: readonly Rule[] = [
  defineRule({
    id: 'finalizer-stuck',
    title: 'Deleted object is held by a finalizer',
    severity: 'warning',
    looksAt: 'every kind',
    judge: held,
  }),
  defineRule({
    id: 'namespace-terminating',
    title: 'Deleted namespace does not go',
    severity: 'warning',
    looksAt: ['Namespace'],
    judge: terminating,
  }),
]
