import type { KubeObject } from '../../../kubernetes/types.ts'
import { conditionOf, fieldsAt, listAt, numberAt, textAt } from '../../describe/read.ts'
import { clip, joined, plural } from '../../describe/words.ts'
import { scaleTarget } from '../family.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { called } from '../../changes/targets.ts'
import { fieldProof, proofs } from './support/proof.ts'
import { advice, describeStep, patchStep } from './support/steps.ts'

const MOST_MESSAGE = 300
// ScalingDisabled: the target was scaled to zero by somebody, and the autoscaler leaves it there.
const INTENDED = ['ScalingDisabled']
// Right after its start nothing has been measured yet.
const PATIENCE_SECONDS = 120
const METRICS_API = /pods\.metrics\.k8s\.io|metrics API|metrics\.k8s\.io/i

const targetText = (scaler: KubeObject): string =>
  `${textAt(scaler, 'spec.scaleTargetRef.kind') ?? ''} ${textAt(scaler, 'spec.scaleTargetRef.name') ?? ''}`

/** Resources whose utilization is asked for: it is a share of the request, so every container needs one. */
const utilized = (scaler: KubeObject): string[] =>
  listAt(scaler, 'spec.metrics').flatMap((metric) =>
    textAt(metric, 'type') === 'Resource' && numberAt(metric, 'resource.target.averageUtilization') !== undefined
      ? [textAt(metric, 'resource.name') ?? '']
      : [],
  )

/** `container app requests no cpu`: what the target's containers lack for the autoscaler's share of a request. */
function requestsMissing(scaler: KubeObject, target: KubeObject | undefined): string[] {
  return utilized(scaler).flatMap((resource) =>
    listAt(target, 'spec.template.spec.containers')
      .filter(
        (container) =>
          !('requests' in fieldsAt(container, 'resources')) ||
          fieldsAt(container, 'resources.requests')[resource] === undefined,
      )
      .map((container) => `container ${textAt(container, 'name') ?? ''} requests no ${resource}`),
  )
}

function unmeasured(scaler: KubeObject, facts: Facts): Verdict | undefined {
  const condition = conditionOf(scaler, 'ScalingActive')
  if (condition?.status !== 'False' || INTENDED.includes(condition.reason ?? '')) return undefined
  if (condition.since !== undefined && facts.secondsSince(condition.since) < PATIENCE_SECONDS) return undefined
  const target = scaleTarget(scaler, facts)
  const message = condition.message ?? ''
  const noApi =
    METRICS_API.test(message) &&
    /could not find the requested resource|unable to handle the request|not available/.test(message)
  const lacking = requestsMissing(scaler, target)
  const causes = joined([noApi ? 'the metrics API is not there' : undefined, ...lacking], ', and ')
  return {
    cause: `${called(scaler)} cannot scale ${targetText(scaler)}: ${causes || clip(message, MOST_MESSAGE)}`,
    evidence: proofs(
      fieldProof(scaler, 'status.conditions[ScalingActive]', joined([condition.reason, message], ': ')),
      target && lacking.map((text) => fieldProof(target, 'spec.template.spec.containers[].resources.requests', text)),
    ),
    next: [
      ...(noApi
        ? [advice('Install metrics-server, or see why APIService v1beta1.metrics.k8s.io is not available.')]
        : []),
      ...(lacking.length > 0 && target !== undefined ? [requestStep(scaler, target)] : []),
      describeStep('See the autoscaler and its events.', scaler),
    ],
    since: condition.since,
  }
}

function requestStep(scaler: KubeObject, target: KubeObject) {
  const requests = Object.fromEntries(
    utilized(scaler).map((resource) => [resource, resource === 'memory' ? '128Mi' : '100m']),
  )
  const containers = listAt(target, 'spec.template.spec.containers').map((each) => ({
    name: each['name'],
    resources: { requests },
  }))
  return patchStep('Give each container a request: measured use is the best guess, these are a start.', target, {
    spec: { template: { spec: { containers } } },
  })
}

function withoutTarget(scaler: KubeObject): Verdict | undefined {
  const condition = conditionOf(scaler, 'AbleToScale')
  if (condition?.status !== 'False') return undefined
  const gone = /not found/.test(condition.message ?? '')
  return {
    cause: gone
      ? `${called(scaler)} scales ${targetText(scaler)}, which does not exist`
      : `${called(scaler)} cannot scale ${targetText(scaler)}: ${clip(condition.message ?? condition.reason ?? '', MOST_MESSAGE)}`,
    evidence: [
      fieldProof(scaler, 'status.conditions[AbleToScale]', joined([condition.reason, condition.message], ': ')),
    ],
    next: [advice('Correct scaleTargetRef, or delete the autoscaler.'), describeStep('See the autoscaler.', scaler)],
    since: condition.since,
  }
}

function atMaximum(scaler: KubeObject): Verdict | undefined {
  const condition = conditionOf(scaler, 'ScalingLimited')
  if (condition?.status !== 'True' || condition.reason !== 'TooManyReplicas') return undefined
  const most = numberAt(scaler, 'spec.maxReplicas') ?? 0
  return {
    cause: `${called(scaler)} is at its maximum of ${plural(most, 'replica')} and would want more for ${targetText(scaler)}`,
    evidence: [fieldProof(scaler, 'status.conditions[ScalingLimited]', condition.message ?? condition.reason)],
    next: [
      advice(
        'Raise maxReplicas where the nodes and what stands behind can bear it, or find out why the load is so high.',
      ),
      describeStep('See the metrics it scales by.', scaler),
    ],
    since: condition.since,
  }
}

const SCALER = ['HorizontalPodAutoscaler.autoscaling']

/** Autoscalers that do not scale. */
export const autoscalerRules: readonly Rule[] = [
  defineRule({
    id: 'autoscaler-no-metrics',
    title: 'Autoscaler measures nothing',
    severity: 'warning',
    looksAt: SCALER,
    judge: unmeasured,
  }),
  defineRule({
    id: 'autoscaler-limited',
    title: 'Autoscaler without its target',
    severity: 'warning',
    looksAt: SCALER,
    over: ['autoscaler-no-metrics'],
    judge: withoutTarget,
  }),
  defineRule({
    id: 'autoscaler-limited',
    title: 'Autoscaler at its maximum',
    severity: 'warning',
    looksAt: SCALER,
    judge: atMaximum,
  }),
]
