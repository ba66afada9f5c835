import { Problem, problems } from '../../errors.ts'
import { openLog } from '../../kubernetes/logs.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { containersOf } from '../describe/containers.ts'
import { type Fields, at, listAt, numberAt, textAt } from '../describe/read.ts'
import { inTurn } from '../in-turn.ts'
import { type Part, readNewest } from '../logs/read.ts'
import { eachInTurn } from './each-in-turn.ts'
import type { Reading } from './reading.ts'
import { slowInit } from './slow-init.ts'
import type { Tail } from './snapshot.ts'

const MOST_TAILS = 40
const PODS_OF_WORKLOAD = 2
const AT_A_TIME = 8
const MOST_LINES = 400
const MOST_BYTES = 16 * 1024
const LONGEST_LINE = 2 * 1024
/** Why a log is a gap that nobody can fill. */
export const LOG_GONE = 'the node does not have it any more.'
/** A run that ended longer ago, of a container that is well since, is no trouble of today. */
const RECENT_MS = 60 * 60 * 1000

/** A run of a container whose log says why: it ended badly, or its pod has waited long for its end. */
interface Crash {
  pod: KubeObject
  container: string
  previous: boolean
  restarts: number
}

/** The last words of containers that crashed, or that hold up their pods: of one or two pods of a workload, masked. */
export async function tailsOf(reading: Reading, pods: readonly KubeObject[], now: Date): Promise<Tail[]> {
  const found: Crash[] = []
  await eachInTurn(pods, (pod) => {
    found.push(...crashesOf(pod, now))
  })
  const crashes = chosen(found)
  const tails = await inTurn(crashes.slice(0, MOST_TAILS), AT_A_TIME, (crash) => tailOf(reading, crash))
  const rest = crashes.length - MOST_TAILS
  if (rest > 0) reading.gaps.push({ what: `logs of ${rest} more containers that crashed`, why: 'not read: too many.' })
  return tails.filter((each) => each !== undefined)
}

function crashesOf(pod: KubeObject, now: Date): Crash[] {
  const statuses = [...listAt(pod, 'status.initContainerStatuses'), ...listAt(pod, 'status.containerStatuses')]
  const crashes = statuses.filter((status) => crashed(status, now))
  const slow = containersOf(pod).filter((container) => slowInit(container, now) !== undefined)
  return [
    ...crashes.map((status) => runOf(pod, status, at(status, 'state.terminated') === undefined)),
    ...slow.map(({ status }) => runOf(pod, status, false)),
  ]
}

const runOf = (pod: KubeObject, status: Fields, previous: boolean): Crash => ({
  pod,
  container: textAt(status, 'name') ?? '',
  previous,
  restarts: numberAt(status, 'restartCount') ?? 0,
})

function crashed(status: Fields, now: Date): boolean {
  const ended = at(status, 'state.terminated')
  if (ended !== undefined) return at(ended, 'exitCode') !== 0
  const before = at(status, 'lastState.terminated')
  if (before === undefined) return false
  if (textAt(status, 'state.waiting.reason') === 'CrashLoopBackOff') return true
  const finished = Date.parse(textAt(before, 'finishedAt') ?? '')
  return at(before, 'exitCode') !== 0 && (status['ready'] !== true || now.getTime() - finished < RECENT_MS)
}

/** Those that crashed most, of each container of a workload only a few. */
function chosen(crashes: readonly Crash[]): Crash[] {
  const byContainer = Map.groupBy(
    crashes.toSorted((one, other) => other.restarts - one.restarts),
    ({ pod, container }) => `${pod.metadata.ownerReferences?.[0]?.uid ?? pod.metadata.uid} ${container}`,
  )
  return [...byContainer.values()].flatMap((group) => group.slice(0, PODS_OF_WORKLOAD))
}

async function tailOf(reading: Reading, { pod, container, previous }: Crash): Promise<Tail | undefined> {
  const { name, namespace = '' } = pod.metadata
  const what = `${previous ? 'previous log' : 'log'} of ${container} in pod ${namespace}/${name}`
  const part = await reading.noted(what, () =>
    kept(readNewest((query) => openLog(reading.api, { namespace, pod: name, container, previous, ...query }), WANT)),
  )
  if (part === undefined) return undefined
  return { namespace, pod: name, container, previous, lines: part.lines.map(({ text }) => text) }
}

// A kubelet keeps the log of one run before, and of none that it has cleaned away.
async function kept(reading: Promise<Part>): Promise<Part> {
  try {
    return await reading
  } catch (error) {
    const isGone = error instanceof Problem && (error.status === 404 || error.status === 400)
    throw isGone ? problems.kubernetes(404, 'not_found', LOG_GONE) : error
  }
}

const WANT = {
  tail: MOST_LINES,
  bytes: MOST_BYTES,
  searchBytes: MOST_BYTES,
  words: [],
  from: undefined,
  longest: LONGEST_LINE,
}
