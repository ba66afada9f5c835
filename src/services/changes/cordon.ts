import Type, { type Static } from 'typebox'
import { problems } from '../../errors.ts'
import { getObject } from '../../kubernetes/lists.ts'
import { BUILT_IN } from '../../kubernetes/paths.ts'
import { Closed } from '../../schema.ts'
import type { Cluster } from '../cluster.ts'
import { at } from '../describe/read.ts'
import { compose, NO_BLAST, type Planning } from './compose.ts'
import { type Patch, patchEffect, sendPatch } from './patching.ts'
import type { Done, Evidence, Execution, Plan } from './plan.ts'
import { ObjectRef, objectRef } from './targets.ts'
import { patchEvidence } from './writes.ts'

export const CordonInput = {
  cordon: Type.Boolean({ description: 'false: uncordon.' }),
}

export const CordonSteps = Closed({ target: ObjectRef, cordon: Type.Boolean() })
export type CordonSteps = Static<typeof CordonSteps>

export const CordonResult = Closed({
  name: Type.String({ description: 'Node.' }),
  cordoned: Type.Boolean({ description: 'Whether new pods are kept away from it.' }),
})
export type CordonResult = Static<typeof CordonResult>

/** The patch that keeps new pods away from a node, or lets them there again. */
export const cordonPatch = (cordon: boolean): Patch => ({
  type: 'merge',
  body: { spec: { unschedulable: cordon ? true : null } },
})

/** Throws `nothing_to_change` where the node is so already. */
export async function planCordon(
  cluster: Cluster,
  { name, cordon }: { name: string; cordon: boolean },
  planning: Planning = {},
): Promise<Plan<CordonSteps>> {
  const before = await getObject(cluster.api, BUILT_IN.nodes, undefined, name)
  if ((at(before, 'spec.unschedulable') === true) === cordon)
    throw problems.nothingToChange(`Node ${name} is ${cordon ? '' : 'not '}cordoned already.`)
  const { effect, notes } = await patchEffect(cluster, BUILT_IN.nodes, before, cordonPatch(cordon))
  return compose(
    cluster,
    {
      summary: `${cordon ? 'Cordon' : 'Uncordon'} node ${name} on context ${cluster.context}: new pods ${cordon ? 'are not put there any more' : 'may be put there again'}`,
      effects: [effect],
      blast: NO_BLAST,
      base: { risk: 'low', reason: 'Pods that run on the node go on running.' },
      notes,
      undo: {
        operation: 'infra.k8s.nodes.cordonNode',
        input: { context: cluster.context, name, cordon: !cordon },
        loses: [],
      },
      steps: { target: objectRef(BUILT_IN.nodes, before), cordon },
    },
    planning,
  )
}

export async function executeCordon(
  cluster: Cluster,
  { target, cordon }: CordonSteps,
  execution: Execution,
  fresh: Plan<CordonSteps>,
): Promise<Done<CordonResult>> {
  await sendPatch(cluster, target, cordonPatch(cordon), { execution, fresh })
  return { outcome: 'succeeded', output: { name: target.name, cordoned: cordon } }
}

/** Idempotent: a node that is as it should be needs no more proof. */
export const evidenceCordon = (
  cluster: Cluster,
  { target, cordon }: CordonSteps,
  executionId: string,
): Promise<Evidence> =>
  patchEvidence(cluster, target, executionId, (node) => (at(node, 'spec.unschedulable') === true) === cordon)
