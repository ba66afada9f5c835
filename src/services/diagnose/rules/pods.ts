import type { KubeObject } from '../../../kubernetes/types.ts'
import { elapsed } from '../../describe/age.ts'
import { conditionOf, conditionsAt, textAt } from '../../describe/read.ts'
import { clip, joined } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { slowInit } from '../slow-init.ts'
import { defineContainerRule, podEvents, sinceUnready, statusPath, type View, who } from './support/containers.ts'
import { definePodRule, type PodView } from './support/pods.ts'
import { clueIn } from './support/clues.ts'
import { decisiveLine, lastWords, linesSoFar } from './support/last-words.ts'
import { eventProof, fieldProof, logProofs, proofs } from './support/proof.ts'
import { advice, deleteStep, describeStep, logsStep } from './support/steps.ts'
import { nameOfWorkload } from './support/workloads.ts'

const MOST_MESSAGE = 300
// Deleting in order takes seconds once the grace period is over.
const DELETING = 60_000
// From here on an init container that still runs is a warning.
const SLOW = 10 * 60_000

function evictedVerdict({ pod, facts, events }: PodView): Verdict | undefined {
  if (textAt(pod, 'status.phase') !== 'Failed' || textAt(pod, 'status.reason') !== 'Evicted') return undefined
  const why = (textAt(pod, 'status.message') ?? 'no message says why').trim().replace(/\.$/, '')
  const event = events.find(({ reason }) => reason === 'Evicted')
  return {
    cause: `the kubelet evicted ${nameOfWorkload(pod, facts)}: ${clip(why, MOST_MESSAGE)}`,
    evidence: proofs(fieldProof(pod, 'status.message', why), event && eventProof(pod, event)),
    next: [advice(evictionAdvice(why)), ...record(pod)],
    since: event?.first ?? conditionOf(pod, 'Ready')?.since,
  }
}

const evictionAdvice = (why: string): string =>
  /low on resource|had condition/.test(why)
    ? 'Its node ran short: request what the pod uses, so that it is placed where that is free.'
    : 'Raise the limit that it passed, or have it write less.'

// Nothing starts an evicted pod again that no controller made.
const record = (pod: KubeObject) =>
  pod.metadata.ownerReferences === undefined ? [deleteStep('It stays as a record only; delete it.', pod)] : []

// The node, the scheduler or a controller ended the pod; its containers' codes say nothing of that.
function rejectedVerdict({ pod, facts }: PodView): Verdict | undefined {
  const reason = textAt(pod, 'status.reason')
  const disruption = conditionOf(pod, 'DisruptionTarget')
  if (textAt(pod, 'status.phase') !== 'Failed' || reason === 'Evicted') return undefined
  const word = reason ?? (disruption?.status === 'True' ? disruption.reason : undefined)
  if (word === undefined) return undefined
  const message = textAt(pod, 'status.message') ?? disruption?.message
  return {
    cause: `${nameOfWorkload(pod, facts)} was ended from outside: ${clip(joined([word, message], ': '), MOST_MESSAGE)}`,
    evidence: [
      fieldProof(
        pod,
        reason === undefined ? 'status.conditions[DisruptionTarget]' : 'status.reason',
        joined([word, message], ': '),
      ),
    ],
    next: [describeStep('See the pod and its events.', pod), ...record(pod)],
    since: disruption?.since,
  }
}

