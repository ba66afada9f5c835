import type { KubeObject } from '../../../../kubernetes/types.ts'
import { elapsed } from '../../../describe/age.ts'
import { eventsAbout, type Occurrence } from '../../../describe/events.ts'
import { type Condition, conditionOf } from '../../../describe/read.ts'
import type { Facts } from '../../facts.ts'
import { countsOf } from '../../../describe/counts.ts'
import { isPastJob } from './workloads.ts'

/** A controller that could not create a pod, and what the API server said. */
export interface Refused {
  maker: KubeObject
  message: string
  condition?: Condition
  event?: Occurrence
}

// Controllers try again after a quarter of an hour at the latest.
const CURRENT = 60 * 60_000

/** What keeps a workload's pods from being created: the condition of what makes them, else its newest event. */
export function refusedOf(workload: KubeObject, facts: Facts): Refused | undefined {
  const makers = [workload, ...makersOf(workload, facts)].filter(
    (each) => each.kind !== 'Deployment' && each.kind !== 'CronJob',
  )
  const all = makers.length === 0 ? [workload] : makers
  return (
    all.map(failing).find((each) => each !== undefined) ??
    all.map((each) => complaining(each, facts)).find((each) => each !== undefined)
  )
}

const makersOf = (workload: KubeObject, facts: Facts): KubeObject[] =>
  facts.ownedBy(workload).flatMap((each) => (each.kind === 'Pod' ? [] : [each, ...makersOf(each, facts)]))

function failing(maker: KubeObject): Refused | undefined {
  const condition = conditionOf(maker, 'ReplicaFailure')
  if (condition?.status !== 'True' || condition.reason !== 'FailedCreate') return undefined
  return { maker, message: withoutPreamble(condition.message ?? ''), condition }
}

// Kinds without that condition say it by events only.
function complaining(maker: KubeObject, facts: Facts): Refused | undefined {
  const { existing, desired } = countsOf(maker)
  if (existing >= desired || (maker.kind === 'Job' && isPastJob(maker, facts)) || isResting(maker)) return undefined
  const event = eventsAbout(facts.all('Event'), maker).find(({ reason }) => reason === 'FailedCreate')
  if (event === undefined || (elapsed(facts.now, event.last) ?? 0) > CURRENT) return undefined
  return { maker, message: withoutPreamble(event.message), event }
}

const isResting = (maker: KubeObject): boolean =>
  ['Failed', 'Suspended'].some((type) => conditionOf(maker, type)?.status === 'True')

// The name of the pod that was refused says nothing: it never existed, and it is another one each time.
const PREAMBLES = [
  /^Error creating: /,
  /^create (?:Pod|Claim) \S+(?: for)? (?:\S+ )?in \S+ \S+ failed error: /,
  /^create Claim \S+ for Pod \S+ in StatefulSet \S+ failed error: /,
  /^failed to create PVC \S+: /,
  /^(?:pods|persistentvolumeclaims) "[^"]{0,300}" is forbidden: /,
]

const withoutPreamble = (message: string): string =>
  PREAMBLES.reduce((rest, preamble) => rest.replace(preamble, ''), message)
