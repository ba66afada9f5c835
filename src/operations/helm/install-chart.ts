import Type from 'typebox'
import { InstallInput, ReleaseResult, ReleaseSteps } from '../../services/helm/change-schema.ts'
import { ReleaseName } from '../../services/helm/schema.ts'
import { defineChange } from '../define.ts'
import { Namespace } from '../schemas.ts'
import { RareContext } from './rare-context.ts'

export const installChart = defineChange({
  name: 'infra.k8s.helm.installChart',
  title: 'Install a Helm chart',
  description: 'Asks to install a chart.',
  effect: { destructive: true, idempotent: false },
  changes: 'cluster',
  input: Type.Object({ context: RareContext, namespace: Namespace, name: ReleaseName, ...InstallInput }),
  output: ReleaseResult,
  unlogged: ['values', 'valuesYaml'],
  steps: ReleaseSteps,
  plan: (input, { releaseChanges }, planning) => releaseChanges.planInstall(input, planning),
  execute: (steps, { releaseChanges }, execution) => releaseChanges.execute(steps, execution),
  evidence: (steps, { releaseChanges }, executionId, processGroup) =>
    releaseChanges.evidence(steps, executionId, processGroup),
})
