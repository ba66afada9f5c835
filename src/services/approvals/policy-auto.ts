import type { Plan, Risk, Target } from '../changes/plan.ts'

interface Candidate {
  operation: string
  input: unknown
  plan: Plan<unknown>
}

// The closed list of what a rule may let through without a person, each with what must be so. Positive evidence only: a plan that
// does not say that a pod comes back is not taken to mean that it does.
const AUTO: Readonly<Record<string, (candidate: Candidate) => boolean>> = {
  'infra.k8s.deployments.scaleDeployment': ({ plan }) => plan.targets.every(isKind('Deployment')),
  'infra.k8s.deployments.restartDeployment': ({ plan }) => plan.targets.every(isKind('Deployment')),
  'infra.k8s.nodes.cordonNode': ({ plan, input }) => plan.targets.every(isKind('Node')) && uncordons(input),
  'infra.k8s.pods.deletePod': ({ plan }) => plan.targets.every(isKind('Pod')) && comesBack(plan),
}

const isKind = (kind: string) => (target: Target) => target.kind === kind

const uncordons = (input: unknown) =>
  input !== null && typeof input === 'object' && 'cordon' in input && input.cordon === false

const comesBack = ({ blast, targets }: Plan<unknown>) =>
  blast.podsGone === targets.length && blast.podsBack >= blast.podsGone

const QUIET: readonly Risk[] = ['low', 'medium']

/** Why a change can never go through without a person, or undefined where a rule may let it. Holds against any file. */
export function whyNotAuto(candidate: Candidate, ownNamespace: string | undefined): string | undefined {
  const { operation, plan } = candidate
  const allowed = Object.hasOwn(AUTO, operation) ? AUTO[operation] : undefined
  if (allowed === undefined) return `${operation} is not on the list of what may be auto`
  if (plan.targets.length === 0) return 'the plan names no object'
  if (!allowed(candidate)) return `this ${operation} is not the kind that may be auto`
  if (!QUIET.includes(plan.risk) || plan.warnings.some(({ risk }) => !QUIET.includes(risk)))
    return 'its risk is above medium'
  const kept = plan.targets.find(
    ({ namespace }) => namespace?.startsWith('kube-') === true || isOwn(namespace, ownNamespace),
  )
  if (kept !== undefined) return `namespace ${kept.namespace} always needs a person`
  return undefined
}

const isOwn = (namespace: string | undefined, own: string | undefined) => own !== undefined && namespace === own
