import type { KubeObject } from '../../kubernetes/types.ts'
import { type Fields, fieldsAt, listAt, textAt } from './read.ts'

/** What a container is to its pod; a sidecar is an init container that keeps running (restartPolicy Always). */
export type Role = 'init container' | 'sidecar container' | 'container' | 'ephemeral container'

/** A container of a pod: what it was asked to be, and what the kubelet says of it (nothing in a template). */
export interface Container {
  role: Role
  name: string
  spec: Fields
  status: Fields
}

const KINDS = [
  { specs: 'initContainers', statuses: 'initContainerStatuses', role: 'init container' },
  { specs: 'containers', statuses: 'containerStatuses', role: 'container' },
  { specs: 'ephemeralContainers', statuses: 'ephemeralContainerStatuses', role: 'ephemeral container' },
] as const

/** Containers in the order in which they start. `pod`: a Pod, or a pod template. */
export const containersOf = (pod: unknown): Container[] =>
  KINDS.flatMap(({ specs, statuses, role }) => {
    const known = listAt(pod, `status.${statuses}`)
    return listAt(pod, `spec.${specs}`).map((spec) => {
      const name = textAt(spec, 'name') ?? ''
      const status = known.find((each) => each['name'] === name) ?? {}
      return { role: roleOf(role, spec), name, spec, status }
    })
  })

const roleOf = (role: Role, spec: Fields): Role =>
  role === 'init container' && spec['restartPolicy'] === 'Always' ? 'sidecar container' : role

/** The state a container is in: its one word (waiting, running, terminated) and the fields under it. */
export function stateOf(status: Fields, which: 'state' | 'lastState' = 'state'): { word: string; state: Fields } {
  const states = fieldsAt(status, which)
  const word = Object.keys(states)[0] ?? ''
  return { word, state: fieldsAt(states, word) }
}

/** Containers that count for readiness: the app's own and the sidecars. */
export const countedContainers = (pod: KubeObject): Container[] =>
  containersOf(pod).filter(({ role }) => role === 'container' || role === 'sidecar container')
