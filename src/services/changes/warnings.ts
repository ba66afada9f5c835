import type { KubeObject } from '../../kubernetes/types.ts'
import { groupOf, numberAt } from '../describe/read.ts'
import type { Effect, Own } from './compose.ts'
import { comesBack, hasEnded } from './blast.ts'
import { addedPodFindings } from './pod-findings.ts'
import type { BlastRadius, Warning } from './plan.ts'
import { called } from './targets.ts'
import { isOurs } from './writes.ts'

/** Everything a careful operator would check about these effects (approvals.md, "Plan"). */
export function warningsOf(effects: readonly Effect[], blast: BlastRadius, own: Own): Warning[] {
  const checks = [unownedPod, replicasToZero, managedBy, addedPodFindings, scope, sensitiveKind, conflicts, ourOwn(own)]
  return [...effects.flatMap((effect) => checks.flatMap((check) => [...check(effect)])), ...exhaustedBudgets(blast)]
}

const subjectOf = ({ before, after }: Effect): KubeObject | undefined => before ?? after

function* unownedPod({ action, before }: Effect): Generator<Warning> {
  if (action !== 'delete' || before?.kind !== 'Pod' || comesBack(before) || hasEnded(before)) return
  yield { code: 'unowned_pod', risk: 'high', text: `${called(before)} has no controller: nothing will bring it back.` }
}

const SCALED: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'])

function* replicasToZero({ action, before, after }: Effect): Generator<Warning> {
  if (action !== 'change' || before === undefined || after === undefined || !SCALED.has(before.kind)) return
  if ((numberAt(before, 'spec.replicas') ?? 1) === 0 || numberAt(after, 'spec.replicas') !== 0) return
  yield { code: 'replicas_to_zero', risk: 'high', text: `${called(before)} goes to zero replicas: it stops serving.` }
}

/** Who will put an object back as it was, by what its labels and annotations say. */
const MANAGERS: readonly { code: string; name: string; label: RegExp }[] = [
  {
    code: 'managed_by_helm',
    name: 'Helm',
    label: /^(?:app\.kubernetes\.io\/managed-by=Helm$|meta\.helm\.sh\/release-name=)/,
  },
  { code: 'managed_by_argo', name: 'Argo CD', label: /^argocd\.argoproj\.io\/(?:instance|tracking-id)=/ },
  { code: 'managed_by_flux', name: 'Flux', label: /^(?:kustomize|helm)\.toolkit\.fluxcd\.io\/name=/ },
]

function* managedBy({ before }: Effect): Generator<Warning> {
  if (before === undefined) return
  const marks = Object.entries({ ...before.metadata.labels, ...before.metadata.annotations }).map(
    ([key, value]) => `${key}=${value}`,
  )
  for (const { code, name, label } of MANAGERS)
    if (marks.some((mark) => label.test(mark)))
      yield {
        code,
        risk: 'medium',
        text: `${called(before)} is managed by ${name}, which will revert the change or be at odds with it.`,
      }
}

function* scope(effect: Effect): Generator<Warning> {
  const object = subjectOf(effect)
  if (object === undefined || effect.type.namespaced) return
  yield {
    code: 'cluster_scoped',
    risk: 'medium',
    text: `${called(object)} belongs to no namespace: it concerns the whole cluster.`,
  }
}

const SENSITIVE: Readonly<Record<string, { code: string; what: string }>> = {
  'rbac.authorization.k8s.io': { code: 'rbac_change', what: 'decides who may do what' },
  'admissionregistration.k8s.io': { code: 'webhook_change', what: 'decides what the API server admits' },
  'apiextensions.k8s.io': { code: 'crd_change', what: 'defines a kind; deleting it deletes every object of that kind' },
}

function* sensitiveKind(effect: Effect): Generator<Warning> {
  const object = subjectOf(effect)
  if (object === undefined) return
  const isDeleted = effect.action === 'delete'
  const found = SENSITIVE[groupOf(object)]
  if (found !== undefined)
    yield {
      code: found.code,
      risk: isDeleted && found.code === 'crd_change' ? 'critical' : 'high',
      text: `${called(object)} ${found.what}.`,
    }
  if (object.kind !== 'Namespace' || groupOf(object) !== '') return
  const what = isDeleted ? 'deleted, with everything in it' : effect.action === 'create' ? 'created' : 'changed'
  yield { code: 'namespace_change', risk: isDeleted ? 'critical' : 'medium', text: `${called(object)} is ${what}.` }
}

function* conflicts({ before, conflicts: found = [] }: Effect): Generator<Warning> {
  for (const { manager, fields } of found.filter((each) => !isOurs(each.manager)))
    yield {
      code: 'field_manager_conflict',
      risk: 'medium',
      text: `${before === undefined ? 'It' : called(before)} has fields of "${manager}" that are taken by force: ${fields.slice(0, 10).join(', ')}${fields.length > 10 ? ` and ${fields.length - 10} more` : ''}.`,
    }
}

const OUR_NAME = 'k8s-mcp'

/** What this server itself runs from: by its namespace, or by the name its objects carry. */
export const isOwn = ({ kind, metadata }: KubeObject, own: Own): boolean =>
  own.namespaces.includes(metadata.namespace ?? (kind === 'Namespace' ? metadata.name : '')) ||
  metadata.labels?.['app.kubernetes.io/name'] === OUR_NAME

const ourOwn = (own: Own) =>
  function* (effect: Effect): Generator<Warning> {
    const object = subjectOf(effect)
    if (object === undefined || !isOwn(object, own)) return
    yield {
      code: 'own_server',
      risk: 'critical',
      text: `${called(object)} is part of this server, its policy or its store, or is next to them.`,
    }
  }

function exhaustedBudgets({ budgets, podsGone }: BlastRadius): Warning[] {
  const short = budgets.filter(({ disruptionsAllowed }) => disruptionsAllowed < 1 && podsGone > 0)
  return short.map(({ name }) => ({
    code: 'budget_exhausted',
    risk: 'high' as const,
    text: `PodDisruptionBudget ${name} allows no further disruption now.`,
  }))
}
