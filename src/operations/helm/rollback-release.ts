import Type from 'typebox'
import { RollbackInput } from '../../services/helm/change-schema.ts'
import { defineChange } from '../define.ts'
import { changeOfRelease, WhichRelease } from './release-change.ts'

export const rollbackRelease = defineChange({
  ...changeOfRelease,
  name: 'infra.k8s.helm.rollbackRelease',
  title: 'Roll back a Helm release',
  description: 'Asks to make a release what it was at an earlier revision.',
  input: Type.Object({ ...WhichRelease, ...RollbackInput }),
  plan: (input, { releaseChanges }, planning) => releaseChanges.planRollback(input, planning),
})