/** A pod that was deleted and stays. `deletionTimestamp` already includes the grace period. */
function terminatingVerdict(pod: KubeObject, facts: Facts): Verdict | undefined {
  const overdue = elapsed(facts.now, pod.metadata.deletionTimestamp)
  if (overdue === undefined || overdue < DELETING) return undefined
  const finalizers = pod.metadata.finalizers ?? []
  const held = finalizers.length > 0 ? `held by finalizer ${finalizers.join(', ')}` : unconfirmed(pod, facts)
  const [event] = podEvents(pod, facts)
  return {
    cause: `pod ${pod.metadata.name} was deleted and does not go: ${held}`,
    evidence: proofs(
      fieldProof(pod, 'metadata.deletionTimestamp', pod.metadata.deletionTimestamp ?? ''),
      finalizers.length > 0 ? fieldProof(pod, 'metadata.finalizers', finalizers.join(', ')) : undefined,
      event && eventProof(pod, event),
    ),
    next: [
      finalizers.length > 0
        ? advice(
            'Find the controller that owns the finalizer and have it finish; take the finalizer off only if that controller is gone.',
          )
        : describeStep('See the pod, its node and its events.', pod),
    ],
    since: pod.metadata.deletionTimestamp,
  }
}

function unconfirmed(pod: KubeObject, facts: Facts): string {
  const node = textAt(pod, 'spec.nodeName')
  if (node === undefined) return 'nothing on the pod says what holds it'
  const found = facts.find('Node', undefined, node)
  if (found === undefined && facts.knows('Node')) return `its node ${node} does not exist any more`
  const ready = found === undefined || conditionOf(found, 'Ready')?.status === 'True'
  return `the kubelet on node ${node}${ready ? '' : ', which is not ready,'} has not confirmed that it stopped`
}

function initVerdict(view: View): Verdict | undefined {
  const { pod, container, facts } = view
  const running = slowInit(container, facts.now)
  if (running === undefined) return undefined
  const since = textAt(container.status, 'state.running.startedAt')
  const lines = linesSoFar(view)
  const said = decisiveLine(lines)
  const clue = clueIn(lines, view)
  return {
    cause: joined(
      [
        `${who(view)} still runs`,
        'the other containers wait for it to end',
        said === undefined ? undefined : `it says: ${said}`,
        clue?.text,
      ],
      '; ',
    ),
    evidence: [
      fieldProof(pod, statusPath(view, 'state.running.startedAt'), since ?? ''),
      ...logProofs(pod, container.name, lastWords(lines)),
    ],
    next: [...(clue?.next ?? []), logsStep(pod, container.name, false)],
    since,
    severity: running < SLOW ? 'info' : 'warning',
  }
}

// A change of resources in place that the node cannot make (KEP-1287).
function resizeVerdict({ pod, facts }: PodView): Verdict | undefined {
  const stopped = conditionsAt(pod, 'status.conditions').find(
    ({ type, reason }) =>
      (type === 'PodResizePending' && reason === 'Infeasible') ||
      (type === 'PodResizeInProgress' && reason === 'Error'),
  )
  if (stopped === undefined) return undefined
  return {
    cause: `${nameOfWorkload(pod, facts)} cannot be resized in place: ${clip(joined([stopped.reason, stopped.message], ': '), MOST_MESSAGE)}`,
    evidence: [fieldProof(pod, `status.conditions[${stopped.type}]`, joined([stopped.reason, stopped.message], ': '))],
    next: [describeStep('See what its node has free.', pod)],
    since: stopped.since ?? sinceUnready({ pod }),
    severity: 'warning',
  }
}

/** Pods that were ended from outside, do not go, or do not come on. */
export const podRules: readonly Rule[] = [
  definePodRule({ id: 'pod-evicted', title: 'Pod was evicted', severity: 'warning', judge: evictedVerdict }),
  definePodRule({ id: 'pod-failed', title: 'Pod was ended from outside', severity: 'warning', judge: rejectedVerdict }),
  defineRule({
    id: 'pod-terminating',
    title: 'Pod stays Terminating',
    severity: 'warning',
    looksAt: ['Pod'],
    judge: terminatingVerdict,
  }),
  defineContainerRule({
    id: 'init-failing',
    title: 'Init container does not end',
    severity: 'warning',
    judge: initVerdict,
  }),
  definePodRule({
    id: 'insufficient-resources',
    title: 'Resize in place is not possible',
    severity: 'warning',
    judge: resizeVerdict,
  }),
]
