import Type from 'typebox'
import { OneOf, UNLISTED } from '../../schema.ts'
import { SearchAnswer, SEARCHED } from '../../services/docs/search/schema.ts'
import { defineRead } from '../define.ts'
import { bounded } from '../text.ts'
import { clusterFor } from './reference-cluster.ts'

export const search = defineRead({
  name: 'infra.k8s.docs.search',
  title: 'Search the documentation',
  description: 'Pages, kinds and fields, templates. Takes questions, field paths, errors as printed.',
  input: Type.Object({
    q: Type.String({ minLength: 1, maxLength: 10_000, description: 'Query.' }),
    source: Type.Optional(OneOf(SEARCHED, 'Only this.')),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 10, description: 'Most hits.' })),
    typing: Type.Optional(
      Type.Boolean({ default: false, description: 'The last word may not be finished.', ...UNLISTED }),
    ),
  }),
  output: SearchAnswer,
  public: true,
  ownText: true,
  untrusted: false,
  ofCluster: ({ hits }) => hits.some(({ context }) => context !== undefined),
  handle: ({ q, ...question }, services) =>
    services.search.find(q, { ...question, cluster: () => clusterFor(services, undefined) }),
  text: ({ hits, total, notes }) => {
    const lines = hits.map(({ source, context, title, section, url, snippet, marks }) =>
      [
        `${url} (${context === undefined ? source : `${source} of ${context}`}) ${title}${section === undefined ? '' : `: ${section}`}`,
        ...(snippet === '' ? [] : [`  ${marked(snippet, marks)}`]),
      ].join('\n'),
    )
    return bounded([`${hits.length} of ${total} hits`, ...notes, ...lines].join('\n'))
  },
})

/** The text with what matched between stars. */
function marked(text: string, marks: readonly (readonly number[])[]): string {
  let out = ''
  let at = 0
  for (const [from = 0, to = 0] of marks) {
    out += `${text.slice(at, from)}**${text.slice(from, to)}**`
    at = to
  }
  return out + text.slice(at)
}
