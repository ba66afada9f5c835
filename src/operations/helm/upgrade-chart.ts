import Type from 'typebox'
import { UpgradeInput, ReleaseResult, ReleaseSteps } from '../../services/helm/change-schema.ts'
import { ReleaseName } from '../../services/helm/schema.ts'
import { defineChange } from '../define.ts'
import { Namespace } from '../schemas.ts'
import { RareContext } from './rare-context.ts'

export const upgradeChart = defineChange({
  name: 'infra.k8s.helm.upgradeChart',
  title: 'Upgrade a Helm release',
  description: 'Asks to upgrade a release.',
  effect: { destructive: true, idempotent: false },
  changes: 'cluster',
  input: Type.Object({ context: RareContext, namespace: Namespace, name: ReleaseName, ...UpgradeInput }),
  output: ReleaseResult,
  unlogged: ['values', 'valuesYaml'],
  steps: ReleaseSteps,
  plan: (input, { releaseChanges }, planning) => releaseChanges.planUpgrade(input, planning),
  execute: (steps, { releaseChanges }, execution) => releaseChanges.execute(steps, execution),
  evidence: (steps, { releaseChanges }, executionId, processGroup) =>
    releaseChanges.evidence(steps, executionId, processGroup),
})
