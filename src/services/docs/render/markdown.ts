import MarkdownIt from 'markdown-it'
import { Anchors, type Slug } from './anchors.ts'
import { highlight } from './highlight.ts'

type Token = ReturnType<InstanceType<typeof MarkdownIt>['parse']>[number]

export interface MarkdownOptions {
  /** Whether HTML in the Markdown is HTML. What comes out must then be sanitised. */
  html: boolean
  slug: Slug
}

/** Where a heading stands: its anchor, and its line from 0. */
export interface HeadingLine {
  anchor: string
  line: number
}

/** HTML of a page, not harmless yet where its Markdown may hold HTML. */
export interface RawPage {
  html: string
  headings: HeadingLine[]
}
export type RenderMarkdown = (markdown: string) => RawPage

/** Renders Markdown pages of one kind. Made once: a parser costs more than a page. */
export function markdownRenderer({ html, slug }: MarkdownOptions): RenderMarkdown {
  const markdown = new MarkdownIt({ html, linkify: false, typographer: false, highlight: colours })
  markdown.core.ruler.push('headings', ({ tokens }) => nameHeadings(tokens, slug))
  markdown.core.ruler.push('callouts', ({ tokens, Token }) => callouts(tokens, Token))
  markdown.core.ruler.push('alignment', ({ tokens }) => tokens.forEach(alignByClass))
  return (text) => {
    const tokens = markdown.parse(text, {})
    return { html: markdown.renderer.render(tokens, markdown.options, {}), headings: headingsOf(tokens) }
  }
}

const colours = (code: string, language: string) => highlight(code, language.toLowerCase()) ?? ''

/** `## Title {#own-anchor}`, or an anchor of its text. */
function nameHeadings(tokens: readonly Token[], slug: Slug): void {
  const anchors = new Anchors()
  for (const [index, token] of tokens.entries()) {
    const inline = tokens[index + 1]
    if (token.type !== 'heading_open' || inline === undefined) continue
    const own = ownAnchor(inline)
    token.attrSet('id', anchors.unique(own ?? slug(plain(inline))))
  }
}

const headingsOf = (tokens: readonly Token[]): HeadingLine[] =>
  tokens.flatMap(({ type, map, level }, index) => {
    const anchor = type === 'heading_open' && level === 0 ? tokens[index]?.attrGet('id') : undefined
    return typeof anchor === 'string' && map !== null ? [{ anchor, line: map[0] }] : []
  })

const OWN = /[ \t]*\{#([^\s{}"'<>&]+)[^{}]*\}[ \t]*$/

function ownAnchor(inline: Token): string | undefined {
  const last = inline.children?.at(-1)
  const found = last?.type === 'text' ? OWN.exec(last.content) : null
  if (last === undefined || found === null) return undefined
  last.content = last.content.slice(0, found.index)
  return found[1]
}

const plain = ({ children, content }: Token): string =>
  children === null
    ? content
    : children
        .filter(({ type }) => type === 'text' || type === 'code_inline')
        .map((each) => each.content)
        .join('')

const CALLOUT = /^\[!(NOTE|TIP|IMPORTANT|CAUTION|WARNING|STATE|TAB)\][ \t]*/
/** Callouts whose first words are a title already. */
const TITLED = new Set(['TAB', 'STATE'])

/** A quotation that begins with `[!NOTE]` and the like is set apart by its class, its name in front. */
function callouts(tokens: readonly Token[], make: new (type: string, tag: string, nesting: -1 | 0 | 1) => Token): void {
  for (const [index, token] of tokens.entries()) {
    const inline = tokens[index + 2]
    if (token.type !== 'blockquote_open' || inline?.type !== 'inline') continue
    const first = inline.children?.[0]
    const kind = first?.type === 'text' ? CALLOUT.exec(first.content)?.[1] : undefined
    if (kind === undefined || first === undefined) continue
    first.content = first.content.replace(CALLOUT, '')
    asAside(tokens, index, kind)
    if (TITLED.has(kind)) continue
    const label = new make('text', '', 0)
    label.content = kind.charAt(0) + kind.slice(1).toLowerCase()
    const gap = new make('text', '', 0)
    gap.content = ' '
    const [open, close] = [new make('strong_open', 'strong', 1), new make('strong_close', 'strong', -1)]
    inline.children?.unshift(open, label, close, gap)
  }
}

function asAside(tokens: readonly Token[], index: number, kind: string): void {
  const open = tokens[index]
  if (open === undefined) return
  open.tag = 'aside'
  open.attrJoin('class', `is-${kind.toLowerCase()}`)
  const close = tokens.slice(index).find((each) => each.type === 'blockquote_close' && each.level === open.level)
  if (close !== undefined) close.tag = 'aside'
}

// A style attribute would not get past the Content-Security-Policy.
function alignByClass(token: Token): void {
  const [, side] = /^text-align:(left|center|right)$/.exec(String(token.attrGet('style') ?? '')) ?? []
  if (side === undefined) return
  token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'style')
  if (side !== 'left') token.attrJoin('class', `is-${side}`)
}
