import Type, { type Static } from 'typebox'
import { problems } from '../../errors.ts'
import { getObject } from '../../kubernetes/lists.ts'
import { BUILT_IN } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { Closed } from '../../schema.ts'
import type { Cluster } from '../cluster.ts'
import { at, fieldsAt, ownedBy } from '../describe/read.ts'
import { selectorText } from '../selectors.ts'
import { compose, type Planning } from './compose.ts'
import { type Patch, patchEffect, sendPatch } from './patching.ts'
import type { Done, Evidence, Execution, Plan } from './plan.ts'
import { called, everyObject, ObjectRef, objectRef } from './targets.ts'
import { workloadBlast } from './workloads.ts'
import { patchEvidence } from './writes.ts'

export const UndoRolloutInput = {
  toRevision: Type.Optional(Type.Integer({ minimum: 1, description: 'Default: the one before.' })),
}

/** `template`: as the revision has it; what was shown is what is sent, whatever becomes of its ReplicaSet. */
export const UndoRolloutSteps = Closed({
  target: ObjectRef,
  template: Type.Record(Type.String(), Type.Unknown()),
  revision: Type.Integer(),
})
export type UndoRolloutSteps = Static<typeof UndoRolloutSteps>

export const UndoRolloutResult = Closed({
  namespace: Type.String({ description: 'Namespace.' }),
  name: Type.String({ description: 'Deployment.' }),
  fromRevision: Type.Integer({ description: 'Revision whose template it has again.' }),
})
export type UndoRolloutResult = Static<typeof UndoRolloutResult>

const REVISION = 'deployment.kubernetes.io/revision'
const HASH_LABEL = 'pod-template-hash'

const revisionOf = ({ metadata }: KubeObject): number => Number(metadata.annotations?.[REVISION] ?? 0)

/** The deployment's template is that of an older revision again. Throws `bad_input` where there is no such revision. */
export async function planUndoRollout(
  cluster: Cluster,
  input: { namespace: string; name: string; toRevision?: number },
  planning: Planning = {},
): Promise<Plan<UndoRolloutSteps>> {
  const { namespace, name } = input
  const before = await getObject(cluster.api, BUILT_IN.deployments, namespace, name)
  if (at(before, 'spec.paused') === true)
    throw problems.badInput(`${called(before)} is paused: a rollout of it cannot be undone.`, 'Resume it first.')
  const all = await revisions(cluster, before)
  const source = pick(all, input.toRevision, called(before))
  // The newest ReplicaSet's: the deployment's own annotation comes a moment later.
  const current = revisionOf(all[0] ?? before)
  const template = templateOf(source)
  const { effect, notes } = await patchEffect(cluster, BUILT_IN.deployments, before, patchOf(template))
  if (effect.rows.length === 0)
    throw problems.nothingToChange(`${called(before)} has the template of revision ${revisionOf(source)} already.`)
  const { blast, notes: more } = await workloadBlast(cluster, effect)
  return compose(
    cluster,
    {
      summary: `Roll ${called(before)} on context ${cluster.context} back from revision ${current} to ${revisionOf(source)}`,
      effects: [effect],
      blast,
      base: { risk: 'medium', reason: 'All pods are replaced by those of an older revision.' },
      notes: [...notes, ...more],
      undo: {
        operation: 'infra.k8s.deployments.undoRollout',
        input: { context: cluster.context, namespace, name, toRevision: current },
        loses: ['logs and local data of the pods that end'],
      },
      steps: { target: objectRef(BUILT_IN.deployments, before), template, revision: revisionOf(source) },
    },
    planning,
  )
}

async function revisions(cluster: Cluster, deployment: KubeObject): Promise<KubeObject[]> {
  const { items } = await everyObject(cluster, BUILT_IN.replicaSets, {
    namespace: deployment.metadata.namespace,
    labelSelector: selectorText(deployment),
  })
  return items.filter((each) => ownedBy(each, deployment)).toSorted((a, b) => revisionOf(b) - revisionOf(a))
}

function pick(all: readonly KubeObject[], asked: number | undefined, name: string): KubeObject {
  const found = asked === undefined ? all[1] : all.find((each) => revisionOf(each) === asked)
  const known = `It has ${all.map(revisionOf).join(', ') || 'none'}; getRollout shows them.`
  if (found === undefined)
    throw problems.badInput(`${name} has no ${asked === undefined ? 'older revision' : `revision ${asked}`}.`, known)
  return found
}

// As kubectl rollout undo: the whole template, without the label that the controller adds to each ReplicaSet's.
function templateOf(source: KubeObject): Record<string, unknown> {
  const template = fieldsAt(source, 'spec.template')
  const metadata = fieldsAt(template, 'metadata')
  const { [HASH_LABEL]: _, ...labels } = fieldsAt(metadata, 'labels')
  return { ...template, metadata: { ...metadata, labels } }
}

const patchOf = (template: UndoRolloutSteps['template']): Patch => ({
  type: 'json',
  body: [{ op: 'replace', path: '/spec/template', value: template }],
})

export async function executeUndoRollout(
  cluster: Cluster,
  { target, template, revision }: UndoRolloutSteps,
  execution: Execution,
  fresh: Plan<UndoRolloutSteps>,
): Promise<Done<UndoRolloutResult>> {
  await sendPatch(cluster, target, patchOf(template), { execution, fresh })
  return {
    outcome: 'succeeded',
    output: { namespace: target.namespace ?? '', name: target.name, fromRevision: revision },
  }
}

export const evidenceUndoRollout = (
  cluster: Cluster,
  { target }: UndoRolloutSteps,
  executionId: string,
): Promise<Evidence> => patchEvidence(cluster, target, executionId)
