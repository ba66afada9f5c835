import Type from 'typebox'
import { KindList } from '../../services/docs/reference/schema.ts'
import { defineRead } from '../define.ts'
import { ContextName } from '../schemas.ts'
import { bounded, table } from '../text.ts'
import { ReferenceVersion } from './explain.ts'
import { sourceText } from './explain-text.ts'
import { clusterFor } from './reference-cluster.ts'

export const listApiReference = defineRead({
  name: 'infra.k8s.docs.listApiReference',
  title: 'List the API reference',
  description: 'Every kind that explain knows: of the cluster when connected, else built in.',
  input: Type.Object({
    version: Type.Optional(ReferenceVersion),
    context: Type.Optional(ContextName),
  }),
  output: KindList,
  public: true,
  untrusted: true,
  handle: ({ context, version }, services) =>
    services.reference.kinds(clusterFor(services, context), { version, insist: context !== undefined }),
  text: ({ source, kinds, unavailable }) => {
    const rows = kinds.map((each) => [
      each.kind,
      each.name,
      each.shortNames.join(','),
      each.apiVersion,
      each.namespaced ? 'yes' : 'no',
    ])
    const missing = unavailable.length === 0 ? [] : [`Not answering: ${unavailable.join(', ')}`]
    return bounded(
      [
        `${kinds.length} kinds (${sourceText(source)})`,
        ...missing,
        table(['kind', 'name', 'short', 'apiVersion', 'namespaced'], rows),
      ].join('\n'),
    )
  },
})
