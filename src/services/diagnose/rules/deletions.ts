import type { KubeObject } from '../../../kubernetes/types.ts'
import { duration, elapsed } from '../../describe/age.ts'
import { conditionsAt, textsAt } from '../../describe/read.ts'
import { WAITS_FOR } from '../../describe/verdict/deletion.ts'
import { clip, joined } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { called } from '../../changes/targets.ts'
import { fieldProof } from './support/proof.ts'
import { advice, describeStep } from './support/steps.ts'
import { MAKERS } from './support/workloads.ts'

// Deleting in order takes seconds once the grace period is over.
const PATIENCE = 60_000
const MOST_MESSAGE = 300

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

function held(object: KubeObject, facts: Facts): Verdict | undefined {
  const since = overdue(object, facts)
  const finalizers = object.metadata.finalizers ?? []
  if (since === undefined || finalizers.length === 0) return undefined
  return {
    cause: `${called(object)} was deleted ${duration(since)} ago and is held by finalizer ${finalizers.map(holder).join('; ')}`,
    evidence: [fieldProof(object, 'metadata.finalizers', finalizers.join(', '))],
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

const HELD = [
  'ConfigMap',
  'Secret',
  'Service',
  'ServiceAccount',
  'PersistentVolumeClaim',
  'PersistentVolume',
  ...MAKERS,
  'Ingress.networking.k8s.io',
  'Node',
]

/** Objects that are deleted and do not go; pods have a rule of their own. */
export const deletionRules: readonly Rule[] = [
  defineRule({
    id: 'finalizer-stuck',
    title: 'Deleted object is held by a finalizer',
    severity: 'warning',
    looksAt: HELD,
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
