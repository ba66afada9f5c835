import Type, { type Static } from 'typebox'
import { Closed, OneOf } from '../../../schema.ts'

export const SEARCHED = ['own', 'official', 'reference', 'templates'] as const
export type Searched = (typeof SEARCHED)[number]

export const Hit = Closed({
  source: OneOf(SEARCHED, 'Pages of this product, the official documentation, the API reference, or the templates.'),
  title: Type.String({ description: 'Title of the page, or the kind or template.' }),
  section: Type.Optional(Type.String({ description: 'Heading of the section, or the field.' })),
  url: Type.String({ description: 'Where it is, to the section.' }),
  context: Type.Optional(
    Type.String({ description: 'Context whose cluster has this kind; it is no kind of Kubernetes.' }),
  ),
  snippet: Type.String({ description: 'A piece of its text.' }),
  marks: Type.Array(Type.Array(Type.Integer(), { minItems: 2, maxItems: 2 }), {
    description: 'What matched in the snippet: from and to, in UTF-16 code units.',
  }),
  score: Type.Number({ description: 'How well it fits; higher is better.' }),
})
export type Hit = Static<typeof Hit>

export const SearchAnswer = Closed({
  query: Type.String({ description: 'What was looked for.' }),
  hits: Type.Array(Hit, { description: 'Best first, each page once.' }),
  total: Type.Integer({ description: 'How many pages, kinds and templates fit.' }),
  searched: Type.Array(OneOf(SEARCHED, 'A source.'), { description: 'Sources there are.' }),
  notes: Type.Array(Type.String(), { description: 'What to know about the answer.' }),
})
export type SearchAnswer = Static<typeof SearchAnswer>
