import Type from 'typebox'
import { ApplyInput, ApplySteps, planApply } from '../../services/changes/apply-plan.ts'
import { ApplyResult, evidenceApply, executeApply } from '../../services/changes/apply.ts'
import { defineChange } from '../define.ts'
import { ContextName, Namespace } from '../schemas.ts'

export const applyManifest = defineChange({
  name: 'infra.k8s.apply.applyManifest',
  title: 'Apply a manifest',
  description: 'Asks to apply a manifest (server-side apply).',
  effect: { destructive: true, idempotent: true },
  changes: 'cluster',
  input: Type.Object({
    context: Type.Optional(ContextName),
    namespace: Type.Optional(Namespace),
    ...ApplyInput,
  }),
  output: ApplyResult,
  yamlBody: 'yamlContent',
  steps: ApplySteps,
  plan: (input, { cluster }, planning) => planApply(cluster, input, planning),
  execute: (steps, { cluster }, execution, fresh) => executeApply(cluster, steps, execution, fresh),
  evidence: (steps, { cluster }, executionId) => evidenceApply(cluster, steps, executionId),
})
