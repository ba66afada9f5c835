import type { KubeObject } from '../../../kubernetes/types.ts'
import { duration } from '../../describe/age.ts'
import { listAt, textAt } from '../../describe/read.ts'
import { joined } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import type { Severity } from '../finding.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import type { Certificate } from '../snapshot.ts'
import { called } from '../../changes/targets.ts'
import { fieldProof } from './support/proof.ts'
import { advice, describeStep } from './support/steps.ts'

const DAY = 86_400_000
/** What renews certificates by itself does so long before: who has fewer days left is forgotten. */
const SOON = 14 * DAY

function expiring(secret: KubeObject, facts: Facts): Verdict | undefined {
  const { namespace, name } = secret.metadata
  const certificate = facts.certificates.find((each) => each.namespace === namespace && each.secret === name)
  const validity = certificate && validityOf(certificate, facts)
  if (certificate === undefined || validity === undefined) return undefined
  const users = ingressesWith(secret, facts)
  const serves =
    users.length === 0 ? '' : `, which ${joined(users.map(called))} ${users.length === 1 ? 'serves' : 'serve'}`
  const names = certificate.names.slice(0, 3).join(', ')
  return {
    cause: `The certificate for ${names || 'no name'} in ${called(secret)}${serves}, ${validity.text}`,
    evidence: [fieldProof(secret, 'data[tls.crt]', `valid from ${certificate.notBefore} to ${certificate.notAfter}`)],
    next: [
      advice(
        'Renew it. Where cert-manager does that, its Certificate and the Orders and Challenges behind it say why it has not.',
      ),
      describeStep('See the Secret (its values stay hidden).', secret),
    ],
    since: validity.since,
    severity: users.length === 0 && validity.severity === 'critical' ? 'warning' : validity.severity,
  }
}

function validityOf(
  { notBefore, notAfter }: Certificate,
  { now }: Facts,
): { text: string; severity: Severity; since: string | undefined } | undefined {
  const left = Date.parse(notAfter) - now.getTime()
  const early = Date.parse(notBefore) - now.getTime()
  if (early > 0) return { text: `is not valid for another ${duration(early)}`, severity: 'critical', since: undefined }
  if (left <= 0) return { text: `expired ${duration(-left)} ago`, severity: 'critical', since: notAfter }
  return left < SOON ? { text: `expires in ${duration(left)}`, severity: 'warning', since: undefined } : undefined
}

const ingressesWith = ({ metadata }: KubeObject, facts: Facts): KubeObject[] =>
  facts
    .within('Ingress.networking.k8s.io', metadata.namespace)
    .filter((ingress) => listAt(ingress, 'spec.tls').some((tls) => textAt(tls, 'secretName') === metadata.name))

/** Certificates in TLS Secrets: their dates. */
export const certificateRules: readonly Rule[] = [
  defineRule({
    id: 'certificate-expired',
    title: 'Certificate has expired, or will soon',
    severity: 'critical',
    looksAt: ['Secret'],
    judge: expiring,
  }),
]
