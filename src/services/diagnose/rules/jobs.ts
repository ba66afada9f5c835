import type { KubeObject } from '../../../kubernetes/types.ts'
import { elapsed } from '../../describe/age.ts'
import { eventsAbout, type Occurrence } from '../../describe/events.ts'
import { at, type Condition, conditionOf, numberAt, textAt } from '../../describe/read.ts'
import { clip, joined, plural } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { troublesOf } from './every-pod.ts'
import { eventProof, fieldProof, proofs } from './support/proof.ts'
import { advice, describeStep } from './support/steps.ts'
import { isPastJob, isTrue, newestFirst } from './support/workloads.ts'

const MOST_MESSAGE = 300

/** The condition that says that a Job failed. It is first decided, then carried out. */
const failureOf = (job: KubeObject): Condition | undefined =>
  ['Failed', 'FailureTarget'].map((type) => conditionOf(job, type)).find((each) => each?.status === 'True')

const isDeadline = ({ reason }: Condition): boolean => reason === 'DeadlineExceeded'

function failedVerdict(job: KubeObject, facts: Facts, fires: (failure: Condition) => boolean): Verdict | undefined {
  const failure = failureOf(job)
  if (failure === undefined || !fires(failure) || isPastJob(job, facts)) return undefined
  const pods = facts.podsOf(job).toSorted(newestFirst)
  const [trouble] = troublesOf(pods.slice(0, 5), facts)
  return {
    cause: `${isDeadline(failure) ? deadlineText(job) : backoffText(job, failure)}: ${trouble?.cause ?? gone(job, pods)}`,
    evidence: proofs(
      fieldProof(job, `status.conditions[${failure.type}]`, joined([failure.reason, failure.message], ': ')),
      trouble?.evidence,
    ),
    next: [
      ...(trouble?.next ?? [describeStep('See the job and its events.', job)]),
      advice(ADVICE[isDeadline(failure) ? 'deadline' : 'backoff']),
    ],
    since: failure.since,
    explains: facts.ownedBy(job),
  }
}

const ADVICE = {
  deadline: 'Give it more time (activeDeadlineSeconds) or less to do; a failed Job is made anew, not started again.',
  backoff: 'Once the cause is gone make the Job anew: a failed Job is not started again.',
} as const

function backoffText(job: KubeObject, { reason, message }: Condition): string {
  const failed = plural(numberAt(job, 'status.failed') ?? 0, 'failed pod')
  const name = `Job ${job.metadata.name} gave up after ${failed}`
  if (reason === 'BackoffLimitExceeded') return `${name} (backoffLimit ${numberAt(job, 'spec.backoffLimit') ?? 6})`
  return `${name} (${clip(joined([reason, message], ': '), MOST_MESSAGE)})`
}

const deadlineText = (job: KubeObject): string =>
  `Job ${job.metadata.name} was ended because it ran longer than its deadline of ${numberAt(job, 'spec.activeDeadlineSeconds') ?? 'unknown'} s`

const gone = (job: KubeObject, pods: readonly KubeObject[]): string =>
  pods.length > 0
    ? 'nothing that was read says what its pods did'
    : `its pods are gone with their logs${(numberAt(job, 'status.succeeded') ?? 0) > 0 ? ', some of them succeeded' : ''}`

/** A Job some of whose pods failed and left nothing to read, while it tries again. */
function retrying(job: KubeObject, facts: Facts): Verdict | undefined {
  const failed = numberAt(job, 'status.failed') ?? 0
  if (failed === 0 || failureOf(job) !== undefined || isTrue(job, 'Suspended') || isPastJob(job, facts))
    return undefined
  if (facts.podsOf(job).some((pod) => textAt(pod, 'status.phase') === 'Failed')) return undefined
  const most = numberAt(job, 'spec.backoffLimit') ?? 6
  return {
    cause: `Job ${job.metadata.name} tries again after ${plural(failed, 'failed pod')} (backoffLimit ${most}), which are gone with their logs`,
    evidence: [fieldProof(job, 'status.failed', String(failed))],
    next: [describeStep('See the job, its pods and events.', job)],
    since: textAt(job, 'status.startTime'),
  }
}

