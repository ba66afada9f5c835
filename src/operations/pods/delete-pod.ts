import Type from 'typebox'
import {
  DeletePodInput,
  DeleteResult,
  DeleteSteps,
  evidenceDelete,
  executeDelete,
  planDeletePod,
} from '../../services/changes/delete.ts'
import { defineChange } from '../define.ts'
import { namespacedInput } from '../schemas.ts'

export const deletePod = defineChange({
  name: 'infra.k8s.pods.deletePod',
  title: 'Delete a pod',
  description: 'Asks to delete a pod.',
  effect: { destructive: true, idempotent: true },
  changes: 'cluster',
  input: Type.Object({ ...namespacedInput, ...DeletePodInput }),
  output: DeleteResult,
  steps: DeleteSteps,
  plan: (input, { cluster }, planning) => planDeletePod(cluster, input, planning),
  execute: (steps, { cluster }, execution, fresh) => executeDelete(cluster, steps, execution, fresh),
  evidence: (steps, { cluster }) => evidenceDelete(cluster, steps),
})
