import Type from 'typebox'
import { ApiResources } from '../../services/access.ts'
import { defineRead } from '../define.ts'
import { ContextName } from '../schemas.ts'
import { bounded, table } from '../text.ts'

export const listApiResources = defineRead({
  name: 'infra.k8s.cluster.listApiResources',
  title: 'List API resources',
  description: 'Kinds of this cluster, custom resources too.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    group: Type.Optional(Type.String({ maxLength: 253, description: 'API group; empty: core.' })),
    namespaced: Type.Optional(Type.Boolean({ description: 'In namespaces, or not.' })),
    verb: Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: 'Verb they take.' })),
  }),
  output: ApiResources,
  handle: (input, { access }) => access.apiResources(input),
  text: ({ context, items, unavailable = [] }) => {
    const rows = items.map((each) => [
      each.name,
      each.shortNames.join(','),
      each.apiVersion,
      each.namespaced ? 'yes' : 'no',
      each.kind,
    ])
    const missing = unavailable.length === 0 ? [] : [`Not answering: ${unavailable.join(', ')}`]
    return bounded(
      [
        `${items.length} resource types (context ${context})`,
        ...missing,
        table(['name', 'short', 'apiVersion', 'namespaced', 'kind'], rows),
      ].join('\n'),
    )
  },
})
