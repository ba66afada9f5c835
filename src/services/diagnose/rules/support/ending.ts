import { elapsed } from '../../../describe/age.ts'
import { stateOf } from '../../../describe/containers.ts'
import type { Occurrence } from '../../../describe/events.ts'
import { type Fields, numberAt, textAt } from '../../../describe/read.ts'
import type { View } from './containers.ts'

/** Who ended a container: memory ran out, the runtime could not start it, a probe had it killed, or it ended itself. */
export type Cause = 'memory' | 'start' | 'liveness' | 'startup' | 'exit'

/** How a container that is in trouble ended last. */
export interface Ending {
  by: Cause
  /** `state` or `lastState`: where it stands. */
  where: 'state' | 'lastState'
  code: number | undefined
  /** The terminated state, empty where nothing was recorded. */
  state: Fields
  /** What the runtime or the program left as its message. */
  message: string
  /** It runs now; only its past says that something is wrong. */
  runs: boolean
}

// A container that restarted long ago is well; memory that ran out once within the hour will again.
const RECENT = 10 * 60_000
const RECENT_OUT_OF_MEMORY = 60 * 60_000

const NOT_STARTED = ['RunContainerError', 'CreateContainerError', 'PostStartHookError', 'StartError']

/** How a container ended, where its end is a trouble; undefined where it runs in order or never was started. */
export function endingOf(view: View): Ending | undefined {
  const { word, state } = stateOf(view.container.status)
  const last = stateOf(view.container.status, 'lastState').state
  const reason = textAt(state, 'reason') ?? ''
  if (word === 'waiting' && reason === 'CrashLoopBackOff') return ending(view, 'lastState', last)
  if (word === 'waiting' && NOT_STARTED.includes(reason)) return { ...ending(view, 'state', state), by: 'start' }
  if (word === 'terminated' && state['exitCode'] !== 0) return ending(view, 'state', state)
  if (word !== 'running' || !isRecent(view, last)) return undefined
  return { ...ending(view, 'lastState', last), runs: true }
}

function isRecent({ container, facts }: View, last: Fields): boolean {
  const since = elapsed(facts.now, textAt(last, 'finishedAt'))
  if (since === undefined || last['exitCode'] === 0) return false
  if (last['reason'] === 'OOMKilled') return since < RECENT_OUT_OF_MEMORY
  return (numberAt(container.status, 'restartCount') ?? 0) > 1 && since < RECENT
}

function ending(view: View, where: 'state' | 'lastState', state: Fields): Ending {
  const message = (textAt(state, 'message') ?? '').trim()
  return { by: causeOf(view, state, message), where, code: numberAt(state, 'exitCode'), state, message, runs: false }
}

function causeOf(view: View, state: Fields, message: string): Cause {
  const reason = textAt(state, 'reason') ?? ''
  if (reason === 'OOMKilled' || /OOM-killed|oom-kill/.test(message)) return 'memory'
  if (['StartError', 'ContainerCannotRun', ...NOT_STARTED].includes(reason)) return 'start'
  if (hookFailure(view) !== undefined) return 'start'
  return killingProbe(view, state) ?? 'exit'
}

/** The event that says that a container was ended because its postStart hook failed: its own exit code says nothing. */
export const hookFailure = ({ events }: View): Occurrence | undefined =>
  events.find(({ reason }) => reason === 'FailedPostStartHook')

// What a process ends with when it is told to: SIGKILL, SIGTERM, or in order. With any other code the kill must be of that run.
const KILLED = [137, 143, 0]

function killingProbe({ events }: View, state: Fields): 'liveness' | 'startup' | undefined {
  const kill = events.find(
    ({ reason, message }) => reason === 'Killing' && / (?:liveness|startup) probe, /.test(message),
  )
  if (kill === undefined) return undefined
  if (!KILLED.includes(numberAt(state, 'exitCode') ?? -1) && !isDuring(kill, state)) return undefined
  return kill.message.includes(' startup probe, ') ? 'startup' : 'liveness'
}

const SLACK = 2000

function isDuring({ last }: Occurrence, state: Fields): boolean {
  const [start, end, kill] = [textAt(state, 'startedAt'), textAt(state, 'finishedAt'), last].map((time) =>
    time === undefined ? Number.NaN : Date.parse(time),
  )
  return kill !== undefined && start !== undefined && end !== undefined && kill >= start && kill <= end + SLACK
}
