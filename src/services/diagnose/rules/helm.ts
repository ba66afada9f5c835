import type { KubeObject } from '../../../kubernetes/types.ts'
import { duration, elapsed } from '../../describe/age.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { fieldProof } from './support/proof.ts'
import { advice } from './support/steps.ts'

/** Longer than Helm's own default time-out of 5 minutes: nobody is working on it any more. */
const PATIENCE = 10 * 60_000
const PENDING = ['pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling']

interface Record {
  release: string
  status: string
  revision: number
  modifiedAt: string
}

/** The labels of the object that Helm keeps a revision in (Helm 3 and 4); undefined for any other. */
function recordOf({ metadata }: KubeObject): Record | undefined {
  const { owner, name, status, version, modifiedAt } = metadata.labels ?? {}
  if (owner !== 'helm' || name === undefined || status === undefined || version === undefined) return undefined
  const at = Number(modifiedAt) > 0 ? new Date(Number(modifiedAt) * 1000).toISOString() : undefined
  return { release: name, status, revision: Number(version), modifiedAt: at ?? metadata.creationTimestamp ?? '' }
}

function stuck(object: KubeObject, facts: Facts): Verdict | undefined {
  const record = recordOf(object)
  if (record === undefined || !PENDING.includes(record.status) || isReplaced(object, record, facts)) return undefined
  const since = elapsed(facts.now, record.modifiedAt) ?? 0
  if (since < PATIENCE) return undefined
  const { namespace = '' } = object.metadata
  const { release, status, revision } = record
  return {
    cause: `Helm release ${namespace}/${release} has been ${status} for ${duration(since)} (revision ${revision}): whoever ran helm was cut off, and every further change is refused`,
    evidence: [fieldProof(object, 'metadata.labels[status]', status)],
    next: nextSteps(namespace, record),
    since: record.modifiedAt,
    about: releaseObject(namespace, release),
  }
}

const isReplaced = ({ kind, metadata }: KubeObject, { release, revision }: Record, facts: Facts): boolean =>
  facts.within(kind, metadata.namespace).some((other) => {
    const record = recordOf(other)
    return record?.release === release && record.revision > revision
  })

function nextSteps(namespace: string, { release, status, revision }: Record) {
  const place = { namespace, name: release }
  const uninstall = {
    text: 'Uninstall what is left of it; then install it again.',
    operation: 'infra.k8s.helm.uninstallRelease',
    arguments: place,
  }
  const rollback = {
    text: `Roll back to revision ${revision - 1}.`,
    operation: 'infra.k8s.helm.rollbackRelease',
    arguments: { ...place, revision: revision - 1 },
  }
  const sure = advice('Make sure first that no helm is still at work on it (a pipeline, a colleague).')
  return [sure, status === 'pending-install' || status === 'uninstalling' || revision < 2 ? uninstall : rollback]
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
