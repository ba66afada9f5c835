import { age, duration, elapsed } from '../age.ts'
import { type Container, stateOf } from '../containers.ts'
import type { Occurrence } from '../events.ts'
import { type Fields, numberAt, scalarAt, textAt } from '../read.ts'
import { clip, joined, plural } from '../words.ts'
import { imageTrouble, isImageReason } from './images.ts'
import type { Trouble } from './trouble.ts'

/** What the rules about one container look at. */
export interface ContainerView {
  container: Container
  /** Warnings and kills of its pod that are about it, newest first. */
  events: readonly Occurrence[]
  now: Date
}

type Rule = (view: ContainerView) => Trouble | undefined

// A container that just started may fail its probes for a while, and one that restarted long ago is well.
const STARTING = 60_000
const RECENT = 10 * 60_000
const RECENT_OUT_OF_MEMORY = 60 * 60_000

const MOST_MESSAGE = 300

const called = ({ role, name }: Container): string => `${role} ${name}`

/** What is wrong with one container; undefined: nothing is known to be. */
export function containerTrouble(view: ContainerView): Trouble | undefined {
  for (const rule of RULES) {
    const trouble = rule(view)
    if (trouble !== undefined) return trouble
  }
  return undefined
}

function backingOff({ container, events, now }: ContainerView): Trouble | undefined {
  if (textAt(container.status, 'state.waiting.reason') !== 'CrashLoopBackOff') return undefined
  const { state } = stateOf(container.status, 'lastState')
  return {
    reason: 'CrashLoopBackOff',
    detail: joined([ending(container, state, events), restarts(container, state, now)]),
  }
}

// Waiting for these is how every container begins; what keeps it there is told by the pod's events.
const ORDINARY = ['ContainerCreating', 'PodInitializing']

function cannotStart({ container, events }: ContainerView): Trouble | undefined {
  const reason = textAt(container.status, 'state.waiting.reason')
  if (reason === undefined || ORDINARY.includes(reason)) return undefined
  const message = textAt(container.status, 'state.waiting.message') ?? ''
  if (isImageReason(reason)) return { reason, detail: imageTrouble(container, message, events) }
  const said = message === '' ? lastWarning(events) : message
  return { reason, detail: joined([called(container), tidy(said)], ': ') }
}

const lastWarning = (events: readonly Occurrence[]): string =>
  events.find(({ type }) => type === 'Warning')?.message ?? ''

