import Type from 'typebox'
import { OneOf, UNLISTED } from '../../schema.ts'
import { DocView, FORMATS, viewOf } from '../../services/docs/library/view.ts'
import { defineRead } from '../define.ts'
import { bounded, MOST_TEXT } from '../text.ts'

export const getDoc = defineRead({
  name: 'infra.k8s.docs.getDoc',
  title: 'Read a documentation page',
  description: 'A page that search or listDocs names, or one section of it.',
  input: Type.Object({
    path: Type.String({ minLength: 1, maxLength: 500, description: 'Such as troubleshooting/oom-killed.' }),
    section: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: 'Anchor.' })),
    format: Type.Optional(OneOf(FORMATS, 'md, html, or json: text by section.', { default: 'md', ...UNLISTED })),
  }),
  output: DocView,
  public: true,
  ownText: true,
  untrusted: false,
  documents: {
    parameter: 'format',
    types: { md: 'text/markdown; charset=utf-8', html: 'text/html; charset=utf-8' },
    text: ({ content = '', format, title, section, attribution }) => {
      if (format === 'html') return content
      const credit = attribution === undefined ? '' : `\n\n${attribution.text}\nOriginal: ${attribution.original}`
      return `${section === undefined ? `# ${title}\n\n` : ''}${content}${credit}\n`
    },
  },
  handle: async ({ path, format = 'md', section }, { library }) => viewOf(await library.page(path), format, section),
  text: ({ title, content, sections, attribution, children }) => {
    const body = content ?? sections.map((each) => `## ${each.title}\n${each.text ?? ''}`).join('\n\n')
    const anchors = sections.flatMap(({ anchor }) => (anchor === '' ? [] : [anchor]))
    return bounded(
      [
        `# ${title}`,
        ...(attribution === undefined ? [] : [`${attribution.text} Original: ${attribution.original}`]),
        ...(body.length > MOST_TEXT / 2
          ? [`Sections (ask for one with section): ${anchors.join(', ').slice(0, 4000)}`]
          : []),
        body,
        ...(children.length === 0 ? [] : [`Below it: ${children.map(({ path }) => path).join(', ')}`]),
      ].join('\n'),
    )
  },
})
