import Type from 'typebox'
import { RollbackInput, ReleaseResult, ReleaseSteps } from '../../services/helm/change-schema.ts'
import { ReleaseName } from '../../services/helm/schema.ts'
import { defineChange } from '../define.ts'
import { Namespace } from '../schemas.ts'
import { RareContext } from './rare-context.ts'

export const rollbackRelease = defineChange({
  name: 'infra.k8s.helm.rollbackRelease',
  title: 'Roll back a Helm release',
  description: 'Asks to make a release what it was at an earlier revision.',
  effect: { destructive: true, idempotent: false },
  changes: 'cluster',
  input: Type.Object({
    context: RareContext,
    namespace: Namespace,
    name: ReleaseName,
    ...RollbackInput,
  }),
  output: ReleaseResult,
  steps: ReleaseSteps,
  plan: (input, { releaseChanges }, planning) => releaseChanges.planRollback(input, planning),
  execute: (steps, { releaseChanges }, execution) => releaseChanges.execute(steps, execution),
  evidence: (steps, { releaseChanges }, executionId, processGroup) =>
    releaseChanges.evidence(steps, executionId, processGroup),
})
