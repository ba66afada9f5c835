import Type from 'typebox'
import {
  CordonInput,
  CordonResult,
  CordonSteps,
  evidenceCordon,
  executeCordon,
  planCordon,
} from '../../services/changes/cordon.ts'
import { defineChange } from '../define.ts'
import { ContextName, Name } from '../schemas.ts'

export const cordonNode = defineChange({
  name: 'infra.k8s.nodes.cordonNode',
  title: 'Cordon or uncordon a node',
  description: 'Asks to keep new pods away from a node, or to let them there again.',
  effect: { destructive: true, idempotent: true },
  changes: 'cluster',
  input: Type.Object({ context: Type.Optional(ContextName), name: Name, ...CordonInput }),
  output: CordonResult,
  steps: CordonSteps,
  plan: (input, { cluster }, planning) => planCordon(cluster, input, planning),
  execute: (steps, { cluster }, execution, fresh) => executeCordon(cluster, steps, execution, fresh),
  evidence: (steps, { cluster }, executionId) => evidenceCordon(cluster, steps, executionId),
})
