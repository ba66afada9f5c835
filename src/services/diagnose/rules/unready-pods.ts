import type { KubeObject } from '../../../kubernetes/types.ts'
import { elapsed } from '../../describe/age.ts'
import { type Container, containersOf, countedContainers } from '../../describe/containers.ts'
import { type Condition, conditionOf, listAt, textAt } from '../../describe/read.ts'
import { registryWords } from './support/registry-words.ts'
import { clip, joined } from '../../describe/words.ts'
import type { Facts } from '../facts.ts'
import { defineRule, type Rule, type Verdict } from '../rule.ts'
import { defineContainerRule, sinceUnready, statusPath, type View, who } from './support/containers.ts'
import { endingOf } from './support/ending.ts'
import { definePodRule, type PodView } from './support/pods.ts'
import { fieldProof } from './support/proof.ts'
import { describeStep, logsStep } from './support/steps.ts'
import { nameOfWorkload } from './support/workloads.ts'

const MOST_MESSAGE = 300
// Readiness follows the last container within seconds.
const SETTLING = 60_000

/** The condition of a pod that is not ready though all its containers are, for longer than that takes; no gate of its own is closed. */
function unreadyOf({ pod, facts }: PodView): Condition | undefined {
  const ready = conditionOf(pod, 'Ready')
  if (ready === undefined || ready.status === 'True' || textAt(pod, 'status.phase') !== 'Running') return undefined
  if ((elapsed(facts.now, ready.since) ?? 0) < SETTLING || listAt(pod, 'spec.readinessGates').length > 0)
    return undefined
  return countedContainers(pod).every(({ status }) => status['ready'] === true) ? ready : undefined
}

/** The node of a pod, where it was read and is not ready. */
function lostNode(pod: KubeObject, facts: Facts): KubeObject | undefined {
  const node = facts.find('Node', undefined, textAt(pod, 'spec.nodeName') ?? '')
  return conditionOf(node, 'Ready')?.status === 'True' ? undefined : node
}

function nodeLostVerdict(view: PodView): Verdict | undefined {
  const ready = unreadyOf(view)
  const node = ready && lostNode(view.pod, view.facts)
  if (node === undefined) return undefined
  const { name } = node.metadata
  const state = conditionOf(node, 'Ready')
  const why = joined([state?.reason, state?.message], ': ') || 'its kubelet never reported'
  return {
    cause: `${nameOfWorkload(view.pod, view.facts)} is on node ${name}, which is not ready: ${clip(why, MOST_MESSAGE)}`,
    evidence: [fieldProof(node, 'status.conditions[Ready]', `${state?.status ?? 'none'}: ${why}`)],
    next: [describeStep('See the node, its conditions and pods.', node)],
    since: ready?.since,
  }
}

function unreadyVerdict(view: PodView): Verdict | undefined {
  const ready = unreadyOf(view)
  if (ready === undefined || lostNode(view.pod, view.facts) !== undefined) return undefined
  const why = joined([ready.reason, ready.message], ': ') || 'nothing that was read says why'
  return {
    cause: `all containers of ${nameOfWorkload(view.pod, view.facts)} are ready, the pod is not: ${clip(why, MOST_MESSAGE)}`,
    evidence: [fieldProof(view.pod, 'status.conditions[Ready]', joined([ready.status, why], ': '))],
    next: [describeStep('See the pod, its conditions and events.', view.pod)],
    since: ready.since,
  }
}

// Without a readiness probe a container is ready as soon as it runs and has passed its startup probe.
function unaskedVerdict(view: View): Verdict | undefined {
  const { pod, container, facts } = view
  const { spec, status, role } = container
  const running = elapsed(facts.now, textAt(status, 'state.running.startedAt')) ?? 0
  if (role === 'init container' || status['ready'] !== false || running < SETTLING) return undefined
  if ('readinessProbe' in spec || 'startupProbe' in spec || endingOf(view) !== undefined) return undefined
  return {
    cause: `${who(view)} runs, has no readiness probe and is not ready all the same; nothing that was read says why`,
    evidence: [fieldProof(pod, statusPath(view, 'ready'), 'false')],
    next: [logsStep(pod, container.name, false), describeStep('See the pod and its events.', pod)],
    since: sinceUnready(view),
  }
}

// Waiting for these is how every container begins.
const ORDINARY = ['ContainerCreating', 'PodInitializing']

/** Debuggers (ephemeral containers) that do not come: one that ended, however, has no effect on its pod. */
function debuggers(pod: KubeObject): Verdict[] {
  if (listAt(pod, 'status.ephemeralContainerStatuses').length === 0) return []
  return containersOf(pod).flatMap((container) => debuggerVerdict(pod, container) ?? [])
}

function debuggerVerdict(pod: KubeObject, { role, name, spec, status }: Container): Verdict | undefined {
  const reason = textAt(status, 'state.waiting.reason')
  if (role !== 'ephemeral container' || reason === undefined || ORDINARY.includes(reason)) return undefined
  const words = registryWords(textAt(status, 'state.waiting.message') ?? '')
  return {
    cause: `debugger ${name} of pod ${pod.metadata.name} does not start: ${clip(joined([reason, joined(['image', textAt(spec, 'image')], ' '), words], ': '), MOST_MESSAGE)}`,
    evidence: [
      fieldProof(pod, `status.ephemeralContainerStatuses[${name}].state.waiting`, joined([reason, words], ': ')),
    ],
    next: [describeStep('See the pod and its events; an ephemeral container cannot be changed, add another one.', pod)],
  }
}

/** Pods that are not ready for a reason outside their containers, or for none that is known; and debuggers that do not start. */
export const unreadyPodRules: readonly Rule[] = [
  definePodRule({
    id: 'node-not-ready',
    title: 'Pod is on a node that is not ready',
    severity: 'critical',
    judge: nodeLostVerdict,
  }),
  definePodRule({
    id: 'readiness-failing',
    title: 'Pod is not ready though its containers are',
    severity: 'critical',
    judge: unreadyVerdict,
  }),
  defineContainerRule({
    id: 'readiness-failing',
    title: 'Container is not ready without a probe',
    severity: 'critical',
    judge: unaskedVerdict,
  }),
  defineRule({
    id: 'container-not-created',
    title: 'Debugger does not start',
    severity: 'info',
    looksAt: ['Pod'],
    judge: debuggers,
  }),
]
