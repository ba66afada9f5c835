import Type from 'typebox'
import {
  evidencePatch,
  executePatch,
  PatchInput,
  PatchResult,
  PatchSteps,
  planPatch,
} from '../../services/changes/patch.ts'
import { defineChange } from '../define.ts'
import { ContextName, Kind, Name, Namespace } from '../schemas.ts'

export const patchResource = defineChange({
  name: 'infra.k8s.resources.patchResource',
  title: 'Patch an object',
  description: 'Asks to patch one object of any kind.',
  effect: { destructive: true, idempotent: false },
  changes: 'cluster',
  input: Type.Object({
    context: Type.Optional(ContextName),
    kind: Kind,
    namespace: Type.Optional(Namespace),
    name: Name,
    ...PatchInput,
  }),
  output: PatchResult,
  steps: PatchSteps,
  plan: (input, { cluster }, planning) => planPatch(cluster, input, planning),
  execute: (steps, { cluster }, execution, fresh) => executePatch(cluster, steps, execution, fresh),
  evidence: (steps, { cluster }, executionId) => evidencePatch(cluster, steps, executionId),
})
