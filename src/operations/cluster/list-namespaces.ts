import Type from 'typebox'
import { ListOf } from '../../schema.ts'
import { listNamespaces as list, NamespaceRow } from '../../services/namespaces.ts'
import { defineRead } from '../define.ts'
import { clusterListInput } from '../schemas.ts'
import { listText } from '../text.ts'

export const listNamespaces = defineRead({
  name: 'infra.k8s.cluster.listNamespaces',
  title: 'List namespaces',
  description: 'Namespaces with their status and age.',
  input: Type.Object(clusterListInput),
  output: ListOf(NamespaceRow),
  handle: (input, { cluster }) => list(cluster, input),
  text: (answer) => listText('namespaces', answer, ['name', 'status', 'age']),
})
