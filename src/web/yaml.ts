import { html, type Piece } from './html.ts'

// The YAML of templates is written by us, so few shapes occur: a comment, a key, a value. Anything else is plain text.
const COMMENT = /^(\s*)(#.*)$/
const KEY = /^(\s*(?:- )*)("(?:[^"\\]|\\.)*"|[^\s#"'{[&*!|>%@][^#:]*)(:)(?=\s|$)/
const WORD = /^(?:true|false|null|~)$/
const NUMBER = /^-?\d+(?:\.\d+)?$/

/** A part of a line, and its class of the highlighter. */
interface Part {
  text: string
  kind?: 'attr' | 'string' | 'number' | 'literal' | 'comment'
}

function partsOf(line: string): Part[] {
  const comment = COMMENT.exec(line)
  if (comment !== null) return [{ text: comment[1] ?? '' }, { text: comment[2] ?? '', kind: 'comment' }]
  const key = KEY.exec(line)
  const start = key?.[0] ?? /^\s*(?:- )*/.exec(line)?.[0] ?? ''
  const named: Part[] =
    key === null ? [{ text: start }] : [{ text: key[1] ?? '' }, { text: key[2] ?? '', kind: 'attr' }, { text: ':' }]
  return [...named, ...valueParts(line.slice(start.length))]
}

// What follows ` #` is a comment, unless the value is quoted.
function valueParts(rest: string): Part[] {
  const space = /^\s*/.exec(rest)?.[0] ?? ''
  const value = rest.slice(space.length)
  const end = /^["']/.test(value) ? -1 : value.indexOf(' #')
  const [bare, comment] = end < 0 ? [value, ''] : [value.slice(0, end), value.slice(end)]
  const kind = kindOf(bare)
  const known: Part = kind === undefined ? { text: bare } : { text: bare, kind }
  return [{ text: space }, known, ...(comment === '' ? [] : [{ text: comment, kind: 'comment' as const }])]
}

function kindOf(value: string): Part['kind'] {
  if (/^["']/.test(value)) return 'string'
  if (NUMBER.test(value)) return 'number'
  return WORD.test(value) ? 'literal' : undefined
}

const shown = ({ text, kind }: Part): Piece =>
  kind === undefined ? text : html`<span class="hljs-${kind}">${text}</span>`

/** A manifest: coloured by class names, each line with a number that is a link. Its text is the manifest and nothing else. */
export function yamlBlock(yaml: string, id: string): Piece {
  const lines = yaml.replace(/\n$/, '').split('\n')
  return html`<pre tabindex="0" id=${id} class="lines"><code>${lines.map(
    (line, at) =>
      html`<span class="line" id="L${at + 1}"><a href="#L${at + 1}" tabindex="-1" data-line=${at + 1} aria-label="Line ${at + 1}"></a>${partsOf(line).map(shown)}${'\n'}</span>`,
  )}</code></pre>`
}
