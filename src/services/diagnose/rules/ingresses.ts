import type { KubeObject } from '../../../kubernetes/types.ts'
import { eventsAbout } from '../../describe/events.ts'
import { type Fields, fieldsAt, listAt, scalarAt, textAt } from '../../describe/read.ts'
import { clip, joined } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { called } from '../../changes/targets.ts'
import { eventProof, fieldProof } from './support/proof.ts'
import { namesOf, nearest } from './support/references.ts'
import { advice, describeStep, listStep, unansweredStep } from './support/steps.ts'
import { isServed } from './services.ts'

interface Backend {
  /** `host/path`, or `default backend`. */
  where: string
  service: string
  port: Fields
}

function backendsOf(ingress: KubeObject): Backend[] {
  const rules = listAt(ingress, 'spec.rules').flatMap((rule) =>
    listAt(rule, 'http.paths').map((path) => ({
      where: `${textAt(rule, 'host') ?? '*'}${textAt(path, 'path') ?? '/'}`,
      backend: fieldsAt(path, 'backend.service'),
    })),
  )
  const all = [{ where: 'default backend', backend: fieldsAt(ingress, 'spec.defaultBackend.service') }, ...rules]
  return all.flatMap(({ where, backend }) => {
    const service = textAt(backend, 'name')
    return service === undefined ? [] : [{ where, service, port: fieldsAt(backend, 'port') }]
  })
}

const portText = ({ port }: Backend): string => scalarAt(port, 'number') ?? scalarAt(port, 'name') ?? ''

function brokenBackends(ingress: KubeObject, facts: Facts): Verdict[] {
  const { namespace } = ingress.metadata
  if (!facts.knows('Service', namespace)) return []
  const byTarget = Map.groupBy(backendsOf(ingress), (each) => `${each.service} ${portText(each)}`)
  return [...byTarget.values()].flatMap(
    (same) => backendVerdict(ingress, same[0], joined(same.map(({ where }) => where)), facts) ?? [],
  )
}

function backendVerdict(
  ingress: KubeObject,
  backend: Backend | undefined,
  where: string,
  facts: Facts,
): Verdict | undefined {
  if (backend === undefined) return undefined
  const { namespace } = ingress.metadata
  const service = facts.find('Service', namespace, backend.service)
  if (service === undefined) return missing(ingress, backend, where, facts)
  const ports = listAt(service, 'spec.ports')
  const wanted = scalarAt(backend.port, 'number')
  const has = ports.some((port) =>
    wanted === undefined ? port['name'] === backend.port['name'] : scalarAt(port, 'port') === wanted,
  )
  if (!has) return wrongPort(ingress, backend, where, service)
  return isServed(service, facts) === false ? unserved(ingress, where, service) : undefined
}

function missing(ingress: KubeObject, { service }: Backend, where: string, facts: Facts): Verdict {
  const { namespace } = ingress.metadata
  const near = nearest(service, namesOf('Service', namespace, facts))
  return {
    cause: `${called(ingress)} sends ${where} to Service ${service}, which does not exist${near}`,
    evidence: [fieldProof(ingress, 'spec.rules', `${where} -> Service ${service}`)],
    next: [
      advice(`Create Service ${service}, or correct the name in the Ingress.`),
      listStep('See which Services are there.', 'Service', namespace),
    ],
    since: ingress.metadata.creationTimestamp,
  }
}

function wrongPort(ingress: KubeObject, backend: Backend, where: string, service: KubeObject): Verdict {
  const ports = joined(
    listAt(service, 'spec.ports').map((port) => joined([scalarAt(port, 'port'), textAt(port, 'name')], ' named ')),
  )
  return {
    cause: `${called(ingress)} sends ${where} to port ${portText(backend)} of Service ${backend.service}, which has ${ports || 'no ports'}`,
    evidence: [
      fieldProof(ingress, 'spec.rules', `${where} -> ${backend.service}:${portText(backend)}`),
      fieldProof(service, 'spec.ports', ports),
    ],
    next: [advice('Name one of the ports that the Service has.'), describeStep('See the Service.', service)],
    since: ingress.metadata.creationTimestamp,
  }
}

const unserved = (ingress: KubeObject, where: string, service: KubeObject): Verdict => ({
  cause: `${called(ingress)} sends ${where} to ${called(service)}, which has no ready endpoint`,
  evidence: [fieldProof(ingress, 'spec.rules', `${where} -> Service ${service.metadata.name}`)],
  next: [unansweredStep(service)],
  because: [service],
})

function unknownClass(ingress: KubeObject, facts: Facts): Verdict | undefined {
  const name = textAt(ingress, 'spec.ingressClassName')
  const kind = 'IngressClass.networking.k8s.io'
  if (name === undefined || !facts.knows(kind) || facts.find(kind, undefined, name) !== undefined) return undefined
  const near = nearest(name, namesOf(kind, undefined, facts))
  return {
    cause: `${called(ingress)} is of class ${name}, which does not exist${near}: no controller serves it`,
    evidence: [fieldProof(ingress, 'spec.ingressClassName', name)],
    next: [
      advice('Install the controller of that class, or name a class that is there.'),
      listStep('See which classes are there.', 'IngressClass'),
    ],
    since: ingress.metadata.creationTimestamp,
  }
}

const MOST_MESSAGE = 300

// What its controller said last counts: a later event in order ends the complaint.
function complaint(ingress: KubeObject, facts: Facts): Verdict | undefined {
  const [last] = eventsAbout(facts.all('Event'), ingress)
  if (last?.type !== 'Warning' || unknownClass(ingress, facts) !== undefined) return undefined
  if (brokenBackends(ingress, facts).length > 0) return undefined
  return {
    cause: `the controller of ${called(ingress)} complains: ${last.reason}: ${clip(last.message, MOST_MESSAGE)}`,
    evidence: [eventProof(ingress, last)],
    next: [
      advice('Correct what it names; the controller tries again by itself.'),
      describeStep('See the Ingress.', ingress),
    ],
    since: last.first,
  }
}

/** Ingresses that lead nowhere. */
export const ingressRules: readonly Rule[] = [
  defineRule({
    id: 'ingress-errors',
    title: 'Ingress leads to a Service or port that is not there',
    severity: 'critical',
    looksAt: ['Ingress.networking.k8s.io'],
    judge: brokenBackends,
  }),
  defineRule({
    id: 'ingress-errors',
    title: 'Ingress of a class that is not there',
    severity: 'critical',
    looksAt: ['Ingress.networking.k8s.io'],
    judge: unknownClass,
  }),
  defineRule({
    id: 'ingress-errors',
    title: 'Ingress controller complains',
    severity: 'warning',
    looksAt: ['Ingress.networking.k8s.io'],
    judge: complaint,
  }),
]
