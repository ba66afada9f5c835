import Type from 'typebox'
import { ApiResources } from '../../services/access.ts'
import { defineRead } from '../define.ts'
import { ContextName } from '../schemas.ts'
import { bounded, table } from '../text.ts'

export const listApiResources = defineRead({
  name: 'infra.k8s.cluster.listApiResources',
  title: 'List API resources',
  description: 'Every kind this cluster has, custom resources included, with short names and verbs.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    group: Type.Optional(
      Type.String({ maxLength: 253, description: 'Only this API group; empty text: the core group.' }),
    ),
    namespaced: Type.Optional(Type.Boolean({ description: 'Only kinds that are in namespaces, or only the others.' })),
    verb: Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: 'Only kinds that take this verb.' })),
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
