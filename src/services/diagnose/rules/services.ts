import type { KubeObject } from '../../../kubernetes/types.ts'
import { selects } from '../../changes/selectors.ts'
import { type Fields, fieldsAt, listAt, numberAt, scalarAt, textAt } from '../../describe/read.ts'
import { elapsed } from '../../describe/age.ts'
import { endpointsOf, isReady } from '../../describe/endpoints.ts'
import { joined, labelsText, plural } from '../../describe/words.ts'
import { serviceOf } from '../family.ts'
import type { Facts } from '../facts.ts'
import type { NextStep, Proof } from '../finding.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { nearestLabels } from './support/nearest-labels.ts'
import { called } from '../../changes/targets.ts'
import { fieldProof, proofs } from './support/proof.ts'
import { advice, describeStep, listStep, patchStep } from './support/steps.ts'

/** A new Service, or one whose pods were just replaced, has nobody for a moment. */
const PATIENCE = 30_000

const SLICE = 'EndpointSlice.discovery.k8s.io'
const MAKERS = ['Deployment.apps', 'StatefulSet.apps', 'DaemonSet.apps', 'ReplicaSet.apps']

const selectorOf = (service: KubeObject): Fields => fieldsAt(service, 'spec.selector')

/** Whether the Service finds its endpoints by labels: one of type ExternalName has none, another may be given them by hand. */
const selectsPods = (service: KubeObject): boolean =>
  textAt(service, 'spec.type') !== 'ExternalName' && Object.keys(selectorOf(service)).length > 0

/** Pods behind a Service, those that are being deleted left out. */
export const podsBehind = (service: KubeObject, facts: Facts): KubeObject[] =>
  facts
    .podsSelected(service, { matchLabels: selectorOf(service) })
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)

const slicesOf = ({ metadata }: KubeObject, facts: Facts): KubeObject[] =>
  facts
    .within(SLICE, metadata.namespace)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name)

/** Whether anybody answers for the Service; undefined where its slices were not read. */
export function isServed(service: KubeObject, facts: Facts): boolean | undefined {
  const slices = slicesOf(service, facts)
  if (slices.length === 0 && !facts.knows(SLICE, service.metadata.namespace)) return undefined
  return endpointsOf(slices).some(isReady)
}

const isNew = (object: KubeObject, { now }: Facts, patience: number): boolean =>
  (elapsed(now, object.metadata.creationTimestamp) ?? Infinity) < patience

/** Workloads whose pods a Service would select, if there were any. */
const makersFor = (service: KubeObject, facts: Facts): KubeObject[] =>
  MAKERS.flatMap((kind) => facts.within(kind, service.metadata.namespace)).filter(
    (maker) =>
      facts.ownerOf(maker) === undefined && selects({ matchLabels: selectorOf(service) }, templateLabels(maker)),
  )

function templateLabels(maker: KubeObject): Record<string, string> {
  const labels = Object.entries(fieldsAt(maker, 'spec.template.metadata.labels'))
  return Object.fromEntries(labels.map(([key, value]) => [key, String(value)]))
}

function unmatched(service: KubeObject, facts: Facts): Verdict | undefined {
  const { namespace } = service.metadata
  if (!selectsPods(service) || !facts.knows('Pod', namespace) || isNew(service, facts, PATIENCE)) return undefined
  if (podsBehind(service, facts).length > 0) return undefined
  const makers = makersFor(service, facts)
  if (makers.length > 0) return withoutPods(service, makers)
  const near = nearestLabels(selectorOf(service), namespace, facts)
  const selector = labelsText(selectorOf(service))
  return {
    cause: joined([`${called(service)} selects ${selector}, and no pod has these labels`, near?.text], '; '),
    evidence: proofs(fieldProof(service, 'spec.selector', selector), near?.proof),
    next: unmatchedSteps(service, near?.selector),
    since: service.metadata.creationTimestamp,
  }
}

function unmatchedSteps(service: KubeObject, selector: Record<string, string | null> | undefined): NextStep[] {
  const list = listStep('See which labels the pods have.', 'Pod', service.metadata.namespace)
  if (selector === undefined) return [list, advice('Correct the selector, or delete the Service if nothing uses it.')]
  return [patchStep('Select the labels that the pods have.', service, { spec: { selector } }), list]
}

// Whoever makes the pods has none now: scaled to zero on purpose, or with a finding of its own.
function withoutPods(service: KubeObject, makers: readonly KubeObject[]): Verdict {
  const idle = makers.filter((maker) => numberAt(maker, 'spec.replicas') === 0)
  const names = joined(makers.map((maker) => `${maker.kind} ${maker.metadata.name}`))
  return {
    cause: `${called(service)} has nobody behind it: ${names} ${idle.length === makers.length ? 'has 0 replicas' : 'has no pods'}`,
    evidence: makers.map((maker) => fieldProof(maker, 'spec.replicas', scalarAt(maker, 'spec.replicas') ?? '1')),
    next: [describeStep('See why there are no pods.', makers[0] ?? service)],
    severity: idle.length === makers.length ? 'info' : 'critical',
    because: makers,
  }
}

function unready(service: KubeObject, facts: Facts): Verdict | undefined {
  if (!selectsPods(service) || isServed(service, facts) !== false) return undefined
  const pods = podsBehind(service, facts)
  const youngest = Math.min(...pods.map((pod) => elapsed(facts.now, pod.metadata.creationTimestamp) ?? Infinity))
  if (pods.length === 0 || youngest < PATIENCE) return undefined
  const first = pods[0] ?? service
  return {
    cause: `${called(service)} has no ready endpoint: none of ${plural(pods.length, 'pod')} behind it is ready`,
    evidence: slicesOf(service, facts).map(endpointProof),
    next: [describeStep('See why the pods are not ready.', first)],
    because: pods,
  }
}

