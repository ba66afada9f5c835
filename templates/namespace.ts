import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { labels } from '../src/services/templates/parts/meta.ts'
import { LEVELS, namespace } from '../src/services/templates/parts/space.ts'
import { Choice, NamespaceName, PartOf } from '../src/services/templates/schemas.ts'

export default defineTemplate({
  name: 'namespace',
  title: 'Namespace with Pod Security',
  description: 'A namespace that refuses Pods which ask for more than they should.',
  kinds: ['Namespace'],
  tags: ['pod security', 'restricted', 'admission', 'psa'],
  parameters: Type.Object({
    name: NamespaceName('Name.', { default: 'shop' }),
    partOf: PartOf,
    level: Choice(LEVELS, 'restricted', 'What Pods have to keep to.'),
  }),
  objects: (values) => [namespace(values.name, labels(values), values.level)],
})
