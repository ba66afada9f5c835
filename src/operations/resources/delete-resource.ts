import Type from 'typebox'
import {
  DeleteResourceInput,
  DeleteResult,
  DeleteSteps,
  evidenceDelete,
  executeDelete,
  planDeleteResource,
} from '../../services/changes/delete.ts'
import { defineChange } from '../define.ts'
import { objectInput } from '../schemas.ts'

export const deleteResource = defineChange({
  name: 'infra.k8s.resources.deleteResource',
  title: 'Delete an object',
  description: 'Asks to delete one object of any kind.',
  effect: { destructive: true, idempotent: true },
  changes: 'cluster',
  input: Type.Object({
    ...objectInput,
    ...DeleteResourceInput,
  }),
  output: DeleteResult,
  steps: DeleteSteps,
  plan: (input, { cluster }, planning) => planDeleteResource(cluster, input, planning),
  execute: (steps, { cluster }, execution, fresh) => executeDelete(cluster, steps, execution, fresh),
  evidence: (steps, { cluster }) => evidenceDelete(cluster, steps),
})
