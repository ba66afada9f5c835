import type { KubeObject } from '../../../kubernetes/types.ts'
import { age, elapsed } from '../age.ts'
import { type Counts, countsOf } from '../counts.ts'
import { eventsAbout } from '../events.ts'
import { conditionOf, numberAt, textAt } from '../read.ts'
import { ofKind, type Snapshot } from '../snapshot.ts'
import { clip, joined } from '../words.ts'
import { podTroubles } from './pods.ts'
import { grouped } from './trouble.ts'

const CONTROLLER = 60_000
const SLOW = 10 * 60_000
const MOST_MESSAGE = 600

/** The verdict on a workload that keeps pods running: how many are ready, and what keeps the others from it. */
export function workloadVerdict(snapshot: Snapshot): string | undefined {
  const { object } = snapshot
  const counts = countsOf(object)
  if (isUnattended(snapshot))
    return `no controller has acted on it since it was created ${age(snapshot.now, object.metadata.creationTimestamp)} ago`
  if (counts.desired === 0) return undefined
  const causes = joined([creation(snapshot, counts), pods(snapshot, counts)])
  const why = joined([causes, stalled(snapshot)], '; ') || unexplained(snapshot, counts)
  return why === undefined ? undefined : `${counts.ready} of ${counts.desired} pods ready: ${why}`
}

// Every controller of workloads notes the generation it has seen.
const isUnattended = ({ object, now }: Snapshot): boolean =>
  numberAt(object, 'status.observedGeneration') === undefined &&
  (elapsed(now, object.metadata.creationTimestamp) ?? 0) > CONTROLLER

/** Why pods could not even be created: the condition of the object or its newest ReplicaSet, else the newest event. */
function creation(snapshot: Snapshot, { existing, desired }: Counts): string | undefined {
  if (existing >= desired) return undefined
  const makers = [snapshot.object, ...ofKind(snapshot.owned, 'ReplicaSet.apps')]
  const condition = makers.map((maker) => conditionOf(maker, 'ReplicaFailure')).find((each) => each?.status === 'True')
  if (condition !== undefined) return `${condition.reason ?? 'ReplicaFailure'} (${refusal(condition.message)})`
  return failedCreate(snapshot, makers)
}

/** The newest FailedCreate event about one of the objects, as part of a line. */
export function failedCreate({ events }: Snapshot, makers: readonly KubeObject[]): string | undefined {
  const event = makers.flatMap((maker) => eventsAbout(events, maker)).find(({ reason }) => reason === 'FailedCreate')
  return event === undefined ? undefined : `FailedCreate (${refusal(event.message)})`
}

// The name of the pod that was refused says nothing: it never existed. Names end differently each time.
const refusal = (message = ''): string =>
  clip(
    PREAMBLES.reduce((rest, preamble) => rest.replace(preamble, ''), message),
    MOST_MESSAGE,
  )

const PREAMBLES = [
  /^Error creating: /,
  /^create Pod \S+ in \S+ \S+ failed error: /,
  /^pods "[^"]{0,300}" is forbidden: /,
]

// Pods that ended (evicted, say) were replaced; they count only while nothing newer tells why pods are missing.
function pods(snapshot: Snapshot, { ready, desired }: Counts): string | undefined {
  const all = ofKind(snapshot.owned, 'Pod')
  const ended = all.filter((pod) => textAt(pod, 'status.phase') === 'Failed')
  const troubles = podTroubles(
    all.filter((pod) => !ended.includes(pod)),
    snapshot,
  )
  if (troubles.length > 0) return grouped(troubles)
  return ready < desired && ended.length > 0 ? grouped(podTroubles(ended, snapshot)) : undefined
}

/** A rollout that gave up waiting. */
function stalled({ object }: Snapshot): string | undefined {
  const progressing = conditionOf(object, 'Progressing')
  if (progressing?.status !== 'False') return undefined
  return `rollout stuck (${joined([progressing.reason, progressing.message], ': ')})`
}

// The pods themselves were not gathered: what is left is how long it has been so.
function unexplained({ object, owned, now }: Snapshot, { ready, desired }: Counts): string | undefined {
  const available = conditionOf(object, 'Available')
  const since = available?.since ?? object.metadata.creationTimestamp
  if (ready >= desired || ofKind(owned, 'Pod').length > 0 || (elapsed(now, since) ?? 0) < SLOW) return undefined
  const why =
    available?.status === 'False' ? joined([available.reason, available.message], ': ') : 'its pods were not read'
  return `${why}, for ${age(now, since)}`
}
