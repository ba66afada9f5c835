import { plainText } from '../../safety/visible-text.ts'
import { type HtmlSection, sectionsOf } from './html-text.ts'
import { type Link, type SafeHtml, sanitise } from './safe-html.ts'

/** A page as it is read. */
export interface Rendered {
  html: SafeHtml
  sections: HtmlSection[]
}

/** Renders Markdown, makes it harmless and cuts it into its sections. What hides text or turns its direction is made visible. */
export function renderPage(markdown: string, render: (markdown: string) => string, link?: Link): Rendered {
  const html = sanitise(render(plainText(markdown)), link)
  return { html, sections: sectionsOf(html) }
}
