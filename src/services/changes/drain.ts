import Type, { type Static } from 'typebox'
import { problems } from '../../errors.ts'
import { getObject } from '../../kubernetes/lists.ts'
import { BUILT_IN } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { Closed } from '../../schema.ts'
import type { Cluster } from '../cluster.ts'
import { at } from '../describe/read.ts'
import { rowsBetween } from '../manifests/rows.ts'
import { blastOf, comesBack, hasEnded } from './blast.ts'
import { compose, type Effect, type Planning } from './compose.ts'
import { cordonPatch } from './cordon.ts'
import { nameOf, sortPods, type Sorted } from './drain-pods.ts'
import { evictAll, isGone, type Remaining } from './evictions.ts'
import { isCancellation } from './outcomes.ts'
import { patchEffect, sendPatch } from './patching.ts'
import type { Done, Evidence, Execution, Plan } from './plan.ts'
import { everyObject, ObjectRef, objectRef } from './targets.ts'

export const DrainInput = {
  ignoreDaemonSets: Type.Optional(Type.Boolean({ default: true, description: 'Leave their pods.' })),
  deleteEmptyDirData: Type.Optional(
    Type.Boolean({ default: false, description: 'Also pods that lose emptyDir data.' }),
  ),
  force: Type.Optional(Type.Boolean({ default: false, description: 'Also pods that nothing brings back.' })),
  gracePeriodSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 86_400,
      description: 'Seconds for each pod.',
    }),
  ),
  timeoutSeconds: Type.Optional(
    Type.Integer({
      minimum: 10,
      maximum: 3_600,
      default: 300,
      description: 'Seconds.',
    }),
  ),
}

export interface DrainQuestion {
  name: string
  ignoreDaemonSets?: boolean
  deleteEmptyDirData?: boolean
  force?: boolean
  gracePeriodSeconds?: number
  timeoutSeconds?: number
}

const PodRef = Closed({ namespace: Type.String(), name: Type.String(), uid: Type.String() })

export const DrainSteps = Closed({
  target: ObjectRef,
  /** False where the node is cordoned already. */
  cordon: Type.Boolean(),
  pods: Type.Array(PodRef),
  gracePeriodSeconds: Type.Optional(Type.Integer()),
  timeoutSeconds: Type.Integer(),
})
export type DrainSteps = Static<typeof DrainSteps>

export const DrainResult = Closed({
  name: Type.String({ description: 'Node.' }),
  evicted: Type.Integer({ description: 'Pods that are gone from it.' }),
  left: Type.Array(
    Closed({
      namespace: Type.String({ description: 'Namespace.' }),
      name: Type.String({ description: 'Pod.' }),
      why: Type.String({ description: 'Why it is still there.' }),
    }),
    { description: 'Pods that are still there, and why.' },
  ),
})
export type DrainResult = Static<typeof DrainResult>

/** Cordons a node and evicts its pods. Throws `drain_blocked`, with every reason, where kubectl would refuse. */
export async function planDrain(
  cluster: Cluster,
  input: DrainQuestion,
  planning: Planning = {},
): Promise<Plan<DrainSteps>> {
  const { name, gracePeriodSeconds, timeoutSeconds = 300 } = input
  const { ignoreDaemonSets = true, deleteEmptyDirData = false, force = false } = input
  const node = await getObject(cluster.api, BUILT_IN.nodes, undefined, name)
  const { items } = await everyObject(cluster, BUILT_IN.pods, {
    namespace: undefined,
    fieldSelector: `spec.nodeName=${name}`,
  })
  const sorted = await sortPods(cluster, items, { ignoreDaemonSets, deleteEmptyDirData, force })
  if (sorted.blocked.length > 0) throw problems.drainBlocked(name, sorted.blocked)
  const isCordoned = at(node, 'spec.unschedulable') === true
  if (isCordoned && sorted.evict.length === 0)
    throw problems.nothingToChange(`Node ${name} is cordoned and has no pods to evict.`)
  const { effect, notes } = await patchEffect(cluster, BUILT_IN.nodes, node, cordonPatch(true))
  const leaving = sorted.evict.filter((pod) => !hasEnded(pod))
  const { blast, notes: more } = await blastOf(cluster, {
    pods: leaving,
    back: leaving.filter(comesBack).length,
    atOnce: true,
  })
  return compose(
    cluster,
    {
      summary: `Drain node ${name} on context ${cluster.context}: evict ${sorted.evict.length} pods, leave ${sorted.left.length}`,
      effects: [effect, ...sorted.evict.map(evictionOf)],
      blast,
      base: { risk: 'high', reason: 'Every pod of a node has to find another one.' },
      notes: [...notes, ...more, ...notesOf(sorted)],
      undo: {
        operation: 'infra.k8s.nodes.cordonNode',
        input: { context: cluster.context, name, cordon: false },
        loses: ['the pods stay where they are by then', 'logs and local data of the pods that end'],
      },
      steps: {
        target: objectRef(BUILT_IN.nodes, node),
        cordon: !isCordoned,
        pods: sorted.evict.map(({ metadata }) => ({
          namespace: metadata.namespace ?? '',
          name: metadata.name,
          uid: metadata.uid ?? '',
        })),
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
        timeoutSeconds,
      },
    },
    planning,
  )
}

