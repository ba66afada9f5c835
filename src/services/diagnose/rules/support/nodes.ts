import type { KubeObject } from '../../../../kubernetes/types.ts'
import { bytesText, cpuText, quantity } from '../../../describe/quantity.ts'
import { containersOf } from '../../../describe/containers.ts'
import { fieldsAt, textAt } from '../../../describe/read.ts'
import type { Facts } from '../../facts.ts'
import { oncePerFacts } from './once.ts'

/**
 * What a pod asks of a resource (cores, bytes, pieces): its containers and sidecars together, or an init container that asks for more,
 * and what its runtime class adds; or what the pod asks as a whole (KEP-2837).
 */
export function requestOf(pod: KubeObject, resource: string): number {
  const overhead = quantity(fieldsAt(pod, 'spec.overhead')[resource]) ?? 0
  const whole = quantity(fieldsAt(pod, 'spec.resources.requests')[resource])
  if (whole !== undefined) return whole + overhead
  const all = containersOf(pod).map(({ role, spec }) => ({ role, asks: requestOfContainer(spec, resource) }))
  const running = all.filter(({ role }) => role === 'container' || role === 'sidecar container')
  const first = all.filter(({ role }) => role === 'init container').map(({ asks }) => asks)
  return (
    Math.max(
      running.reduce((sum, { asks }) => sum + asks, 0),
      ...first,
    ) + overhead
  )
}

// A limit without a request is the request (API of ResourceRequirements).
const requestOfContainer = (spec: unknown, resource: string): number =>
  quantity(fieldsAt(spec, 'resources.requests')[resource] ?? fieldsAt(spec, 'resources.limits')[resource]) ?? 0

/** What a node has to give of a resource. */
export const allocatableOf = (node: KubeObject, resource: string): number =>
  quantity(fieldsAt(node, 'status.allocatable')[resource]) ?? 0

const podsByNode = oncePerFacts((facts) =>
  Map.groupBy(
    facts.all('Pod').filter((pod) => !hasEnded(pod)),
    (pod) => textAt(pod, 'spec.nodeName') ?? '',
  ),
)

/** What a node has left of a resource, as far as pods were read. */
export const freeOf = (node: KubeObject, resource: string, facts: Facts): number =>
  (podsByNode(facts).get(node.metadata.name) ?? []).reduce(
    (left, pod) => left - requestOf(pod, resource),
    allocatableOf(node, resource),
  )

const hasEnded = (pod: KubeObject): boolean => ['Succeeded', 'Failed'].includes(textAt(pod, 'status.phase') ?? '')

/** An amount of a resource as a quantity: 500m, 64, 2Gi. */
export function amountText(resource: string, amount: number): string {
  if (resource === 'cpu') return cpuText(amount)
  return /memory|storage|hugepages/.test(resource) ? bytesText(amount) : String(amount)
}
