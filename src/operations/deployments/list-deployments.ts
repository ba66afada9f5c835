import Type from 'typebox'
import { ListOf } from '../../schema.ts'
import { DeploymentRow } from '../../services/deployments.ts'
import { defineRead } from '../define.ts'
import { listInput } from '../schemas.ts'
import { listText } from '../text.ts'

export const listDeployments = defineRead({
  name: 'infra.k8s.deployments.listDeployments',
  title: 'List deployments',
  description: 'Deployments as kubectl get -o wide.',
  input: Type.Object(listInput),
  output: ListOf(DeploymentRow),
  handle: (input, { deployments }) => deployments.list(input),
  text: (answer) =>
    listText('deployments', answer, [
      'namespace',
      'name',
      'ready',
      'upToDate',
      'available',
      'age',
      'images',
      'selector',
    ]),
})
