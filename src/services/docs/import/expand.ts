import { blockCodes } from './block-codes.ts'
import { inlineCodes } from './inline-codes.ts'
import { parseShortcodes, type Tag } from './shortcodes.ts'
import type { Site, SitePage } from './site.ts'

/** What a page is rendered with. */
export interface Expansion {
  site: Site
  page: SitePage
  /** Path of a page by the way another page names it; undefined where there is none. */
  resolve: (name: string) => string | undefined
  /** Counts a shortcode that is not known. */
  unknown: (name: string) => void
}

/** Writes a tag: `inner` is what it encloses, written already. Markdown; a block stands on lines of its own. */
export type Write = (tag: Tag, inner: string, expansion: Expansion & { expand: (text: string) => string }) => Written
export interface Written {
  text: string
  block?: boolean
}

/** Includes may include. */
const DEEPEST = 5

/** A page's Markdown with every shortcode written as Markdown. Those that are not known leave what they enclose. */
export function expand(text: string, expansion: Expansion, depth = 0): string {
  if (depth > DEEPEST) return ''
  const deeper = { ...expansion, expand: (more: string) => expand(more, expansion, depth + 1) }
  return write(parseShortcodes(text), deeper)
}

function write(parts: readonly (string | Tag)[], expansion: Parameters<Write>[2]): string {
  let out = ''
  for (const part of parts) {
    if (typeof part === 'string') {
      out += part
      continue
    }
    const { text, block } = writeTag(part, expansion)
    out += block === true ? asBlock(text, out) : inLine(text, out)
  }
  return out
}

function writeTag(tag: Tag, expansion: Parameters<Write>[2]): Written {
  const inner = write(tag.inner ?? [], expansion)
  const code = inlineCodes[tag.name] ?? blockCodes[tag.name]
  if (code !== undefined) return code(tag, inner, expansion)
  expansion.unknown(tag.name)
  const said = tag.named.text ?? tag.named.title ?? tag.named.caption ?? tag.named.alt ?? ''
  return tag.inner === undefined ? { text: said } : { text: inner }
}

const HTML_LINE = /^\s*<[^\n]*$/
const LINK = /^\[([^\]]*)\]\(([^)\s]*)\)$/

// Markdown in a line of HTML stays as it is typed.
function inLine(text: string, before: string): string {
  const link = LINK.exec(text)
  const line = before.slice(before.lastIndexOf('\n') + 1)
  return link !== null && HTML_LINE.test(line) ? `<a href="${link[2] ?? ''}">${link[1] ?? ''}</a>` : text
}

const LIST_ITEM = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+$/

/** Puts a block where its tag stood, as far from the left as the tag was. */
function asBlock(text: string, before: string): string {
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const lead = line.trim() === '' || LIST_ITEM.test(line) ? line.replaceAll(/[^ \t]/g, ' ') : undefined
  const block = dedent(text)
  if (lead === undefined) return `\n\n${block}\n\n`
  const gap = line.trim() === '' ? `\n${lead}` : ''
  return `${gap}${block.replaceAll('\n', `\n${lead}`)}\n`
}

/** Takes the blanks off that every line has in front, and empty lines off both ends. */
export function dedent(text: string): string {
  const lines = text
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd()
    .split('\n')
  const widths = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length)
  const least = Math.min(...widths, 100)
  return lines.map((line) => line.slice(least)).join('\n')
}
