import Type from 'typebox'
import {
  DrainInput,
  DrainResult,
  DrainSteps,
  evidenceDrain,
  executeDrain,
  planDrain,
} from '../../services/changes/drain.ts'
import { defineChange } from '../define.ts'
import { ContextName, Name } from '../schemas.ts'

export const drainNode = defineChange({
  name: 'infra.k8s.nodes.drainNode',
  title: 'Drain a node',
  description: 'Asks to cordon a node and evict its pods, within their disruption budgets.',
  effect: { destructive: true, idempotent: true },
  changes: 'cluster',
  input: Type.Object({ context: Type.Optional(ContextName), name: Name, ...DrainInput }),
  output: DrainResult,
  steps: DrainSteps,
  plan: (input, { cluster }, planning) => planDrain(cluster, input, planning),
  execute: (steps, { cluster }, execution, fresh) => executeDrain(cluster, steps, execution, fresh),
  evidence: (steps, { cluster }) => evidenceDrain(cluster, steps),
})
