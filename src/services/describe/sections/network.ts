import type { KubeObject } from '../../../kubernetes/types.ts'
import { at, type Fields, fieldsAt, listAt, scalarAt, textAt } from '../read.ts'
import type { Section } from '../schema.ts'
import { ofKind, type Snapshot } from '../snapshot.ts'
import { endpointsOf, isReady } from '../endpoints.ts'
import { joined, labelsText } from '../words.ts'
import { type Fact, facts, lines, selectorText, show, table } from './section.ts'

const SERVICE: readonly Fact<KubeObject>[] = [
  ['Type', 'spec.type'],
  ['Selector', (it) => labelsText(fieldsAt(it, 'spec.selector'))],
  ['IPs', (it) => show(at(it, 'spec.clusterIPs')) || show(at(it, 'spec.clusterIP'))],
  ['IP families', (it) => joined([show(at(it, 'spec.ipFamilyPolicy')), show(at(it, 'spec.ipFamilies'))])],
  ['External name', 'spec.externalName'],
  ['External IPs', 'spec.externalIPs'],
  ['Load balancer', (it) => joined([textAt(it, 'spec.loadBalancerClass'), addresses(it)], ' ')],
  ['Source ranges', 'spec.loadBalancerSourceRanges'],
  ['Health check node port', 'spec.healthCheckNodePort'],
  ['Session affinity', 'spec.sessionAffinity'],
  ['Internal traffic', 'spec.internalTrafficPolicy'],
  ['External traffic', 'spec.externalTrafficPolicy'],
  ['Traffic distribution', 'spec.trafficDistribution'],
  ['Publishes not ready addresses', 'spec.publishNotReadyAddresses'],
]

/** A Service: how it is reached, its ports, and the endpoints behind it. */
export const serviceSections = ({ object, owned }: Snapshot): Section[] => [
  ...lines('Service', facts(object, SERVICE)),
  ...table(
    'Ports',
    ['name', 'port', 'target', 'node port', 'app protocol'],
    listAt(object, 'spec.ports').map(servicePort),
  ),
  ...endpointTable(ofKind(owned, 'EndpointSlice.discovery.k8s.io')),
]

const servicePort = (port: Fields): unknown[] => [
  port['name'],
  `${show(port['port'])}/${textAt(port, 'protocol') ?? 'TCP'}`,
  port['targetPort'] ?? port['port'],
  port['nodePort'],
  port['appProtocol'],
]

/** Endpoints, those that are not ready first. */
function endpointTable(slices: readonly KubeObject[]): Section[] {
  const endpoints = endpointsOf(slices).toSorted((one, other) => Number(isReady(one)) - Number(isReady(other)))
  const rows = endpoints.map((each) => [
    each['addresses'],
    target(each),
    readiness(each),
    each['nodeName'],
    each['zone'],
  ])
  return table('Endpoints', ['address', 'target', 'state', 'node', 'zone'], rows)
}

const target = (endpoint: Fields): string =>
  joined([textAt(endpoint, 'targetRef.kind'), textAt(endpoint, 'targetRef.name')], '/')

function readiness(endpoint: Fields): string {
  const state = isReady(endpoint) ? 'ready' : 'not ready'
  return at(endpoint, 'conditions.terminating') === true ? `${state}, terminating` : state
}

/** An EndpointSlice: its ports and endpoints. */
export const endpointSliceSections = ({ object }: Snapshot): Section[] => [
  ...lines(
    'EndpointSlice',
    facts(object, [
      ['Address type', 'addressType'],
      ['Ports', (it) => listAt(it, 'ports').map(slicePort)],
    ]),
  ),
  ...endpointTable([object]),
]

const slicePort = (port: Fields): string =>
  `${joined([textAt(port, 'name'), show(port['port'])], ' ')}/${textAt(port, 'protocol') ?? 'TCP'}`

const INGRESS: readonly Fact<KubeObject>[] = [
  ['Class', (it) => textAt(it, 'spec.ingressClassName') ?? it.metadata.annotations?.['kubernetes.io/ingress.class']],
  ['Address', (it) => addresses(it)],
  ['Default backend', (it) => backend(at(it, 'spec.defaultBackend'))],
  ['TLS', (it) => listAt(it, 'spec.tls').map(tls)],
]

const addresses = (object: unknown): string =>
  joined(listAt(object, 'status.loadBalancer.ingress').map((each) => textAt(each, 'ip') ?? textAt(each, 'hostname')))

const tls = (each: Fields): string =>
  joined([`secret ${textAt(each, 'secretName') ?? '<default>'}`, show(each['hosts'])], ' for ')

/** An Ingress: its rules and where they lead. */
export const ingressSections = ({ object }: Snapshot): Section[] => [
  ...lines('Ingress', facts(object, INGRESS)),
  ...table('Rules', ['host', 'path', 'type', 'backend'], listAt(object, 'spec.rules').flatMap(rule)),
]

const rule = (each: Fields): unknown[][] =>
  listAt(each, 'http.paths').map((path) => [
    textAt(each, 'host') ?? '*',
    path['path'],
    path['pathType'],
    backend(path['backend']),
  ])

function backend(of: unknown): string {
  const service = textAt(of, 'service.name')
  if (service === undefined) return show(at(of, 'resource'))
  return joined([service, scalarAt(of, 'service.port.name') ?? scalarAt(of, 'service.port.number')], ':')
}

/** A NetworkPolicy: whom it is about, and what it lets in and out. */
export const networkPolicySections = ({ object }: Snapshot): Section[] => [
  ...lines(
    'NetworkPolicy',
    facts(object, [
      ['Pods', (it) => selectorText(at(it, 'spec.podSelector'))],
      ['Policy types', 'spec.policyTypes'],
    ]),
  ),
  ...lines('Ingress', allowed(object, 'Ingress', 'from')),
  ...lines('Egress', allowed(object, 'Egress', 'to')),
]

// Isolated in a direction and without rules for it: nothing passes.
function allowed(policy: KubeObject, direction: 'Ingress' | 'Egress', peers: 'from' | 'to'): string[] {
  const rules = listAt(policy, `spec.${direction.toLowerCase()}`)
  const isolated = show(at(policy, 'spec.policyTypes')).includes(direction)
  if (rules.length === 0)
    return isolated ? [`nothing is allowed (pods are isolated for ${direction.toLowerCase()})`] : []
  return rules.map((each) => `${peers} ${peerList(listAt(each, peers))}, ${portList(listAt(each, 'ports'))}`)
}

const peerList = (peers: readonly Fields[]): string =>
  peers.length === 0 ? 'anywhere' : joined(peers.map(peer), ' or ')

function peer(each: Fields): string {
  const except = show(at(each, 'ipBlock.except'))
  if (each['ipBlock'] !== undefined)
    return `${textAt(each, 'ipBlock.cidr') ?? ''}${except === '' ? '' : ` except ${except}`}`
  const pods = each['podSelector'] === undefined ? 'all pods' : `pods ${selectorText(each['podSelector'])}`
  return each['namespaceSelector'] === undefined
    ? pods
    : `${pods} in namespaces ${selectorText(each['namespaceSelector'])}`
}

const portList = (ports: readonly Fields[]): string =>
  ports.length === 0 ? 'any port' : `ports ${joined(ports.map(portRange))}`

const portRange = (port: Fields): string =>
  `${joined([show(port['port']), show(port['endPort'])], '-')}/${textAt(port, 'protocol') ?? 'TCP'}`
