import Type from 'typebox'
import { evidenceSwitch, executeSwitch, planSwitch, SwitchResult, SwitchSteps } from '../../services/switch-context.ts'
import { defineChange } from '../define.ts'
import { ContextName } from '../schemas.ts'

export const switchContext = defineChange({
  name: 'infra.k8s.cluster.switchContext',
  title: 'Switch the current context',
  description: 'Asks for another current context of the caller. Naming context in a call needs no switch.',
  effect: { destructive: false, idempotent: true },
  changes: 'setting',
  input: Type.Object({
    contextName: Type.String({ ...ContextName, description: 'Context.' }),
  }),
  output: SwitchResult,
  steps: SwitchSteps,
  plan: async ({ contextName }, { contexts, call }) => planSwitch(contexts, call, contextName),
  execute: (steps, { contexts, call }, execution) => executeSwitch(contexts, call, steps, execution),
  evidence: async (steps, { contexts }) => evidenceSwitch(contexts, steps),
})
