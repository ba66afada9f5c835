import { setTimeout as pause } from 'node:timers/promises'
import { type Problem, problems } from '../../errors.ts'
import { BUILT_IN, pathOf } from '../../kubernetes/paths.ts'
import type { Cluster } from '../cluster.ts'
import { Refused, Stale, Unproven } from './outcomes.ts'
import type { Execution } from './plan.ts'
import { findObject } from './targets.ts'
import { Again, write } from './writes.ts'

/** A pod to evict. */
export interface PodRef {
  namespace: string
  name: string
  uid: string
}

/** What is still on a node, and why. */
export interface Remaining {
  pod: PodRef
  why: string
}

const LOOK_EVERY = 1_000
const ASK_EVERY = 5_000

interface Waiting extends Remaining {
  evicted: boolean
  /** When to ask for its eviction again, on the clock of `performance.now`. */
  nextAt: number
}

interface Orders {
  gracePeriodSeconds?: number
  /** When to give up, on the clock of `performance.now`. */
  deadline: number
}

/**
 * Evicts pods one by one (policy/v1 Eviction) until each is gone or the deadline is there; a budget's 429 is "not now". Answers what
 * remains. Throws `Cancelled` between two steps.
 */
export async function evictAll(
  cluster: Cluster,
  pods: readonly PodRef[],
  execution: Execution,
  orders: Orders,
): Promise<Remaining[]> {
  let waiting: Waiting[] = pods.map((pod) => ({ pod, why: 'not asked yet', evicted: false, nextAt: 0 }))
  let gone = 0
  while (waiting.length > 0 && performance.now() < orders.deadline) {
    const next: Waiting[] = []
    for (const each of waiting) {
      const after = await advance(cluster, each, execution, orders)
      if (after === undefined) gone++
      else next.push(after)
      await execution.step(gone, pods.length, told(each.pod, after))
    }
    waiting = next
    if (waiting.length > 0) await rest(cluster)
  }
  return waiting.map(({ pod, why }) => ({ pod, why }))
}

const told = ({ namespace, name }: PodRef, after: Waiting | undefined) =>
  `pod ${namespace}/${name}: ${after?.why ?? 'gone'}`

/** One look at one pod: asks for its eviction where it is time to, and whether it is gone. Undefined: it is. */
async function advance(
  cluster: Cluster,
  waiting: Waiting,
  execution: Execution,
  orders: Orders,
): Promise<Waiting | undefined> {
  if (await isGone(cluster, waiting.pod)) return undefined
  if (waiting.evicted || performance.now() < waiting.nextAt) return waiting
  try {
    await evict(cluster, waiting.pod, execution, orders)
    return { ...waiting, evicted: true, why: 'evicted, and still ending' }
  } catch (error) {
    if (error instanceof Stale)
      return (await isGone(cluster, waiting.pod)) ? undefined : { ...waiting, evicted: true, why: error.message }
    if (error instanceof Again)
      return { ...waiting, why: error.message, nextAt: performance.now() + delay(error.problem) }
    // No proof (a pod with two budgets is such a 500), or a refusal: it is not asked for again, only looked at until the deadline.
    if (error instanceof Refused || error instanceof Unproven) return { ...waiting, evicted: true, why: error.message }
    throw error
  }
}

const delay = ({ facts }: Problem) => Math.min((facts.retryAfter ?? 5) * 1000, ASK_EVERY)

const evict = (
  cluster: Cluster,
  { namespace, name, uid }: PodRef,
  execution: Execution,
  { gracePeriodSeconds }: Orders,
) => {
  const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }
  const deleteOptions = { preconditions: { uid }, ...grace }
  const body = JSON.stringify({
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions,
  })
  return write(
    cluster,
    { method: 'POST', path: [...pathOf(BUILT_IN.pods, namespace, name), 'eviction'], body },
    execution,
  )
}

/** Whether a pod is away, or another one has its name. */
export async function isGone(cluster: Cluster, { namespace, name, uid }: PodRef): Promise<boolean> {
  const now = await findObject(cluster, BUILT_IN.pods, namespace, name)
  return now === undefined || now.metadata.uid !== uid
}

async function rest({ call }: Cluster): Promise<void> {
  try {
    await pause(LOOK_EVERY, undefined, { signal: call.signal })
  } catch {
    throw problems.cancelled()
  }
}