const evictionOf = (pod: KubeObject): Effect => ({
  type: BUILT_IN.pods,
  action: 'delete',
  before: pod,
  rows: rowsBetween({ exists: true }, { exists: false }),
  // An eviction's dry run says only what the budget says now, which the plan shows anyway.
  dryRun: true,
})

const notesOf = ({ left }: Sorted) => left.map(({ pod, why }) => `Pod ${nameOf(pod)} stays: ${why}.`)

/** What has become of a drain so far. */
interface Progress {
  left: Remaining[]
}

export async function executeDrain(
  cluster: Cluster,
  steps: DrainSteps,
  execution: Execution,
  fresh: Plan<DrainSteps>,
): Promise<Done<DrainResult>> {
  const { target, pods, timeoutSeconds, gracePeriodSeconds } = steps
  const deadline = performance.now() + timeoutSeconds * 1000
  const onlyNode = { ...fresh, targets: fresh.targets.filter(({ kind }) => kind === 'Node') }
  if (steps.cordon) await sendPatch(cluster, target, cordonPatch(true), { execution, fresh: onlyNode })
  const progress: Progress = {
    left: pods.map((pod) => ({ pod, why: 'the drain was cancelled before it was asked to go' })),
  }
  try {
    await execution.step(0, pods.length, `node ${target.name} is cordoned`)
    progress.left = await evictAll(cluster, pods, execution, {
      deadline,
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    })
    return done(steps, progress.left.length === 0 ? 'succeeded' : 'partially_applied', progress.left)
  } catch (error) {
    if (!isCancellation(error)) throw error
    return done(steps, 'cancelled', await stillThere(cluster, progress.left))
  }
}

async function stillThere(cluster: Cluster, left: readonly Remaining[]): Promise<Remaining[]> {
  if (cluster.call.signal.aborted) return [...left]
  const gone = await Promise.all(left.map(({ pod }) => isGone(cluster, pod)))
  return left
    .filter((_each, index) => gone[index] === false)
    .map(({ pod }) => ({ pod, why: 'the drain was cancelled' }))
}

function done(
  { target, pods }: DrainSteps,
  outcome: Done<unknown>['outcome'],
  left: readonly Remaining[],
): Done<DrainResult> {
  const output = {
    name: target.name,
    evicted: pods.length - left.length,
    left: left.map(({ pod: { namespace, name }, why }) => ({ namespace, name, why })),
  }
  return { outcome, output, done: output.evicted, total: pods.length }
}

/** Per pod: gone, or another one has its name. */
export async function evidenceDrain(cluster: Cluster, { target, pods }: DrainSteps): Promise<Evidence> {
  const gone = await Promise.all(pods.map((pod) => isGone(cluster, pod)))
  const count = gone.filter(Boolean).length
  const node = await getObject(cluster.api, BUILT_IN.nodes, undefined, target.name)
  const cordoned = at(node, 'spec.unschedulable') === true ? 'cordoned' : 'not cordoned'
  const text = `Node ${target.name} is ${cordoned}; ${count} of ${pods.length} pods are gone.`
  if (count === pods.length && cordoned === 'cordoned') return { outcome: 'succeeded', text }
  return count > 0
    ? { outcome: 'partially_applied', text, done: count, total: pods.length }
    : { outcome: 'unknown', text }
}
