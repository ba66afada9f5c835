import type { KubeObject } from '../../../kubernetes/types.ts'
import { called } from '../../changes/targets.ts'
import { duration, elapsed } from '../../describe/age.ts'
import { eventsAbout } from '../../describe/events.ts'
import { listAt, textAt } from '../../describe/read.ts'
import { clip } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { eventProof, fieldProof, proofs } from './support/proof.ts'
import { advice, describeStep } from './support/steps.ts'

/** Clouds take their time over an address. */
const PROVISIONING = 120_000
const MOST_MESSAGE = 300

function withoutAddress(service: KubeObject, facts: Facts): Verdict | undefined {
  if (textAt(service, 'spec.type') !== 'LoadBalancer') return undefined
  if (listAt(service, 'status.loadBalancer.ingress').length > 0) return undefined
  const since = elapsed(facts.now, service.metadata.creationTimestamp) ?? 0
  const warning = eventsAbout(facts.all('Event'), service).find(({ type }) => type === 'Warning')
  if (warning === undefined && since < PROVISIONING) return undefined
  const why =
    warning === undefined
      ? 'no event says why; a cluster without a load balancer controller never gives one'
      : `${warning.reason}: ${clip(warning.message, MOST_MESSAGE)}`
  return {
    cause: `${called(service)} of type LoadBalancer has no address after ${duration(since)}: ${why}`,
    evidence: proofs(fieldProof(service, 'status.loadBalancer', 'no ingress'), warning && eventProof(service, warning)),
    next: [
      advice(
        'Install or repair the load balancer controller (the cloud provider, MetalLB), or use an Ingress or NodePort.',
      ),
      describeStep('See the events of the Service.', service),
    ],
    since: service.metadata.creationTimestamp,
  }
}

/** Services whose load balancer does not come. */
export const loadBalancerRules: readonly Rule[] = [
  defineRule({
    id: 'load-balancer-pending',
    title: 'Load balancer has no address',
    severity: 'warning',
    looksAt: ['Service'],
    judge: withoutAddress,
  }),
]
