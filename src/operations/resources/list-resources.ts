import Type from 'typebox'
import { ListOf } from '../../schema.ts'
import { ResourceRow } from '../../services/resources.ts'
import { defineRead } from '../define.ts'
import { Kind, listInput } from '../schemas.ts'
import { anyListText } from '../text.ts'

export const listResources = defineRead({
  name: 'infra.k8s.resources.listResources',
  title: 'List objects of any kind',
  description: 'Objects of any kind, custom resources included, with the columns kubectl prints for it.',
  input: Type.Object({ kind: Kind, ...listInput }),
  output: ListOf(ResourceRow),
  handle: (input, { resources }) => resources.list(input),
  text: (answer) => anyListText('objects', answer),
})
