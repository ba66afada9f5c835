import Type from 'typebox'
import { problems } from '../../errors.ts'
import { ContextRow } from '../../services/contexts.ts'
import { defineRead } from '../define.ts'

export const getCurrentContext = defineRead({
  name: 'infra.k8s.cluster.getCurrentContext',
  title: 'Current context',
  description: 'Where calls without context go.',
  input: Type.Object({}),
  output: ContextRow,
  handle: async (_input, { contexts, call }) => {
    const current = contexts.list(call).find((each) => each.current)
    if (current !== undefined) return current
    const { problem, howTo } = contexts.source
    throw problems.clusterUnavailable('A cluster', problem ?? 'the kubeconfig has no current context.', howTo)
  },
  text: ({ name, cluster, server, user, namespace, problem }) =>
    `${name}: cluster ${cluster} at ${server ?? 'no server'}, user ${user}, namespace ${namespace}${problem === undefined ? '' : `\n${problem}`}`,
})
