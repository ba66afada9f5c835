import type { KubeObject } from '../../kubernetes/types.ts'
import { age } from './age.ts'
import { type Container, containersOf, countedContainers, stateOf } from './containers.ts'
import { conditionOf, type Fields, numberAt, textAt } from './read.ts'

/**
 * The word that `kubectl get pods` prints under STATUS. It is computed by the API server's own printer, which only a request
 * for a Table gets to; here the same rules over the object (kubernetes pkg/printers/internalversion, printPod).
 */
export function podStatus(pod: KubeObject): string {
  const phase = textAt(pod, 'status.phase') ?? 'Unknown'
  if (pod.metadata.deletionTimestamp !== undefined && textAt(pod, 'status.reason') === 'NodeLost') return 'Unknown'
  if (pod.metadata.deletionTimestamp !== undefined && phase !== 'Failed' && phase !== 'Succeeded') return 'Terminating'
  return initializing(pod) ?? runningWord(pod) ?? podWord(pod, phase)
}

function podWord(pod: KubeObject, phase: string): string {
  const gated = conditionOf(pod, 'PodScheduled')?.reason === 'SchedulingGated'
  return gated ? 'SchedulingGated' : (textAt(pod, 'status.reason') ?? phase)
}

function initializing(pod: KubeObject): string | undefined {
  if (conditionOf(pod, 'Initialized')?.status === 'True') return undefined
  const inits = containersOf(pod).filter(({ role }) => role === 'init container' || role === 'sidecar container')
  const current = inits.findIndex((container) => !isPast(container) && Object.keys(container.status).length > 0)
  const container = inits[current]
  if (container === undefined) return undefined
  return `Init:${stateWord(container.status, 'PodInitializing') ?? `${current}/${inits.length}`}`
}

const isPast = ({ role, status }: Container): boolean => {
  const { word, state } = stateOf(status)
  return (
    (word === 'terminated' && state['exitCode'] === 0) || (role === 'sidecar container' && status['started'] === true)
  )
}

function runningWord(pod: KubeObject): string | undefined {
  const containers = containersOf(pod).filter(({ role }) => role === 'container')
  const words = containers.map(({ status }) => stateWord(status)).filter((word) => word !== undefined)
  const word = words[0]
  const running = containers.some(({ status }) => status['ready'] === true && stateOf(status).word === 'running')
  if (word !== 'Completed' || !running) return word
  return conditionOf(pod, 'Ready')?.status === 'True' ? 'Running' : 'NotReady'
}

function stateWord(status: Fields, ordinary = ''): string | undefined {
  const { word, state } = stateOf(status)
  const reason = textAt(state, 'reason')
  if (word === 'waiting') return reason === ordinary ? undefined : reason
  if (word !== 'terminated') return undefined
  const signal = numberAt(state, 'signal') ?? 0
  return reason ?? (signal === 0 ? `ExitCode:${numberAt(state, 'exitCode') ?? 0}` : `Signal:${signal}`)
}

/** Ready containers of all, as kubectl counts them: sidecars too. */
export function podReady(pod: KubeObject): { ready: number; total: number } {
  const containers = countedContainers(pod)
  const ready = containers.filter(({ status }) => status['ready'] === true && stateOf(status).word === 'running')
  return { ready: ready.length, total: containers.length }
}

/** Restarts as kubectl prints them, with the time since the last: `5 (2m13s ago)`. */
export function podRestarts(pod: KubeObject, now: Date): string {
  const containers = restarting(pod)
  const count = containers.reduce((sum, { status }) => sum + (numberAt(status, 'restartCount') ?? 0), 0)
  const ends = containers
    .map(({ status }) => textAt(status, 'lastState.terminated.finishedAt'))
    .filter((time) => time !== undefined)
  const last = ends.toSorted().at(-1)
  return count === 0 || last === undefined ? String(count) : `${count} (${age(now, last)} ago)`
}

// While a pod initialises, kubectl counts restarts of its init containers only; then those of the others.
function restarting(pod: KubeObject): Container[] {
  const wanted =
    initializing(pod) === undefined ? ['container', 'sidecar container'] : ['init container', 'sidecar container']
  return containersOf(pod).filter(({ role }) => wanted.includes(role))
}
