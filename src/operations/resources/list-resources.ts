import Type from 'typebox'
import { ListOf } from '../../schema.ts'
import { ResourceRow } from '../../services/resources.ts'
import { defineRead } from '../define.ts'
import { FieldSelector, Kind, listInput } from '../schemas.ts'
import { anyListText } from '../text.ts'

export const listResources = defineRead({
  name: 'infra.k8s.resources.listResources',
  title: 'List objects of any kind',
  description: 'Objects of any kind, custom resources too, as kubectl get.',
  input: Type.Object({ kind: Kind, ...listInput, fieldSelector: Type.Optional(FieldSelector) }),
  output: ListOf(ResourceRow),
  handle: (input, { resources }) => resources.list(input),
  text: (answer) => anyListText('objects', answer),
})
