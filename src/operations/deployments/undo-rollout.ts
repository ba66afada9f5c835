import Type from 'typebox'
import {
  evidenceUndoRollout,
  executeUndoRollout,
  planUndoRollout,
  UndoRolloutInput,
  UndoRolloutResult,
  UndoRolloutSteps,
} from '../../services/changes/undo-rollout.ts'
import { defineChange } from '../define.ts'
import { namespacedInput } from '../schemas.ts'

export const undoRollout = defineChange({
  name: 'infra.k8s.deployments.undoRollout',
  title: 'Undo a rollout',
  description: 'Asks to go back to an older revision of a deployment (getRollout lists them).',
  effect: { destructive: true, idempotent: false },
  changes: 'cluster',
  input: Type.Object({ ...namespacedInput, ...UndoRolloutInput }),
  output: UndoRolloutResult,
  steps: UndoRolloutSteps,
  plan: (input, { cluster }, planning) => planUndoRollout(cluster, input, planning),
  execute: (steps, { cluster }, execution, fresh) => executeUndoRollout(cluster, steps, execution, fresh),
  evidence: (steps, { cluster }, executionId) => evidenceUndoRollout(cluster, steps, executionId),
})
