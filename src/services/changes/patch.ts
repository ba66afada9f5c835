import Type, { type Static } from 'typebox'
import { problems } from '../../errors.ts'
import { getObject } from '../../kubernetes/lists.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { Closed, OneOf } from '../../schema.ts'
import type { Cluster } from '../cluster.ts'
import { groupOf } from '../describe/read.ts'
import { comparable } from '../manifests/comparable.ts'
import { compose, type Planning } from './compose.ts'
import { withSecretChanges } from './given.ts'
import { maskObject } from '../safety/mask-object.ts'
import { sameMeaning } from './hash.ts'
import { checkedPatch, disguisedPatch } from './patch-body.ts'
import { patchEffect, rehearsePatch, sendPatch } from './patching.ts'
import type { Done, Evidence, Execution, Plan, Undo } from './plan.ts'
import { called, locate, ObjectRef, objectRef } from './targets.ts'
import { mergePatchBetween } from './undo.ts'
import { changeBlast } from './workloads.ts'
import { patchEvidence } from './writes.ts'

const PatchType = OneOf(['merge', 'strategic', 'json'], 'strategic: built-in kinds only; json: RFC 6902.', {
  default: 'strategic',
})
const PatchBody = Type.Union(
  [
    Type.Record(Type.String(), Type.Unknown()),
    Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 100 }),
  ],
  {
    description: 'Object; for json a list of operations.',
  },
)

export const PatchInput = { type: Type.Optional(PatchType), patch: PatchBody }

export const PatchSteps = Closed({ target: ObjectRef, type: PatchType, patch: PatchBody })
export type PatchSteps = Static<typeof PatchSteps>

export const PatchResult = Closed({
  kind: Type.String({ description: 'Kind.' }),
  namespace: Type.Optional(Type.String({ description: 'Namespace.' })),
  name: Type.String({ description: 'Name.' }),
  generation: Type.Optional(Type.Integer({ description: 'Its generation now.' })),
})
export type PatchResult = Static<typeof PatchResult>

export interface PatchQuestion {
  kind: string
  namespace?: string
  name: string
  type?: PatchSteps['type']
  patch: PatchSteps['patch']
}

/** A patch of one object. Throws `bad_input` for a patch that would get around a rule, `nothing_to_change` for one without effect. */
export async function planPatch(
  cluster: Cluster,
  input: PatchQuestion,
  planning: Planning = {},
): Promise<Plan<PatchSteps>> {
  const { kind, namespace, name, patch } = input
  const located = await locate(cluster, { kind, ...(namespace === undefined ? {} : { namespace }) }, 'patch')
  const before = await getObject(cluster.api, located.type, located.namespace, name)
  const type = input.type ?? (groupOf(before).includes('.') ? 'merge' : 'strategic')
  checkedPatch(type, patch, before)
  const { body, given } = disguisedPatch(type, patch, before)
  const { effect, notes } = await patchEffect(cluster, located.type, before, { type, body }, given)
  if (effect.rows.length === 0) throw problems.nothingToChange(`The patch changes nothing of ${called(before)}.`)
  const { after, rows } = effect
  const givesSecret = rows.some(({ op }) => op === 'set')
  const { blast, notes: more } = await changeBlast(cluster, effect)
  return compose(
    cluster,
    {
      summary: `Patch ${called(before)} on context ${cluster.context}: ${effect.rows.length} field${effect.rows.length === 1 ? '' : 's'}`,
      effects: [{ ...effect, rows: withSecretChanges(effect.rows, before, patch) }],
      blast,
      base: { risk: 'medium', reason: 'An object is changed by hand.' },
      notes: [...notes, ...more, ...(given.length === 0 ? [] : ['Secret values were not sent for the dry run.'])],
      undo: undoOf(cluster, before, givesSecret && before.kind !== 'Secret' ? maskObject(after) : after, kind),
      steps: { target: objectRef(located.type, before), type, patch },
    },
    planning,
  )
}

// Of what was rehearsed without its secret values, a value that is masked never equals the one that is there, so it is put back.
function undoOf(cluster: Cluster, before: KubeObject, after: KubeObject, kind: string): Undo | undefined {
  const patch = mergePatchBetween(comparable(after), comparable(before))
  if (patch === undefined) return undefined
  const { namespace, name } = before.metadata
  const where = { context: cluster.context, kind, ...(namespace === undefined ? {} : { namespace }), name }
  return { operation: 'infra.k8s.resources.patchResource', input: { ...where, type: 'merge', patch }, loses: [] }
}

export async function executePatch(
  cluster: Cluster,
  { target, type, patch }: PatchSteps,
  execution: Execution,
  fresh: Plan<PatchSteps>,
): Promise<Done<PatchResult>> {
  const now = await sendPatch(cluster, target, { type, body: patch }, { execution, fresh })
  const where = target.namespace === undefined ? {} : { namespace: target.namespace }
  const { generation } = now.metadata
  return {
    outcome: 'succeeded',
    output: {
      kind: target.resource.kind,
      ...where,
      name: target.name,
      ...(generation === undefined ? {} : { generation }),
    },
  }
}

/** Our entry in managedFields, or a dry run that would change nothing any more: of the patch as it was approved and sent, secrets included. */
export const evidencePatch = (
  cluster: Cluster,
  { target, type, patch }: PatchSteps,
  executionId: string,
): Promise<Evidence> =>
  patchEvidence(cluster, target, executionId, async (now) => {
    const { after } = await rehearsePatch(cluster, target, { type, body: patch }, true)
    return sameMeaning(now, after)
  })
