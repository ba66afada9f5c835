import type { KubeObject } from '../../../kubernetes/types.ts'
import { type Fields, conditionOf, fieldsAt, listAt, textAt, textsAt } from '../../describe/read.ts'
import { clip, joined } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { isServed } from './services.ts'
import { called } from '../../changes/targets.ts'
import { fieldProof } from './support/proof.ts'
import { advice, describeStep } from './support/steps.ts'

const MOST_MESSAGE = 300
/** An API server behind a Service needs a moment after its start. */
const PATIENCE_SECONDS = 60

/** `webhook policy.example.com of ValidatingWebhookConfiguration policy has nobody behind its Service shop/policy`. */
function unanswered(configuration: KubeObject, facts: Facts): Verdict[] {
  return listAt(configuration, 'webhooks').flatMap((webhook) => webhookVerdict(configuration, webhook, facts) ?? [])
}

function webhookVerdict(configuration: KubeObject, webhook: Fields, facts: Facts): Verdict | undefined {
  const reference = fieldsAt(webhook, 'clientConfig.service')
  const namespace = textAt(reference, 'namespace')
  const name = textAt(reference, 'name')
  if (name === undefined || !facts.knows('Service', namespace)) return undefined
  const service = facts.find('Service', namespace, name)
  if (service !== undefined && isServed(service, facts) !== false) return undefined
  const hook = textAt(webhook, 'name') ?? ''
  const fails = (textAt(webhook, 'failurePolicy') ?? 'Fail') === 'Fail'
  const what = service === undefined ? 'does not exist' : 'has no ready endpoint'
  const effect = fails
    ? `every ${requestsOf(webhook)} it is asked about is refused`
    : `${requestsOf(webhook)} goes on unchecked (failurePolicy Ignore)`
  return {
    cause: `Webhook ${hook} of ${called(configuration)} is served by Service ${namespace ?? ''}/${name}, which ${what}: ${effect}`,
    evidence: [
      fieldProof(
        configuration,
        `webhooks[${hook}].clientConfig.service`,
        `${namespace ?? ''}/${name}, failurePolicy ${fails ? 'Fail' : 'Ignore'}`,
      ),
    ],
    next: [
      advice('Bring its pods back. If it is not meant to be there any more, delete the configuration.'),
      describeStep('See what it is asked about.', configuration),
      ...(service === undefined ? [] : [describeStep('See why nobody answers.', service)]),
    ],
    severity: fails ? 'critical' : 'warning',
    ...(service === undefined ? {} : { explains: [service] }),
  }
}

/** `CREATE, UPDATE of pods`. */
const requestsOf = (webhook: Fields): string =>
  joined(
    listAt(webhook, 'rules')
      .slice(0, 3)
      .map((rule) => `${textsAt(rule, 'operations').join('/')} of ${textsAt(rule, 'resources').join(', ')}`),
    '; ',
  ) || 'request'

function unavailable(api: KubeObject, facts: Facts): Verdict | undefined {
  const condition = conditionOf(api, 'Available')
  if (condition === undefined || condition.status === 'True') return undefined
  if (condition.since !== undefined && facts.secondsSince(condition.since) < PATIENCE_SECONDS) return undefined
  const service = fieldsAt(api, 'spec.service')
  const group = textAt(api, 'spec.group') ?? ''
  return {
    cause: `API ${api.metadata.name} is not available: ${clip(joined([condition.reason, condition.message], ': '), MOST_MESSAGE)}`,
    evidence: [fieldProof(api, 'status.conditions[Available]', joined([condition.reason, condition.message], ': '))],
    next: [
      advice(
        `See whether Service ${textAt(service, 'namespace') ?? ''}/${textAt(service, 'name') ?? ''} has ready pods and is reached from the API server. Until then deletions of namespaces wait, and ${group} cannot be used.`,
      ),
      describeStep('See the APIService.', api),
    ],
    since: condition.since,
    explains: explainedBy(group, facts),
  }
}

// Without the metrics API autoscalers measure nothing; without any API deleted namespaces cannot be emptied.
function explainedBy(group: string, facts: Facts): KubeObject[] {
  const scalers = group === 'metrics.k8s.io' ? facts.all('HorizontalPodAutoscaler.autoscaling') : []
  const blind = scalers.filter((scaler) => /metrics/.test(conditionOf(scaler, 'ScalingActive')?.message ?? ''))
  const waiting = facts
    .all('Namespace')
    .filter((each) => conditionOf(each, 'NamespaceDeletionDiscoveryFailure')?.status === 'True')
  return [...blind, ...waiting]
}

const WEBHOOKS = [
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
  'MutatingWebhookConfiguration.admissionregistration.k8s.io',
]

/** What others add to the API server. */
export const extensionRules: readonly Rule[] = [
  defineRule({
    id: 'webhook-failing',
    title: 'Admission webhook that nobody answers for',
    severity: 'critical',
    looksAt: WEBHOOKS,
    judge: unanswered,
  }),
  defineRule({
    id: 'api-service-unavailable',
    title: 'Aggregated API is not available',
    severity: 'critical',
    looksAt: ['APIService.apiregistration.k8s.io'],
    judge: unavailable,
  }),
]
