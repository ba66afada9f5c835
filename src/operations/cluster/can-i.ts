import Type from 'typebox'
import { Access } from '../../services/access.ts'
import { defineRead } from '../define.ts'
import { AllNamespaces, ContextName, Name, Namespace } from '../schemas.ts'

export const canI = defineRead({
  name: 'infra.k8s.cluster.canI',
  title: 'Check permission',
  description: 'Whether we may do something, as the API server answers.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    verb: Type.String({
      pattern: '^([a-z]{1,32}|[*])$',
      description: 'get, list, create, delete ...',
    }),
    resource: Type.String({
      pattern: '^([A-Za-z][A-Za-z0-9.-]{0,252}|[*])(/[a-z]{1,63})?$',
      description: 'Kind or short name; with a subresource: pods/exec.',
    }),
    namespace: Type.Optional(Namespace),
    allNamespaces: Type.Optional(AllNamespaces),
    name: Type.Optional(Name),
  }),
  output: Access,
  handle: (input, { access }) => access.canI(input),
  text: ({ allowed, verb, resource, namespace, name, context, reason, problem }) => {
    const where = namespace === undefined ? 'in every namespace' : `in namespace ${namespace}`
    const why = [reason, problem].filter((each) => each !== undefined).join('; ')
    return `${allowed ? 'yes' : 'no'}: ${verb} ${resource}${name === undefined ? '' : ` ${name}`} ${where} (context ${context})${why === '' ? '' : `: ${why}`}`
  },
})
