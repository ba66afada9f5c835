import Type from 'typebox'
import { ListOf } from '../../schema.ts'
import { NodeRow } from '../../services/nodes.ts'
import { defineRead } from '../define.ts'
import { clusterListInput } from '../schemas.ts'
import { listText } from '../text.ts'

export const listNodes = defineRead({
  name: 'infra.k8s.nodes.listNodes',
  title: 'List nodes',
  description: 'Nodes as kubectl get -o wide.',
  input: Type.Object(clusterListInput),
  output: ListOf(NodeRow),
  handle: (input, { nodes }) => nodes.list(input),
  text: (answer) =>
    listText('nodes', answer, [
      'name',
      'status',
      'roles',
      'age',
      'version',
      'internalIp',
      'osImage',
      'containerRuntime',
    ]),
})
