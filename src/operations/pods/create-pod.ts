import Type from 'typebox'
import {
  CreatePodInput,
  CreatePodResult,
  CreatePodSteps,
  evidenceCreatePod,
  executeCreatePod,
  planCreatePod,
} from '../../services/changes/create-pod.ts'
import { defineChange } from '../define.ts'
import { namespacedInput } from '../schemas.ts'

export const createPod = defineChange({
  name: 'infra.k8s.pods.createPod',
  title: 'Create a pod',
  description: 'Asks to create a pod: from an image, or a whole Pod.',
  effect: { destructive: false, idempotent: false },
  changes: 'cluster',
  input: Type.Object({ ...namespacedInput, ...CreatePodInput }),
  output: CreatePodResult,
  steps: CreatePodSteps,
  plan: (input, { cluster }, planning) => planCreatePod(cluster, input, planning),
  execute: (steps, { cluster }, execution, fresh) => executeCreatePod(cluster, steps, execution, fresh),
  evidence: (steps, { cluster }, executionId) => evidenceCreatePod(cluster, steps, executionId),
})
