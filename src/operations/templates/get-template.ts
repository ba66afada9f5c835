import Type from 'typebox'
import { problems } from '../../errors.ts'
import { OneOf, UNLISTED } from '../../schema.ts'
import type { Cluster } from '../../services/cluster.ts'
import type { Services } from '../../services/index.ts'
import { FilledTemplate } from '../../services/templates/schema.ts'
import { parametersOf } from '../../services/templates/templates.ts'
import { defineRead } from '../define.ts'
import { ContextName } from '../schemas.ts'
import { templateLead, templateText } from './template-text.ts'

export const getTemplate = defineRead({
  name: 'infra.k8s.templates.getTemplate',
  title: 'Get a template',
  description: 'A manifest to start from, for applyManifest; tells its parameters.',
  input: Type.Object({
    template: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$',
      description: 'Such as deployment, web-application.',
    }),
    parameters: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { default: {}, description: 'Such as {"name": "web"}.' }),
    ),
    format: Type.Optional(OneOf(['yaml', 'json'], 'Format of the manifest.', { default: 'yaml', ...UNLISTED })),
    validate: Type.Optional(OneOf(['server'], 'server: dry run on the cluster.')),
    context: Type.Optional(ContextName),
  }),
  output: FilledTemplate,
  public: true,
  // What the cluster says in a validation was masked where it was read; the rest is ours and the caller's own.
  ownText: true,
  untrusted: true,
  unlogged: ['parameters'],
  documents: { parameter: 'format', types: { yaml: 'application/yaml' }, text: ({ content }) => content },
  further: { field: 'parameters', schema: ({ template }) => parametersOf(template) },
  handle: async ({ template, parameters = {}, format = 'yaml', validate, context }, services) => {
    if (validate === undefined && context !== undefined)
      throw problems.badInput('context is only for validate=server: nothing else asks a cluster.')
    const validateOn = validate === undefined ? undefined : clusterOf(services)
    return services.templates.get(template, parameters, { format, validateOn })
  },
  lead: templateLead,
  text: templateText,
})

/** Templates are for everybody, a cluster is not. */
function clusterOf(services: Services): Cluster {
  if (services.call.grant.role === 'none') throw problems.unauthenticated()
  return services.cluster
}
