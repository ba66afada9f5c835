import Type from 'typebox'
import { UninstallInput } from '../../services/helm/change-schema.ts'
import { defineChange } from '../define.ts'
import { changeOfRelease, WhichRelease } from './release-change.ts'

export const uninstallRelease = defineChange({
  ...changeOfRelease,
  name: 'infra.k8s.helm.uninstallRelease',
  title: 'Uninstall a Helm release',
  description: 'Asks to uninstall a release.',
  input: Type.Object({ ...WhichRelease, ...UninstallInput }),
  plan: (input, { releaseChanges }, planning) => releaseChanges.planUninstall(input, planning),
})
