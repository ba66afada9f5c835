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
import { objectInput } from '../schemas.ts'

export const patchResource = defineChange({
  name: 'infra.k8s.resources.patchResource',
  title: 'Patch an object',
  description: 'Asks to patch one object of any kind.',
  effect: { destructive: true, idempotent: false },
  changes: 'cluster',
  input: Type.Object({
    ...objectInput,
    ...PatchInput,
  }),
  output: PatchResult,
  steps: PatchSteps,
  plan: (input, { cluster }, planning) => planPatch(cluster, input, planning),
  execute: (steps, { cluster }, execution, fresh) => executePatch(cluster, steps, execution, fresh),
  evidence: (steps, { cluster }, executionId) => evidencePatch(cluster, steps, executionId),
})
