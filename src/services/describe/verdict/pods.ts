import type { KubeObject } from '../../../kubernetes/types.ts'
import { duration, elapsed } from '../age.ts'
import { type Container, containersOf, stateOf } from '../containers.ts'
import { eventsAbout, type Occurrence } from '../events.ts'
import { conditionOf, conditionsAt, listAt, textAt } from '../read.ts'
import { podReady } from '../pod-status.ts'
import { ofKind, type Snapshot } from '../snapshot.ts'
import { clip, joined } from '../words.ts'
import { containerTrouble } from './containers.ts'
import { deletionTrouble } from './deletion.ts'
import { claimVerdict } from './storage.ts'
import { sentence, type Trouble } from './trouble.ts'

/** What the rules about one pod look at. */
interface PodView {
  pod: KubeObject
  /** Its own events, newest first. */
  events: readonly Occurrence[]
  snapshot: Snapshot
  now: Date
}

type Rule = (view: PodView) => Trouble | undefined

const SCHEDULING = 60_000
const STARTING = 60_000
// Pulling a large image, or waiting for a dependency, may take minutes.
const SLOW = 10 * 60_000
const MOST_MESSAGE = 300

/** What is wrong with one pod of a snapshot; undefined: nothing is known to be (completed, starting, being deleted). */
export function podTrouble(pod: KubeObject, snapshot: Snapshot): Trouble | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return deletionTrouble(pod, snapshot)
  if (textAt(pod, 'status.phase') === 'Succeeded') return undefined
  const view = { pod, events: eventsAbout(snapshot.events, pod), snapshot, now: snapshot.now }
  for (const rule of RULES) {
    const trouble = rule(view)
    if (trouble !== undefined) return trouble
  }
  return undefined
}

/** Troubles of many pods, those that are well left out. */
export const podTroubles = (pods: readonly KubeObject[], snapshot: Snapshot): Trouble[] =>
  pods.map((pod) => podTrouble(pod, snapshot)).filter((trouble) => trouble !== undefined)

/** The verdict on a pod; with how many of its containers are ready, where there are several. */
export function podVerdict(snapshot: Snapshot): string | undefined {
  const pod = snapshot.object
  const trouble = podTrouble(pod, snapshot)
  if (trouble === undefined) return undefined
  const { ready, total } = podReady(pod)
  const partly = total > 1 && textAt(pod, 'status.phase') === 'Running'
  return partly ? `${ready} of ${total} containers ready: ${sentence(trouble)}` : sentence(trouble)
}

function failed(view: PodView): Trouble | undefined {
  const reason = textAt(view.pod, 'status.reason')
  if (textAt(view.pod, 'status.phase') !== 'Failed') return undefined
  if (reason !== undefined) return { reason, detail: textAt(view.pod, 'status.message') ?? '' }
  return containers(view) ?? disrupted(view) ?? { reason: 'Failed', detail: textAt(view.pod, 'status.message') ?? '' }
}

function disrupted({ pod }: PodView): Trouble | undefined {
  const condition = conditionOf(pod, 'DisruptionTarget')
  return condition?.status === 'True'
    ? { reason: condition.reason ?? condition.type, detail: condition.message ?? '' }
    : undefined
}

function unscheduled({ pod, snapshot, now }: PodView): Trouble | undefined {
  const condition = conditionOf(pod, 'PodScheduled')
  if (condition?.reason === 'SchedulingGated' || textAt(pod, 'spec.nodeName') !== undefined) return undefined
  if (condition?.status === 'False') {
    const unbound = (condition.message ?? '').includes('unbound immediate') ? claims(pod, snapshot) : ''
    return {
      reason: condition.reason ?? 'Unschedulable',
      detail: joined([schedulerWords(condition.message), unbound], ' '),
    }
  }
  if (condition !== undefined || (elapsed(now, pod.metadata.creationTimestamp) ?? 0) < SCHEDULING) return undefined
  const scheduler = textAt(pod, 'spec.schedulerName') ?? 'default-scheduler'
  return { reason: 'Unscheduled', detail: `scheduler ${scheduler} has not looked at it since it was created` }
}

// What preemption would (not) do follows the reasons, and repeats them.
const schedulerWords = (message = ''): string =>
  clip(
    message
      .replace(/ ?no new claims to deallocate,?/, '')
      .replace(/,? ?preemption: .*$/s, '')
      .trim(),
    MOST_MESSAGE,
  )

// Which claims a pod waits for, each with what is wrong with it where it was gathered.
function claims(pod: KubeObject, snapshot: Snapshot): string {
  const names = listAt(pod, 'spec.volumes').map((volume) => textAt(volume, 'persistentVolumeClaim.claimName'))
  const told = names.flatMap((name) =>
    name === undefined ? [] : [joined([`claim ${name}`, claimState(name, snapshot)], ' ')],
  )
  return told.length === 0 ? '' : `(${joined(told)})`
}

