import Type from 'typebox'
import { OneOf } from '../../schema.ts'
import { SOURCES } from '../../services/docs/library/stored.ts'
import { DocList, listOf } from '../../services/docs/library/view.ts'
import { defineRead } from '../define.ts'
import { bounded } from '../text.ts'

export const listDocs = defineRead({
  name: 'infra.k8s.docs.listDocs',
  title: 'List documentation pages',
  description: 'The tree of pages: of this product and, once imported, the official ones.',
  input: Type.Object({
    source: Type.Optional(OneOf(SOURCES, 'Only these.')),
    under: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: 'Only below this path.' })),
  }),
  output: DocList,
  public: true,
  ownText: true,
  untrusted: false,
  handle: async (input, { library }) => listOf(await library.tree(), input),
  text: ({ pages, official }) => {
    const lines = pages.map(({ path, title, level }) => `${'  '.repeat(level)}${path}: ${title}`)
    const imported = official === undefined ? [] : [official.attribution]
    return bounded([`${pages.length} pages; getDoc reads one`, ...imported, ...lines].join('\n'))
  },
})
