import type { KubeObject } from '../../../kubernetes/types.ts'
import { duration, elapsed } from '../age.ts'
import { eventsAbout } from '../events.ts'
import { at, type Fields, fieldsAt, listAt, scalarAt, textAt } from '../read.ts'
import { ofKind, podsOf, type Snapshot } from '../snapshot.ts'
import { clip, joined, labelsText, plural } from '../words.ts'
import { podTroubles } from './pods.ts'
import { grouped } from './trouble.ts'

const PROVISIONING = 120_000
const MOST_MESSAGE = 300

/** The verdict on a Service: nothing ready behind it, a port nobody has, no load balancer. */
export function serviceVerdict(snapshot: Snapshot): string | undefined {
  if (textAt(snapshot.object, 'spec.type') === 'ExternalName') return undefined
  return unready(snapshot) ?? unknownPort(snapshot) ?? loadBalancer(snapshot)
}

/** Endpoints of EndpointSlices, each with the slice it is of. */
export const endpointsOf = (slices: readonly KubeObject[]): Fields[] =>
  slices.flatMap((slice) => listAt(slice, 'endpoints'))

/** An endpoint whose `ready` is not told counts as ready (API of EndpointSlice). */
export const isReady = (endpoint: Fields): boolean => at(endpoint, 'conditions.ready') !== false

// The controller makes a slice, empty if need be, for every Service with a selector: none at all means they were not read.
function unready(snapshot: Snapshot): string | undefined {
  const { object, owned } = snapshot
  const slices = ofKind(owned, 'EndpointSlice.discovery.k8s.io')
  if (slices.length === 0) return undefined
  const endpoints = endpointsOf(slices)
  if (endpoints.length === 0) return `no endpoints: ${nobody(snapshot, fieldsAt(object, 'spec.selector'))}`
  if (endpoints.some(isReady)) return undefined
  return idle(snapshot, endpoints)
}

function nobody(snapshot: Snapshot, selector: Fields): string {
  if (Object.keys(selector).length === 0) return 'the service has no selector, and nobody has given it endpoints'
  const pods = podsOf(snapshot)
  if (pods.length === 0)
    return `no pod in namespace ${snapshot.object.metadata.namespace ?? ''} matches selector ${labelsText(selector)}`
  const troubles = grouped(podTroubles(pods, snapshot))
  return joined(
    [`${plural(pods.length, 'pod')} matching selector ${labelsText(selector)} without an address in it`, troubles],
    ': ',
  )
}

const targets = (endpoints: readonly Fields[]): string =>
  clip(
    joined(
      endpoints.map(
        (endpoint) => `${textAt(endpoint, 'targetRef.kind') ?? 'address'} ${textAt(endpoint, 'targetRef.name') ?? ''}`,
      ),
    ),
    MOST_MESSAGE,
  )

// A named target port that no pod has is left out of the slices, silently.
function unknownPort({ object, owned }: Snapshot): string | undefined {
  const slices = ofKind(owned, 'EndpointSlice.discovery.k8s.io').filter(
    (slice) => listAt(slice, 'endpoints').length > 0,
  )
  const served = new Set(slices.flatMap((slice) => listAt(slice, 'ports').map((port) => textAt(port, 'name') ?? '')))
  const lost = listAt(object, 'spec.ports').find(
    (port) => typeof port['targetPort'] === 'string' && !served.has(textAt(port, 'name') ?? ''),
  )
  if (slices.length === 0 || lost === undefined) return undefined
  return `port ${scalarAt(lost, 'port') ?? ''} leads nowhere: no container port of the pods behind it is named "${textAt(lost, 'targetPort') ?? ''}"`
}

function loadBalancer({ object, events, now }: Snapshot): string | undefined {
  if (textAt(object, 'spec.type') !== 'LoadBalancer' || listAt(object, 'status.loadBalancer.ingress').length > 0)
    return undefined
  const since = elapsed(now, object.metadata.creationTimestamp) ?? 0
  const warning = eventsAbout(events, object).find(({ type }) => type === 'Warning')
  if (warning === undefined && since < PROVISIONING) return undefined
  const why = warning === undefined ? 'no event says why' : `${warning.reason}: ${clip(warning.message, MOST_MESSAGE)}`
  return `no load balancer address for ${duration(since)}: ${why}`
}

/** The verdict on an EndpointSlice: it serves nobody. */
export function endpointSliceVerdict(snapshot: Snapshot): string | undefined {
  const endpoints = listAt(snapshot.object, 'endpoints')
  const service = ofKind(snapshot.owners, 'Service')[0]
  if (endpoints.length === 0)
    return `no endpoints${service === undefined ? '' : `: ${nobody(snapshot, fieldsAt(service, 'spec.selector'))}`}`
  if (endpoints.some(isReady)) return undefined
  return idle(snapshot, endpoints)
}

const idle = (snapshot: Snapshot, endpoints: readonly Fields[]): string =>
  `0 of ${endpoints.length} endpoints ready: ${grouped(podTroubles(podsOf(snapshot), snapshot)) || targets(endpoints)}`

/** The verdict on an Ingress: a backend that does not exist, or what its controller last complained about. */
export function ingressVerdict({ object, events, missing }: Snapshot): string | undefined {
  if (missing.length > 0) return `backend ${missing.join(', ')} does not exist`
  const [last] = eventsAbout(events, object)
  return last?.type === 'Warning' ? `${last.reason}: ${clip(last.message, MOST_MESSAGE)}` : undefined
}
