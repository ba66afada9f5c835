import type { KubeObject } from '../../../../kubernetes/types.ts'
import { type Container, containersOf } from '../../../describe/containers.ts'
import { eventsAbout, type Occurrence } from '../../../describe/events.ts'
import { conditionOf, listAt, textAt } from '../../../describe/read.ts'
import { plural } from '../../../describe/words.ts'
import type { Facts } from '../../facts.ts'
import type { Rule, Verdict } from '../../rule.ts'
import { oncePerFacts } from './once.ts'
import { inPart, isJudged, nameOfWorkload } from './workloads.ts'

/** What the rules about one container look at. */
export interface View {
  pod: KubeObject
  container: Container
  /** All containers of the pod, this one too. */
  all: readonly Container[]
  /** Events of the pod that are about it, newest first. */
  events: readonly Occurrence[]
  facts: Facts
}

/** A rule about each container of each pod. */
export type ContainerRule = Omit<Rule, 'looksAt' | 'judge'> & { judge: (view: View) => Verdict | undefined }

/** Defines a rule that judges every container of every pod that is meant to run or has failed. */
export const defineContainerRule = ({ judge, ...entry }: ContainerRule): Rule => ({
  ...entry,
  looksAt: ['Pod'],
  judge: (pod, facts) =>
    viewsOf(pod, facts)
      .map(judge)
      .filter((verdict) => verdict !== undefined)
      .map((verdict) => ({ ...inPart(pod, facts), ...verdict })),
})

// A score of rules ask for the same views, one rule after the other.
const known = oncePerFacts(() => new WeakMap<KubeObject, View[]>())

/** The containers of a pod that may be in trouble. */
function viewsOf(pod: KubeObject, facts: Facts): View[] {
  const views = known(facts).get(pod) ?? makeViews(pod, facts)
  known(facts).set(pod, views)
  return views
}

function makeViews(pod: KubeObject, facts: Facts): View[] {
  if (!isJudged(pod, facts)) return []
  const all = containersOf(pod).filter(({ role }) => role !== 'ephemeral container')
  const events = podEvents(pod, facts)
  return all.map((container) => ({ pod, container, all, events: concerning(container, events, all), facts }))
}

/** Events about a pod, newest first. */
export const podEvents = (pod: KubeObject, facts: Facts): Occurrence[] => eventsAbout(facts.all('Event'), pod)

// Events name the container in their fieldPath; where that is missing, in their message, or there is only one.
function concerning({ name }: Container, events: readonly Occurrence[], all: readonly Container[]): Occurrence[] {
  const others = all.filter((each) => each.name !== name).map((each) => each.name)
  return events.filter(({ container, message }) => {
    if (container !== undefined) return container === name
    const words = message.split(/[\s,"]+/)
    return words.includes(name) || !others.some((other) => words.includes(other))
  })
}

/** `container app of mailer`: equal for every pod of a workload. */
export const who = ({ pod, container, facts }: View): string =>
  `${container.role} ${container.name} of ${nameOfWorkload(pod, facts)}`

/** Path of a container's field in its pod: `spec.containers[0].image`. */
export function specPath({ pod, container }: View, field: string): string {
  const list = container.role === 'container' ? 'containers' : 'initContainers'
  const index = listAt(pod, `spec.${list}`).findIndex((each) => each['name'] === container.name)
  return `spec.${list}[${index}].${field}`
}

/** Path of a container's entry in the status of its pod. */
export const statusPath = ({ container }: View, field: string): string =>
  `status.${container.role === 'container' ? 'containerStatuses' : 'initContainerStatuses'}[${container.name}].${field}`

/** When a pod last stopped being ready, or when it was started. */
export const sinceUnready = ({ pod }: Pick<View, 'pod'>): string | undefined => {
  const ready = conditionOf(pod, 'Ready')
  return (ready?.status === 'True' ? undefined : ready?.since) ?? textAt(pod, 'status.startTime')
}

/** `5 restarts`. */
export const restartsText = ({ container }: View): string =>
  plural(Number(container.status['restartCount'] ?? 0), 'restart')
