import type { KubeObject } from '../../../kubernetes/types.ts'
import { duration, elapsed } from '../../describe/age.ts'
import { goodBefore } from '../../helm/advice.ts'
import { headIn, type ReleaseHead } from '../../helm/head.ts'
import type { ReleaseStatus } from '../../helm/status.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { fieldProof } from './support/proof.ts'
import { advice } from './support/steps.ts'

/** Longer than Helm's own default time-out of 5 minutes: nobody is working on it any more. */
const PATIENCE = 10 * 60_000
const PENDING: ReadonlySet<ReleaseStatus> = new Set([
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
  'uninstalling',
])

function stuck(object: KubeObject, facts: Facts): Verdict | undefined {
  const head = headIn(object)
  if (head === undefined || !PENDING.has(head.status)) return undefined
  const others = revisionsOf(head, facts)
  if (others.some(({ revision }) => revision > head.revision)) return undefined
  const { namespace, name, status, revision, written } = head
  const since = written === undefined ? object.metadata.creationTimestamp : new Date(written * 1000).toISOString()
  const age = elapsed(facts.now, since) ?? 0
  if (age < PATIENCE) return undefined
  return {
    cause: `Helm release ${namespace}/${name} has been ${status} for ${duration(age)} (revision ${revision}): whoever ran helm was cut off, and every further change is refused`,
    evidence: [fieldProof(object, 'metadata.labels[status]', status)],
    next: nextSteps(head, goodBefore(head, others)),
    ...(since === undefined ? {} : { since }),
    about: releaseObject(namespace, name),
  }
}

const revisionsOf = ({ stored, namespace, name }: ReleaseHead, facts: Facts): ReleaseHead[] =>
  facts
    .within(stored.kind, namespace)
    .map(headIn)
    .filter((each) => each?.name === name)
    .filter((each) => each !== undefined)

/** `good`: the newest earlier revision that was deployed. */
function nextSteps({ namespace, name, status }: ReleaseHead, good: number | undefined) {
  const place = { namespace, name }
  const uninstall = {
    text: 'Uninstall what is left of it; then install it again.',
    operation: 'infra.k8s.helm.uninstallRelease',
    arguments: place,
  }
  const sure = advice('Make sure first that no helm is still at work on it (a pipeline, a colleague).')
  if (good === undefined || status === 'uninstalling') return [sure, uninstall]
  const rollback = {
    text: `Roll back to revision ${good}, the last that was deployed.`,
    operation: 'infra.k8s.helm.rollbackRelease',
    arguments: { ...place, revision: good },
  }
  return [sure, rollback]
}

/** A release as an object: Helm keeps none of its own in the cluster. */
const releaseObject = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'helm.sh/v1',
  kind: 'Release',
  metadata: { namespace, name },
})

/** Helm releases. */
export const helmRules: readonly Rule[] = [
  defineRule({
    id: 'helm-pending',
    title: 'Helm release stuck in the middle of a change',
    severity: 'warning',
    looksAt: ['Secret', 'ConfigMap'],
    judge: stuck,
  }),
]
