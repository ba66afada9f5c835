import { plainText } from '../../safety/visible-text.ts'
import { type HtmlSection, sectionsOf } from './html-text.ts'
import type { HeadingLine, RenderMarkdown } from './markdown.ts'
import { type Link, type SafeHtml, sanitise } from './safe-html.ts'

/** A page as it is read. */
export interface Rendered {
  /** The Markdown that was rendered: what hides text or turns its direction is visible in it. */
  markdown: string
  html: SafeHtml
  sections: HtmlSection[]
  headings: HeadingLine[]
  /** Whether it held what a page may not hold: scripts, styles, frames, forms. */
  hadActive: boolean
}

const ACTIVE = /<(script|style|iframe|object|embed|form|base|meta|link|svg)\b/i

/** Renders Markdown, makes it harmless and cuts it into its sections. */
export function renderPage(text: string, render: RenderMarkdown, link?: Link): Rendered {
  const markdown = plainText(text)
  const raw = render(markdown)
  const html = sanitise(raw.html, link)
  return { markdown, html, sections: sectionsOf(html), headings: raw.headings, hadActive: ACTIVE.test(raw.html) }
}
