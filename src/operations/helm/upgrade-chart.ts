import Type from 'typebox'
import { UpgradeInput } from '../../services/helm/change-schema.ts'
import { defineChange } from '../define.ts'
import { changeOfRelease, WhichRelease } from './release-change.ts'

export const upgradeChart = defineChange({
  ...changeOfRelease,
  name: 'infra.k8s.helm.upgradeChart',
  title: 'Upgrade a Helm release',
  description: 'Asks to upgrade a release.',
  input: Type.Object({ ...WhichRelease, ...UpgradeInput }),
  unlogged: ['values', 'valuesYaml'],
  plan: (input, { releaseChanges }, planning) => releaseChanges.planUpgrade(input, planning),
})
