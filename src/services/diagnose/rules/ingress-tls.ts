import type { KubeObject } from '../../../kubernetes/types.ts'
import { called } from '../../changes/targets.ts'
import { elapsed } from '../../describe/age.ts'
import { type Fields, listAt, textAt, textsAt } from '../../describe/read.ts'
import { joined } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { MOST_NAMES } from '../snapshot.ts'
import { fieldProof } from './support/proof.ts'
import { namesOf, nearest } from './support/references.ts'
import { advice, describeStep, listStep } from './support/steps.ts'

/** What issues certificates by itself takes so long for a new one. */
const PATIENCE = 5 * 60_000
const MOST_SHOWN = 3
const STANDIN = 'its controller shows a certificate of its own, which no browser trusts'

function missing(ingress: KubeObject, facts: Facts): Verdict[] {
  if ((elapsed(facts.now, ingress.metadata.creationTimestamp) ?? Infinity) < PATIENCE) return []
  return listAt(ingress, 'spec.tls').flatMap((entry) => missingVerdict(ingress, entry, facts) ?? [])
}

function missingVerdict(ingress: KubeObject, entry: Fields, facts: Facts): Verdict | undefined {
  const { namespace, creationTimestamp } = ingress.metadata
  const name = textAt(entry, 'secretName')
  if (name === undefined || !facts.knows('Secret', namespace)) return undefined
  if (facts.find('Secret', namespace, name) !== undefined) return undefined
  const near = nearest(name, namesOf('Secret', namespace, facts))
  return {
    cause: `${called(ingress)} takes the certificate for ${hostsText(entry)} from Secret ${name}, which does not exist${near}: ${STANDIN}`,
    evidence: [fieldProof(ingress, 'spec.tls[].secretName', name)],
    next: [
      advice('Correct the name, or make the Secret. Where cert-manager makes it, its Certificate says why it has not.'),
      listStep('See which Secrets are there.', 'Secret', namespace),
    ],
    since: creationTimestamp,
  }
}

const hostsText = (entry: Fields): string => joined(textsAt(entry, 'hosts')) || 'any host'

function ofOthers(ingress: KubeObject, facts: Facts): Verdict[] {
  return listAt(ingress, 'spec.tls').flatMap((entry) => strangeVerdict(ingress, entry, facts) ?? [])
}

function strangeVerdict(ingress: KubeObject, entry: Fields, facts: Facts): Verdict | undefined {
  const { namespace } = ingress.metadata
  const name = textAt(entry, 'secretName')
  const certificate = facts.certificates.find((each) => each.namespace === namespace && each.secret === name)
  const secret = facts.find('Secret', namespace, name ?? '')
  if (certificate === undefined || certificate.names.length === 0 || certificate.names.length >= MOST_NAMES)
    return undefined
  const hosts = textsAt(entry, 'hosts').filter((host) => !certificate.names.some((each) => covers(each, host)))
  if (hosts.length === 0) return undefined
  return {
    cause: `${called(ingress)} serves ${joined(hosts)} with the certificate in Secret ${name ?? ''}, which is for ${joined(certificate.names.slice(0, MOST_SHOWN))}`,
    evidence: [fieldProof(ingress, 'spec.tls[].hosts', joined(hosts))],
    next: [
      advice('Have the certificate issued for these names too, or name the Secret that has theirs.'),
      describeStep('See the Secret (its values stay hidden).', secret ?? ingress),
    ],
    since: ingress.metadata.creationTimestamp,
  }
}

/** Whether a name of a certificate is good for a host: a wildcard stands for exactly one label (RFC 6125, 6.4.3). */
function covers(name: string, host: string): boolean {
  const [one, other] = [name.toLowerCase(), host.toLowerCase()]
  if (one === other) return true
  return one.startsWith('*.') && other.includes('.') && other.slice(other.indexOf('.')) === one.slice(1)
}

/** Ingresses that serve HTTPS with a certificate that nobody takes. */
export const ingressTlsRules: readonly Rule[] = [
  defineRule({
    id: 'ingress-errors',
    title: 'Ingress whose certificate is not there',
    severity: 'warning',
    looksAt: ['Ingress.networking.k8s.io'],
    judge: missing,
  }),
  defineRule({
    id: 'ingress-errors',
    title: 'Ingress with the certificate of another host',
    severity: 'warning',
    looksAt: ['Ingress.networking.k8s.io'],
    judge: ofOthers,
  }),
]
