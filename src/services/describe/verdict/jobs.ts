import type { KubeObject } from '../../../kubernetes/types.ts'
import { eventsAbout } from '../events.ts'
import { conditionOf, numberAt } from '../read.ts'
import { ofKind, type Snapshot } from '../snapshot.ts'
import { clip, joined, plural } from '../words.ts'
import { podTrouble, podTroubles } from './pods.ts'
import { grouped, sentence } from './trouble.ts'
import { failedCreate } from './workloads.ts'

/** The verdict on a Job: why it failed, or what keeps it from completing. */
export function jobVerdict(snapshot: Snapshot): string | undefined {
  const { object } = snapshot
  if (isTrue(object, 'Complete') || isTrue(object, 'SuccessCriteriaMet') || isTrue(object, 'Suspended'))
    return undefined
  return failed(snapshot) ?? struggling(snapshot)
}

const isTrue = (object: KubeObject, type: string): boolean => conditionOf(object, type)?.status === 'True'

function failed(snapshot: Snapshot): string | undefined {
  const { object } = snapshot
  const condition = ['Failed', 'FailureTarget']
    .map((type) => conditionOf(object, type))
    .find((each) => each?.status === 'True')
  if (condition === undefined) return undefined
  return joined(
    [
      `failed: ${joined([condition.reason, condition.message], ': ')}${limit(object, condition.reason)}`,
      lastPod(snapshot),
    ],
    '; ',
  )
}

// Which number of the spec a job ran into.
const LIMITS: Readonly<Record<string, { path: string; words: (value: number) => string }>> = {
  BackoffLimitExceeded: { path: 'spec.backoffLimit', words: (value) => `backoffLimit ${value}` },
  DeadlineExceeded: { path: 'spec.activeDeadlineSeconds', words: (value) => `activeDeadlineSeconds ${value}` },
}

function limit(object: KubeObject, reason = ''): string {
  const entry = LIMITS[reason]
  const value = entry === undefined ? undefined : numberAt(object, entry.path)
  return entry === undefined || value === undefined ? '' : ` (${entry.words(value)})`
}

function lastPod(snapshot: Snapshot): string | undefined {
  const [pod] = ofKind(snapshot.owned, 'Pod').toSorted(newestFirst)
  const trouble = pod === undefined ? undefined : podTrouble(pod, snapshot)
  return pod === undefined || trouble === undefined ? undefined : `pod ${pod.metadata.name}: ${sentence(trouble)}`
}

const newestFirst = (one: KubeObject, other: KubeObject): number =>
  Date.parse(other.metadata.creationTimestamp ?? '') - Date.parse(one.metadata.creationTimestamp ?? '') || 0

function struggling(snapshot: Snapshot): string | undefined {
  const { object, owned } = snapshot
  const troubles = podTroubles(ofKind(owned, 'Pod'), snapshot)
  const missing = (numberAt(object, 'status.active') ?? 0) === 0 ? failedCreate(snapshot, [object]) : undefined
  const causes = joined([missing, grouped(troubles)])
  const attempts = numberAt(object, 'status.failed') ?? 0
  if (causes === '') return attempts === 0 ? undefined : `${plural(attempts, 'failed pod')}, trying again`
  const done = `${numberAt(object, 'status.succeeded') ?? 0} of ${numberAt(object, 'spec.completions') ?? 1} completions`
  return `${done}: ${causes}`
}

const CRON_REASONS = [
  'FailedCreate',
  'UnparseableSchedule',
  'InvalidSchedule',
  'UnknownTimeZone',
  'TooManyMissedTimes',
  'FailedNeedsStart',
  'MissSchedule',
]

/** The verdict on a CronJob: its newest Job, or what keeps it from making one. A suspended one is meant to rest. */
export function cronJobVerdict(snapshot: Snapshot): string | undefined {
  const { object, owned, events } = snapshot
  const [newest] = ofKind(owned, 'Job.batch').toSorted(newestFirst)
  if (newest !== undefined) {
    const trouble = jobVerdict({ ...snapshot, object: newest, owned: podsOf(owned, newest) })
    if (trouble !== undefined) return `job ${newest.metadata.name}: ${trouble}`
  }
  const [last] = eventsAbout(events, object)
  return last !== undefined && CRON_REASONS.includes(last.reason)
    ? `${last.reason}: ${clip(last.message, 300)}`
    : undefined
}

const podsOf = (owned: readonly KubeObject[], job: KubeObject): KubeObject[] =>
  ofKind(owned, 'Pod').filter((pod) =>
    pod.metadata.ownerReferences?.some(({ kind, name }) => kind === 'Job' && name === job.metadata.name),
  )
