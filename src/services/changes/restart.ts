import Type, { type Static } from 'typebox'
import { getObject } from '../../kubernetes/lists.ts'
import { BUILT_IN } from '../../kubernetes/paths.ts'
import { Closed } from '../../schema.ts'
import { problems } from '../../errors.ts'
import type { Cluster } from '../cluster.ts'
import { at } from '../describe/read.ts'
import { compose, type Planning } from './compose.ts'
import { type Patch, patchEffect, sendPatch } from './patching.ts'
import type { Done, Evidence, Execution, Plan } from './plan.ts'
import { called, ObjectRef, objectRef } from './targets.ts'
import { workloadBlast } from './workloads.ts'
import { patchEvidence } from './writes.ts'

export const RestartSteps = Closed({ target: ObjectRef })
export type RestartSteps = Static<typeof RestartSteps>

export const RestartResult = Closed({
  namespace: Type.String({ description: 'Namespace.' }),
  name: Type.String({ description: 'Deployment.' }),
  restartedAt: Type.String({ description: 'Time of the restart (RFC 3339).' }),
})
export type RestartResult = Static<typeof RestartResult>

// As kubectl rollout restart does it.
const patchOf = (time: string): Patch => ({
  type: 'strategic',
  body: { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': time } } } } },
})

/** A rollout of the same template: every pod is replaced, by the deployment's own strategy. */
export async function planRestart(
  cluster: Cluster,
  { namespace, name }: { namespace: string; name: string },
  planning: Planning = {},
): Promise<Plan<RestartSteps>> {
  const before = await getObject(cluster.api, BUILT_IN.deployments, namespace, name)
  if (at(before, 'spec.paused') === true)
    throw problems.badInput(
      `${called(before)} is paused, so a restart would do nothing until it is resumed.`,
      'Resume it first (patchResource, spec.paused).',
    )
  const { effect, notes } = await patchEffect(cluster, BUILT_IN.deployments, before, patchOf(new Date().toISOString()))
  const { blast, notes: more } = await workloadBlast(cluster, effect)
  return compose(
    cluster,
    {
      summary: `Restart ${called(before)} on context ${cluster.context}: its ${blast.podsGone} pods are replaced by new ones`,
      effects: [effect],
      blast,
      base: { risk: 'low', reason: 'Pods are replaced by the same ones, as the strategy of the deployment says.' },
      notes: [...notes, ...more, 'A restart has no undo: it makes the same pods again.'],
      steps: { target: objectRef(BUILT_IN.deployments, before) },
    },
    planning,
  )
}

export async function executeRestart(
  cluster: Cluster,
  { target }: RestartSteps,
  execution: Execution,
  fresh: Plan<RestartSteps>,
): Promise<Done<RestartResult>> {
  const restartedAt = new Date().toISOString()
  await sendPatch(cluster, target, patchOf(restartedAt), { execution, fresh })
  return { outcome: 'succeeded', output: { namespace: target.namespace ?? '', name: target.name, restartedAt } }
}

export const evidenceRestart = (cluster: Cluster, { target }: RestartSteps, executionId: string): Promise<Evidence> =>
  patchEvidence(cluster, target, executionId)