// What the controller says of a CronJob whose schedule it cannot keep (pkg/controller/cronjob).
const MISSED: Readonly<Record<string, (cronJob: KubeObject) => string>> = {
  UnparseableSchedule: (cronJob) => `its schedule "${scheduleOf(cronJob)}" cannot be read`,
  InvalidSchedule: (cronJob) => `its schedule "${scheduleOf(cronJob)}" never comes`,
  UnknownTimeZone: (cronJob) => `its time zone "${textAt(cronJob, 'spec.timeZone') ?? ''}" is not known`,
  TooManyMissedTimes: () => 'more than a hundred starts were missed',
  MissSchedule: () => `a start was missed${DEADLINE}`,
  FailedNeedsStart: () => 'whether it is due cannot be told',
  JobAlreadyActive: () => 'the Job before still runs, and concurrencyPolicy Forbid waits for it',
  FailedCreate: () => 'its Job cannot be created',
}
const DEADLINE = ', and startingDeadlineSeconds has passed since'

const scheduleOf = (cronJob: KubeObject): string => textAt(cronJob, 'spec.schedule') ?? ''

const CURRENT = 60 * 60_000

function missedVerdict(cronJob: KubeObject, facts: Facts): Verdict | undefined {
  if (at(cronJob, 'spec.suspend') === true || cronJob.metadata.deletionTimestamp !== undefined) return undefined
  const event = missedEvent(cronJob, facts)
  const why = event && MISSED[event.reason]?.(cronJob)
  if (event === undefined || why === undefined) return undefined
  return {
    cause: `CronJob ${cronJob.metadata.name} starts no Jobs: ${why}${event.reason === 'FailedCreate' ? `: ${clip(event.message, MOST_MESSAGE)}` : ''}`,
    evidence: proofs(
      eventProof(cronJob, event),
      fieldProof(cronJob, 'spec.schedule', scheduleOf(cronJob)),
      fieldProof(cronJob, 'status.lastScheduleTime', textAt(cronJob, 'status.lastScheduleTime') ?? 'never'),
    ),
    next: [describeStep('See the cron job, its jobs and events.', cronJob)],
    since: event.first,
  }
}

// What was missed before the last start is over.
function missedEvent(cronJob: KubeObject, facts: Facts): Occurrence | undefined {
  const started = Date.parse(textAt(cronJob, 'status.lastScheduleTime') ?? '') || 0
  return eventsAbout(facts.all('Event'), cronJob).find(
    ({ reason, last }) =>
      reason in MISSED && Date.parse(last ?? '') >= started && (elapsed(facts.now, last) ?? Infinity) < CURRENT,
  )
}

const defineJobRule = (id: string, title: string, fires: (failure: Condition) => boolean): Rule =>
  defineRule({
    id,
    title,
    severity: 'critical',
    looksAt: ['Job.batch'],
    judge: (job, facts) => (isTrue(job, 'Suspended') ? undefined : failedVerdict(job, facts, fires)),
  })

/** Jobs that gave up, and CronJobs that start none. A suspended one is as it should be. */
export const jobRules: readonly Rule[] = [
  defineJobRule('job-backoff-limit', 'Job gave up', (failure) => !isDeadline(failure)),
  defineJobRule('job-deadline', 'Job passed its deadline', isDeadline),
  defineRule({
    id: 'job-backoff-limit',
    title: 'Job tries again',
    severity: 'info',
    looksAt: ['Job.batch'],
    judge: retrying,
  }),
  defineRule({
    id: 'cronjob-suspended',
    title: 'CronJob starts no Jobs',
    severity: 'warning',
    looksAt: ['CronJob.batch'],
    judge: missedVerdict,
  }),
]
