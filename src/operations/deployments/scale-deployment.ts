import Type from 'typebox'
import {
  evidenceScale,
  executeScale,
  planScale,
  ScaleInput,
  ScaleResult,
  ScaleSteps,
} from '../../services/changes/scale.ts'
import { defineChange } from '../define.ts'
import { namespacedInput } from '../schemas.ts'

export const scaleDeployment = defineChange({
  name: 'infra.k8s.deployments.scaleDeployment',
  title: 'Scale a deployment',
  description: 'Asks to scale a deployment.',
  effect: { destructive: true, idempotent: true },
  changes: 'cluster',
  input: Type.Object({ ...namespacedInput, ...ScaleInput }),
  output: ScaleResult,
  steps: ScaleSteps,
  plan: (input, { cluster }, planning) => planScale(cluster, input, planning),
  execute: (steps, { cluster }, execution, fresh) => executeScale(cluster, steps, execution, fresh),
  evidence: (steps, { cluster }, executionId) => evidenceScale(cluster, steps, executionId),
})
