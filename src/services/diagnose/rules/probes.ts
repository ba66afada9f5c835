import { elapsed } from '../../describe/age.ts'
import { conditionOf, listAt, numberAt, textAt } from '../../describe/read.ts'
import { joined } from '../../describe/words.ts'
import type { Rule, Verdict } from '../rule.ts'
import { defineContainerRule, sinceUnready, specPath, statusPath, type View, who } from './support/containers.ts'
import { endingOf } from './support/ending.ts'
import { definePodRule, type PodView } from './support/pods.ts'
import { type ProbeKind, probeEvent, probeSentence } from './support/probe.ts'
import { eventProof, fieldProof, proofs } from './support/proof.ts'
import { advice, describeStep, logsStep } from './support/steps.ts'
import { nameOfWorkload } from './support/workloads.ts'

// A container that just started may fail its probes for a while.
const STARTING = 60_000

/** A probe that has the kubelet end the container, again and again. */
function restartVerdict(view: View, kind: 'liveness' | 'startup'): Verdict | undefined {
  const ending = endingOf(view)
  if (ending?.by !== kind) return undefined
  const effect = kind === 'startup' ? 'before it has started' : 'and the kubelet restarts it'
  return {
    cause: `the ${kind} probe of ${who(view)} fails ${effect}: ${probeSentence(view, kind)}`,
    evidence: proofs(
      probeProofs(view, kind),
      fieldProof(view.pod, statusPath(view, ending.where), `exit code ${ending.code ?? 'unknown'}`),
    ),
    next: [logsStep(view.pod, view.container.name, ending.where === 'lastState'), advice(ADVICE[kind])],
    since: probeEvent(view, kind)?.first ?? sinceUnready(view),
  }
}

const ADVICE: Readonly<Record<ProbeKind, string>> = {
  liveness: 'Correct what the probe asks, or give it more time (timeoutSeconds, failureThreshold).',
  startup: 'Correct what the probe asks, or allow more time to start (failureThreshold times periodSeconds).',
  readiness: 'Correct what the probe asks, or find out why the container does not answer.',
}

function probeProofs(view: View, kind: ProbeKind) {
  const event = probeEvent(view, kind)
  const { container } = view
  const path = specPath(view, `${kind}Probe`)
  return proofs(
    fieldProof(view.pod, path, JSON.stringify(container.spec[`${kind}Probe`] ?? {})),
    event && eventProof(view.pod, event),
  )
}

function readinessVerdict(view: View): Verdict | undefined {
  const { container, facts } = view
  const running = elapsed(facts.now, textAt(container.status, 'state.running.startedAt'))
  if (running === undefined || container.status['ready'] !== false || container.role === 'init container')
    return undefined
  if (running < allowedTime(view) || isStarting(view) || endingOf(view) !== undefined) return undefined
  if (!('readinessProbe' in container.spec)) return undefined
  return {
    cause: `the readiness probe of ${who(view)} fails: ${probeSentence(view, 'readiness')}`,
    evidence: probeProofs(view, 'readiness'),
    next: [logsStep(view.pod, container.name, false), advice(ADVICE.readiness)],
    since: sinceUnready(view),
  }
}

const allowedTime = ({ container: { spec } }: View): number =>
  STARTING + 1000 * (numberAt(spec, 'readinessProbe.initialDelaySeconds') ?? 0)

// Until its startup probe gives up, a container that has not restarted takes the time it was given.
const isStarting = ({ container: { spec, status } }: View): boolean =>
  'startupProbe' in spec && status['started'] === false && (numberAt(status, 'restartCount') ?? 0) === 0

// All containers are ready and the pod is not: a readiness gate is closed.
function gateVerdict({ pod, facts }: PodView): Verdict | undefined {
  const ready = conditionOf(pod, 'Ready')
  if (ready?.status !== 'False' || conditionOf(pod, 'ContainersReady')?.status !== 'True') return undefined
  const closed = gatesOf(pod).filter((gate) => conditionOf(pod, gate)?.status !== 'True')
  if (closed.length === 0 || (elapsed(facts.now, ready.since) ?? 0) < STARTING) return undefined
  const states = closed.map((gate) => gateText(gate, pod))
  return {
    cause: `all containers of ${nameOfWorkload(pod, facts)} are ready, its readiness gate is not: ${states.join('; ')}`,
    evidence: [fieldProof(pod, 'spec.readinessGates', closed.join(', '))],
    next: [describeStep('See which controller sets the condition, and ask that one.', pod)],
    since: ready.since,
  }
}

const gatesOf = (pod: unknown): string[] =>
  listAt(pod, 'spec.readinessGates').map((each) => textAt(each, 'conditionType') ?? '')

function gateText(gate: string, pod: unknown): string {
  const condition = conditionOf(pod, gate)
  return condition === undefined
    ? `nobody has set condition ${gate}`
    : joined([`${gate} is ${condition.status}`, condition.reason, condition.message], ': ')
}

/** Containers that do not answer as their probes ask. */
export const probeRules: readonly Rule[] = [
  defineContainerRule({
    id: 'liveness-failing',
    title: 'Liveness probe fails',
    severity: 'critical',
    judge: (view) => restartVerdict(view, 'liveness'),
  }),
  defineContainerRule({
    id: 'startup-failing',
    title: 'Startup probe fails',
    severity: 'critical',
    judge: (view) => restartVerdict(view, 'startup'),
  }),
  defineContainerRule({
    id: 'readiness-failing',
    title: 'Readiness probe fails',
    severity: 'critical',
    judge: readinessVerdict,
  }),
  definePodRule({
    id: 'readiness-failing',
    title: 'Readiness gate is closed',
    severity: 'critical',
    judge: gateVerdict,
  }),
]
