import type { KubeObject } from '../../../kubernetes/types.ts'
import { type Container, containersOf } from '../containers.ts'
import { fieldsAt } from '../read.ts'
import { quantity } from '../quantity.ts'

/**
 * What a pod asks for of one resource, as the scheduler counts it: its containers and sidecars together, or what it needs at most
 * while it initialises, and the overhead of its runtime class. What is told for the whole pod counts instead.
 */
export function podResource(pod: KubeObject, which: 'requests' | 'limits', name: string): number {
  const whole = quantity(fieldsAt(pod, `spec.resources.${which}`)[name])
  const overhead = which === 'requests' ? (quantity(fieldsAt(pod, 'spec.overhead')[name]) ?? 0) : 0
  return (whole ?? Math.max(steady(pod, which, name), peak(pod, which, name))) + overhead
}

const of = ({ spec }: Container, which: string, name: string): number =>
  quantity(fieldsAt(spec, `resources.${which}`)[name]) ?? 0

const steady = (pod: KubeObject, which: string, name: string): number =>
  containersOf(pod)
    .filter(({ role }) => role === 'container' || role === 'sidecar container')
    .reduce((sum, container) => sum + of(container, which, name), 0)

// Each init container runs beside the sidecars that started before it.
function peak(pod: KubeObject, which: string, name: string): number {
  let sidecars = 0
  let most = 0
  for (const container of containersOf(pod)) {
    if (container.role === 'sidecar container') sidecars += of(container, which, name)
    if (container.role === 'init container') most = Math.max(most, sidecars + of(container, which, name))
  }
  return most
}
