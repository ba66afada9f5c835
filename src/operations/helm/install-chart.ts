import Type from 'typebox'
import { InstallInput } from '../../services/helm/change-schema.ts'
import { defineChange } from '../define.ts'
import { changeOfRelease, WhichRelease } from './release-change.ts'

export const installChart = defineChange({
  ...changeOfRelease,
  name: 'infra.k8s.helm.installChart',
  title: 'Install a Helm chart',
  description: 'Asks to install a chart.',
  input: Type.Object({ ...WhichRelease, ...InstallInput }),
  unlogged: ['values', 'valuesYaml'],
  plan: (input, { releaseChanges }, planning) => releaseChanges.planInstall(input, planning),
})
