import Type from 'typebox'
import { UninstallInput, ReleaseResult, ReleaseSteps } from '../../services/helm/change-schema.ts'
import { ReleaseName } from '../../services/helm/schema.ts'
import { defineChange } from '../define.ts'
import { Namespace } from '../schemas.ts'
import { RareContext } from './rare-context.ts'

export const uninstallRelease = defineChange({
  name: 'infra.k8s.helm.uninstallRelease',
  title: 'Uninstall a Helm release',
  description: 'Asks to uninstall a release.',
  effect: { destructive: true, idempotent: false },
  changes: 'cluster',
  input: Type.Object({
    context: RareContext,
    namespace: Namespace,
    name: ReleaseName,
    ...UninstallInput,
  }),
  output: ReleaseResult,
  steps: ReleaseSteps,
  plan: (input, { releaseChanges }, planning) => releaseChanges.planUninstall(input, planning),
  execute: (steps, { releaseChanges }, execution) => releaseChanges.execute(steps, execution),
  evidence: (steps, { releaseChanges }, executionId, processGroup) =>
    releaseChanges.evidence(steps, executionId, processGroup),
})
