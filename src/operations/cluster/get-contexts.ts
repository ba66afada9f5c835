import Type from 'typebox'
import { Closed } from '../../schema.ts'
import { ContextRow } from '../../services/contexts.ts'
import { defineRead } from '../define.ts'
import { table } from '../text.ts'

export const getContexts = defineRead({
  name: 'infra.k8s.cluster.getContexts',
  title: 'List contexts',
  description: 'Contexts of the kubeconfig and which is current. getStatus says which answer.',
  input: Type.Object({}),
  output: Closed({
    source: Type.String({ description: 'Where they come from: kubeconfig, in-cluster or none.' }),
    files: Type.Array(Type.String(), { description: 'Kubeconfig files read.' }),
    items: Type.Array(ContextRow),
    problem: Type.Optional(Type.String({ description: 'What is wrong with the kubeconfig.' })),
    next: Type.Optional(Type.String({ description: 'What to do about it.' })),
  }),
  handle: async (_input, { contexts, call }) => {
    const { source, files, problem, howTo } = contexts.source
    const items = contexts.list(call)
    return {
      source,
      files,
      items,
      ...(problem === undefined ? {} : { problem }),
      ...(howTo === undefined ? {} : { next: howTo }),
    }
  },
  text: ({ source, items, problem, next }) =>
    [
      `${items.length} contexts (${source})`,
      ...[problem, next].filter((line) => line !== undefined),
      table(
        ['context', 'current', 'cluster', 'server', 'user', 'namespace', 'problem'],
        items.map((each) => [
          each.name,
          each.current ? 'yes' : '',
          each.cluster,
          each.server,
          each.user,
          each.namespace,
          each.problem,
        ]),
      ),
    ].join('\n'),
})
