import Type from 'typebox'
import { evidenceExec, ExecInput, ExecResult, ExecSteps, executeExec, planExec } from '../../services/changes/exec.ts'
import { defineChange } from '../define.ts'
import { Container, namespacedInput } from '../schemas.ts'

export const execInPod = defineChange({
  name: 'infra.k8s.pods.execInPod',
  title: 'Run a command in a pod',
  description: 'Asks to run a command in a container; its result has exit code, stdout, stderr.',
  effect: { destructive: true, idempotent: false },
  changes: 'cluster',
  input: Type.Object({
    ...namespacedInput,
    container: Type.Optional(Container),
    ...ExecInput,
  }),
  output: ExecResult,
  unlogged: ['stdin'],
  steps: ExecSteps,
  plan: (input, { cluster }, planning) => planExec(cluster, input, planning),
  execute: (steps, { cluster }, execution) => executeExec(cluster, steps, execution),
  evidence: () => evidenceExec(),
})
