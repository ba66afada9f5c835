import Type from 'typebox'
import {
  evidenceRestart,
  executeRestart,
  planRestart,
  RestartResult,
  RestartSteps,
} from '../../services/changes/restart.ts'
import { defineChange } from '../define.ts'
import { namespacedInput } from '../schemas.ts'

export const restartDeployment = defineChange({
  name: 'infra.k8s.deployments.restartDeployment',
  title: 'Restart a deployment',
  description: 'Asks to replace every pod of a deployment, as kubectl rollout restart.',
  effect: { destructive: true, idempotent: false },
  changes: 'cluster',
  input: Type.Object(namespacedInput),
  output: RestartResult,
  steps: RestartSteps,
  plan: (input, { cluster }, planning) => planRestart(cluster, input, planning),
  execute: (steps, { cluster }, execution, fresh) => executeRestart(cluster, steps, execution, fresh),
  evidence: (steps, { cluster }, executionId) => evidenceRestart(cluster, steps, executionId),
})