function endpointProof(slice: KubeObject): Proof {
  const endpoints = listAt(slice, 'endpoints')
  const ready = endpoints.filter(isReady).length
  return fieldProof(slice, 'endpoints', `${ready} of ${endpoints.length} ready`)
}

const containerPorts = (pods: readonly KubeObject[]): Fields[] =>
  pods.flatMap((pod) =>
    ['containers', 'initContainers'].flatMap((list) =>
      listAt(pod, `spec.${list}`).flatMap((container) => listAt(container, 'ports')),
    ),
  )

const offered = (ports: readonly Fields[]): string =>
  joined([...new Set(ports.map((port) => joined([scalarAt(port, 'containerPort'), textAt(port, 'name')], ' named ')))])

/** Ports of a Service that lead to no port of the pods behind it. */
function wrongPorts(service: KubeObject, facts: Facts): Verdict[] {
  if (!selectsPods(service)) return []
  const pods = podsBehind(service, facts)
  const ports = containerPorts(pods)
  if (pods.length === 0) return []
  return listAt(service, 'spec.ports').flatMap((port) => wrongPort(service, port, ports, pods) ?? [])
}

function wrongPort(
  service: KubeObject,
  port: Fields,
  ports: readonly Fields[],
  pods: readonly KubeObject[],
): Verdict | undefined {
  const target = port['targetPort'] ?? port['port']
  const isNamed = typeof target === 'string'
  const isThere = ports.some((each) => (isNamed ? each['name'] : each['containerPort']) === target)
  // Containers that declare no ports may listen on any: only those that declare others make a number suspicious.
  if (isThere || (!isNamed && ports.length === 0)) return undefined
  const first = pods[0] ?? service
  const does = ports.length === 0 ? 'declare no ports' : `declare ${offered(ports)}`
  const sends = `${called(service)} sends port ${scalarAt(port, 'port') ?? ''} to ${isNamed ? `port "${target}"` : String(target)}`
  return {
    cause: `${sends} of its pods, which ${does}`,
    evidence: [
      fieldProof(service, 'spec.ports', `port ${scalarAt(port, 'port') ?? ''}, targetPort ${String(target)}`),
      fieldProof(first, 'spec.containers[].ports', offered(ports) || 'none'),
    ],
    next: [
      advice(
        isNamed
          ? 'Give the container port that name, or set targetPort to a port the pods have.'
          : 'A declared port is information only: find out on which port the process listens, and correct targetPort.',
      ),
      describeStep('See the Service and its endpoints.', service),
    ],
    severity: isNamed ? 'critical' : 'warning',
  }
}

/** A Service that is given its endpoints by hand, or by another controller, and has none now. */
function withoutEndpoints(service: KubeObject, facts: Facts): Verdict | undefined {
  const slices = slicesOf(service, facts)
  if (textAt(service, 'spec.type') === 'ExternalName' || selectsPods(service)) return undefined
  if (slices.length === 0 || slices.flatMap((slice) => listAt(slice, 'endpoints')).some(isReady)) return undefined
  return {
    cause: `${called(service)} has no selector, and nobody has given it a ready endpoint`,
    evidence: slices.map(endpointProof),
    next: [advice('Fill its EndpointSlice, give the Service a selector, or see whether whoever is to fill it runs.')],
    since: service.metadata.creationTimestamp,
  }
}

/** A slice with nobody ready whose Service is not there or was not read. */
function lonelySlice(slice: KubeObject, facts: Facts): Verdict | undefined {
  if (serviceOf(slice, facts) !== undefined || listAt(slice, 'endpoints').some(isReady)) return undefined
  const name = slice.metadata.labels?.['kubernetes.io/service-name']
  return {
    cause: `${called(slice)} has no ready endpoint${name === undefined ? ', and is of no Service' : `; its Service ${name} was not found`}`,
    evidence: [endpointProof(slice)],
    next: [describeStep('See who made it.', slice)],
  }
}

/** What is wrong with a Service is what is wrong with those of its slices that have nobody ready. */
const alsoOfSlices =
  (judge: (service: KubeObject, facts: Facts) => Verdict | undefined): Rule['judge'] =>
  (object, facts) => {
    if (object.kind === 'Service') return judge(object, facts)
    const service = listAt(object, 'endpoints').some(isReady) ? undefined : serviceOf(object, facts)
    const verdict = service && judge(service, facts)
    return verdict && { ...verdict, about: service }
  }

const SERVED = ['Service', SLICE]

/** Services that lead nowhere. */
export const serviceRules: readonly Rule[] = [
  defineRule({
    id: 'selector-unmatched',
    title: 'Service selects no pod',
    severity: 'critical',
    looksAt: SERVED,
    judge: alsoOfSlices(unmatched),
  }),
  defineRule({
    id: 'no-ready-endpoints',
    title: 'Service without a ready endpoint',
    severity: 'critical',
    looksAt: SERVED,
    judge: alsoOfSlices(unready),
  }),
  defineRule({
    id: 'service-port-mismatch',
    title: 'Service port leads to no container port',
    severity: 'critical',
    looksAt: ['Service'],
    over: ['no-ready-endpoints'],
    judge: wrongPorts,
  }),
  defineRule({
    id: 'no-ready-endpoints',
    title: 'Service without a selector has no endpoint',
    severity: 'warning',
    looksAt: SERVED,
    judge: alsoOfSlices(withoutEndpoints),
  }),
  defineRule({
    id: 'no-ready-endpoints',
    title: 'EndpointSlice of no known Service has no endpoint',
    severity: 'info',
    looksAt: [SLICE],
    judge: lonelySlice,
  }),
]