// The kubelet names the pod and its uid in some messages; the reader knows which pod this is.
const tidy = (message: string): string =>
  clip(message.replace(/ ?\(pod: "[^"]{0,400}", container: [^)]{0,100}\)/, ''), MOST_MESSAGE)

function failed({ container, events, now }: ContainerView): Trouble | undefined {
  const { word, state } = stateOf(container.status)
  if (word !== 'terminated' || state['exitCode'] === 0 || container.role === 'ephemeral container') return undefined
  return { reason: 'Failed', detail: joined([ending(container, state, events), restarts(container, state, now)]) }
}

// Running now, but it ended badly a moment ago and more than once: the time between two crashes.
function restarting({ container, events, now }: ContainerView): Trouble | undefined {
  const count = numberAt(container.status, 'restartCount') ?? 0
  const { state } = stateOf(container.status, 'lastState')
  const since = elapsed(now, textAt(state, 'finishedAt'))
  if (since === undefined || state['exitCode'] === 0 || !isRecent(since, count, state)) return undefined
  const detail = joined([ending(container, state, events), restarts(container, state, now)])
  return { reason: 'Restarting', detail }
}

const isRecent = (since: number, count: number, state: Fields): boolean =>
  (count > 1 && since < RECENT) || (state['reason'] === 'OOMKilled' && since < RECENT_OUT_OF_MEMORY)

function notReady({ container, events, now }: ContainerView): Trouble | undefined {
  const running = elapsed(now, textAt(container.status, 'state.running.startedAt'))
  if (running === undefined || container.status['ready'] !== false || !counts(container)) return undefined
  const delay = 1000 * (numberAt(container.spec, 'readinessProbe.initialDelaySeconds') ?? 0)
  if (running < STARTING + delay || isStarting(container)) return undefined
  const failure = probeFailure(events, 'Readiness')
  const who = called(container)
  const detail =
    failure === undefined
      ? `${who} for ${duration(running)}, no event says why`
      : `readiness probe of ${who} failed: ${failure}`
  return { reason: 'not ready', detail }
}

const counts = ({ role }: Container): boolean => role === 'container' || role === 'sidecar container'

// Until its startup probe gives up, a container that has not restarted takes the time it was given.
const isStarting = ({ spec, status }: Container): boolean =>
  spec['startupProbe'] !== undefined && status['started'] === false && (numberAt(status, 'restartCount') ?? 0) === 0

const RULES: readonly Rule[] = [backingOff, cannotStart, failed, restarting, notReady]

function restarts({ status }: Container, state: Fields, now: Date): string | undefined {
  const count = numberAt(status, 'restartCount') ?? 0
  const finished = textAt(state, 'finishedAt')
  return count === 0
    ? undefined
    : joined([plural(count, 'restart'), finished === undefined ? undefined : `last ${age(now, finished)} ago`])
}

/** How a container ended: its exit code and reason, the limit it ran into, the probe that killed it. */
function ending(container: Container, state: Fields, events: readonly Occurrence[]): string {
  return `${called(container)} ${how(container, state, events)}`
}

function how({ spec }: Container, state: Fields, events: readonly Occurrence[]): string {
  const reason = textAt(state, 'reason') ?? ''
  if (Object.keys(state).length === 0) return 'ended'
  if (reason === 'OOMKilled') return `OOMKilled (exit code ${exitCode(state)}, ${memoryLimit(spec)})`
  if (NEVER_RAN.includes(reason)) return `could not start (${reason})${after(runtimeMessage(state))}`
  const probe = killingProbe(state, events)
  if (probe !== undefined) return `killed by its ${probe.toLowerCase()} probe${after(probeFailure(events, probe))}`
  return `${exit(state, reason)}${after(textAt(state, 'message'))}`
}

const exitCode = (state: Fields): string => scalarAt(state, 'exitCode') ?? 'unknown'

const NEVER_RAN = ['StartError', 'ContainerCannotRun']

const after = (text: string | undefined): string =>
  text === undefined || text === '' ? '' : `: ${clip(text.trim(), MOST_MESSAGE)}`

function exit(state: Fields, reason: string): string {
  const signal = numberAt(state, 'signal') ?? 0
  const ended = signal === 0 ? `exited with code ${exitCode(state)}` : `was ended by signal ${signal}`
  return reason === '' || reason === 'Error' ? ended : `${ended} (${reason})`
}

function memoryLimit(spec: Fields): string {
  const limit = textAt(spec, 'resources.limits.memory')
  return limit === undefined ? 'no memory limit of its own' : `memory limit ${limit}`
}

// A runtime tells every layer it went through; what the layers have to say stands at the end.
const runtimeMessage = (state: Fields): string | undefined =>
  textAt(state, 'message')?.split('unable to start container process: ').at(-1)

// What a process ends with when it is told to: SIGKILL, SIGTERM, or in order. Any other code is its own doing.
const KILLED = [137, 143, 0]

/** The probe because of which the kubelet killed the container. */
function killingProbe(state: Fields, events: readonly Occurrence[]): 'Liveness' | 'Startup' | undefined {
  if (!KILLED.includes(numberAt(state, 'exitCode') ?? -1)) return undefined
  const kill = events.find(({ reason, message }) => reason === 'Killing' && message.includes(' probe, '))
  if (kill === undefined) return undefined
  return kill.message.includes('startup probe') ? 'Startup' : 'Liveness'
}

function probeFailure(events: readonly Occurrence[], probe: 'Liveness' | 'Readiness' | 'Startup'): string | undefined {
  const prefix = new RegExp(`^${probe} probe (?:failed|errored)[^:]{0,60}: `)
  const event = events.find(({ reason, message }) => reason === 'Unhealthy' && prefix.test(message))
  return event?.message.replace(prefix, '').trim()
}
