import Type from 'typebox'
import { Closed } from '../../schema.ts'
import { TemplateRow } from '../../services/templates/schema.ts'
import { defineRead } from '../define.ts'
import { bounded } from '../text.ts'

export const listTemplates = defineRead({
  name: 'infra.k8s.templates.listTemplates',
  title: 'List templates',
  description: 'Manifests to start from: names, kinds, parameters.',
  input: Type.Object({}),
  output: Closed({ templates: Type.Array(TemplateRow, { description: 'Every template.' }) }),
  public: true,
  ownText: true,
  handle: async (_input, { templates }) => ({ templates: await templates.list() }),
  text: ({ templates }) =>
    bounded(
      [
        `${templates.length} templates`,
        ...templates.map((each) => `${each.name}: ${each.description} (${each.parameters.join(', ')})`),
      ].join('\n'),
    ),
})