function claimState(name: string, snapshot: Snapshot): string | undefined {
  const object = ofKind(snapshot.related, 'PersistentVolumeClaim').find(({ metadata }) => metadata.name === name)
  return object === undefined ? undefined : claimVerdict({ ...snapshot, object })
}

// Ephemeral containers come last: a debugger that fails does not make the pod fail.
function containers({ pod, events, now }: PodView): Trouble | undefined {
  const all = containersOf(pod)
  const [first, ...others] = all
    .map((container) => containerTrouble({ container, events: about(container, events, all), now }))
    .filter((trouble) => trouble !== undefined)
  if (first === undefined || others.length === 0) return first
  return { reason: first.reason, detail: `${first.detail}; also ${others.slice(0, 2).map(sentence).join('; ')}` }
}

// Events name the container in their fieldPath; where that is missing, in their message, or there is only one.
function about({ name }: Container, events: readonly Occurrence[], all: readonly Container[]): Occurrence[] {
  const names = all.length === 1 ? [] : all.map((each) => each.name)
  return events.filter(({ container, message }) => {
    if (container !== undefined) return container === name
    return (
      names.length === 0 ||
      message.split(/[\s,]+/).includes(name) ||
      !names.some((other) => message.includes(` ${other} `))
    )
  })
}

// A pod that cannot be set up (volumes, network) shows nothing but ContainerCreating or PodInitializing; the events say why.
function stuck({ pod, events, now }: PodView): Trouble | undefined {
  const waits = containersOf(pod).map(({ status }) => textAt(status, 'state.waiting.reason'))
  if (!waits.includes('ContainerCreating') && !waits.includes('PodInitializing')) return undefined
  const since = elapsed(now, textAt(pod, 'status.startTime')) ?? 0
  const warning = sinceProgress(events).find(({ type, reason }) => type === 'Warning' && SETUP.includes(reason))
  if (warning !== undefined) return { reason: warning.reason, detail: clip(warning.message, MOST_MESSAGE) }
  if (since < SLOW || !waits.includes('ContainerCreating')) return undefined
  return { reason: 'ContainerCreating', detail: `for ${duration(since)}, no event says why` }
}

// Once a container gets its image, volumes and network are there: what went wrong before is over.
function sinceProgress(events: readonly Occurrence[]): readonly Occurrence[] {
  const progress = events.findIndex(({ reason }) => ['Pulling', 'Pulled', 'Created', 'Started'].includes(reason))
  return progress === -1 ? events : events.slice(0, progress)
}

const SETUP = [
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'FailedCreatePodSandBox',
  'NetworkNotReady',
  'FailedCreatePodContainer',
  'FailedPrepareDynamicResources',
]

function initialising({ pod, now }: PodView): Trouble | undefined {
  const container = containersOf(pod).find(
    ({ role, status }) => role === 'init container' && stateOf(status).word === 'running',
  )
  const since = elapsed(now, textAt(container?.status, 'state.running.startedAt')) ?? 0
  if (container === undefined || since < SLOW) return undefined
  return { reason: 'not initialized', detail: `init container ${container.name} has run for ${duration(since)}` }
}

// All containers are ready and the pod is not: its node is gone, or a readiness gate is closed.
function unready({ pod, snapshot, now }: PodView): Trouble | undefined {
  const ready = conditionOf(pod, 'Ready')
  const since = elapsed(now, ready?.since) ?? 0
  if (ready === undefined || ready.status === 'True' || textAt(pod, 'status.phase') !== 'Running' || since < STARTING)
    return undefined
  const { ready: count, total } = podReady(pod)
  if (count < total) return undefined
  const why = lostNode(pod, snapshot) ?? joined([ready.reason, ready.message], ': ')
  return { reason: 'not ready', detail: joined([why, `for ${duration(since)}`]) }
}

function lostNode(pod: KubeObject, { related }: Snapshot): string | undefined {
  const node = ofKind(related, 'Node').find(({ metadata }) => metadata.name === textAt(pod, 'spec.nodeName'))
  return node === undefined || conditionOf(node, 'Ready')?.status === 'True'
    ? undefined
    : `node ${node.metadata.name} is not ready`
}

function resize({ pod }: PodView): Trouble | undefined {
  const stopped = conditionsAt(pod, 'status.conditions').find(
    ({ type, reason }) =>
      (type === 'PodResizePending' && reason === 'Infeasible') ||
      (type === 'PodResizeInProgress' && reason === 'Error'),
  )
  return stopped === undefined
    ? undefined
    : { reason: stopped.type, detail: joined([stopped.reason, stopped.message], ': ') }
}

const RULES: readonly Rule[] = [failed, unscheduled, containers, stuck, initialising, unready, resize]
