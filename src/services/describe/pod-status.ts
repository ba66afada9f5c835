import type { KubeObject } from '../../kubernetes/types.ts'
import { age } from './age.ts'
import { stateOf } from './containers.ts'
import { conditionsAt, conditionOf, type Fields, isFields, listAt, numberAt, textAt } from './read.ts'

/** What `kubectl get pods` prints of a pod under READY, STATUS and RESTARTS. */
export interface PrintedPod {
  /** Ready containers, sidecars too. */
  ready: number
  total: number
  /** The word, e.g. Running, CrashLoopBackOff, Init:0/2. */
  status: string
  restarts: number
  /** When a container last ended before it was started again. */
  lastRestart?: string
}

/**
 * A pod as kubectl prints it. The words are made by the API server's own printer, which only a request for a Table gets to, at half as
 * much again of its time; here the same rules over the object (kubernetes 1.36, pkg/printers/internalversion, printPod).
 */
export function printedPod(pod: KubeObject): PrintedPod {
  const inits = initContainers(pod)
  const current = inits.findIndex((each) => !isPast(each))
  const begun = current === -1 ? inits : inits.slice(0, current + 1)
  const sidecars = begun.filter(({ isSidecar }) => isSidecar)
  const isInitializing = current !== -1 && conditionOf(pod, 'Initialized')?.status !== 'True'
  const apps = isInitializing ? [] : listAt(pod, 'status.containerStatuses')
  const restarting = isInitializing ? begun : sidecars
  return {
    ready: sidecars.filter(isReadySidecar).length + apps.filter(isReadyApp).length,
    total: listAt(pod, 'spec.containers').length + sidecarNames(pod).size,
    status: deletedWord(pod) ?? appsWord(pod, apps, initWord(pod, inits[current], current) ?? podWord(pod)),
    ...restartsOf([...restarting.map(({ status }) => status), ...apps]),
  }
}

/** Restarts as kubectl prints them, with the time since the last: `5 (2m13s ago)`. */
export const restartsText = ({ restarts, lastRestart }: PrintedPod, now: Date): string =>
  lastRestart === undefined ? String(restarts) : `${restarts} (${age(now, lastRestart)} ago)`

interface InitContainer {
  status: Fields
  isSidecar: boolean
}

const sidecarNames = (pod: KubeObject) =>
  new Set(
    listAt(pod, 'spec.initContainers')
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  )

function initContainers(pod: KubeObject): InitContainer[] {
  const statuses = listAt(pod, 'status.initContainerStatuses')
  if (statuses.length === 0) return []
  const sidecars = sidecarNames(pod)
  return statuses.map((status) => ({ status, isSidecar: sidecars.has(status['name']) }))
}

const isDone = (status: Fields) => numberAt(status, 'state.terminated.exitCode') === 0
const isStarted = ({ status, isSidecar }: InitContainer) => isSidecar && status['started'] === true
const isPast = (container: InitContainer) => isDone(container.status) || isStarted(container)
const isReadySidecar = (container: InitContainer) =>
  !isDone(container.status) && isStarted(container) && container.status['ready'] === true
const isReadyApp = (status: Fields) => status['ready'] === true && stateOf(status).word === 'running'

function deletedWord(pod: KubeObject): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined
  if (textAt(pod, 'status.reason') === 'NodeLost') return 'Unknown'
  return ['Failed', 'Succeeded'].includes(textAt(pod, 'status.phase') ?? '') ? undefined : 'Terminating'
}

function podWord(pod: KubeObject): string {
  const isGated = conditionOf(pod, 'PodScheduled')?.reason === 'SchedulingGated'
  return isGated ? 'SchedulingGated' : (textAt(pod, 'status.reason') ?? textAt(pod, 'status.phase') ?? '')
}

function initWord(pod: KubeObject, container: InitContainer | undefined, index: number): string | undefined {
  if (container === undefined) return undefined
  const word = stateWord(container.status)
  const isOrdinary = word === undefined || (word === 'PodInitializing' && stateOf(container.status).word === 'waiting')
  return `Init:${isOrdinary ? `${index}/${listAt(pod, 'spec.initContainers').length}` : word}`
}

/** The first container that is not running says it, unless it has only done its work. */
function appsWord(pod: KubeObject, apps: readonly Fields[], before: string): string {
  const word = apps.map(stateWord).find((each) => each !== undefined) ?? before
  if (word !== 'Completed') return word
  const isRunning = apps.some(isReadyApp)
  if (isRunning && conditionOf(pod, 'Ready')?.status === 'True') return 'Running'
  const failed = apps.find((each) => (numberAt(each, 'state.terminated.exitCode') ?? 0) !== 0)
  return (failed && stateWord(failed)) ?? (isRunning ? 'NotReady' : word)
}

function stateWord(status: Fields): string | undefined {
  const { word, state } = stateOf(status)
  const reason = textAt(state, 'reason')
  if (word !== 'terminated') return word === 'waiting' ? reason : undefined
  const signal = numberAt(state, 'signal') ?? 0
  return reason ?? (signal === 0 ? `ExitCode:${numberAt(state, 'exitCode') ?? 0}` : `Signal:${signal}`)
}

function restartsOf(statuses: readonly Fields[]): Pick<PrintedPod, 'restarts' | 'lastRestart'> {
  const restarts = statuses.reduce((sum, each) => sum + (numberAt(each, 'restartCount') ?? 0), 0)
  const ends = statuses
    .map((each) => textAt(each, 'lastState.terminated.finishedAt'))
    .filter((end) => end !== undefined)
  const lastRestart = ends.toSorted().at(-1)
  return restarts === 0 || lastRestart === undefined ? { restarts } : { restarts, lastRestart }
}

const STATUSES = ['containerStatuses', 'initContainerStatuses'] as const

/** A pod that nothing can be said about: it has done its work, or is ready, was never restarted, and waits for no change or debugger. */
export function isWell(pod: KubeObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false
  if (textAt(pod, 'status.phase') === 'Succeeded') return true
  const conditions = conditionsAt(pod, 'status.conditions')
  const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  if (!isReady || conditions.some(({ type }) => type.startsWith('PodResize'))) return false
  if (listAt(pod, 'status.ephemeralContainerStatuses').some(({ state }) => isFields(state) && 'waiting' in state))
    return false
  const statuses = STATUSES.flatMap((list) => listAt(pod, `status.${list}`))
  return statuses.every((each) => (numberAt(each, 'restartCount') ?? 0) === 0)
}
