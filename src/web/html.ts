import { html as element } from 'htm/preact'
import { type ComponentChildren, Fragment, h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { SafeHtml } from '../services/docs/render/safe-html.ts'

/** A piece of a page. Whatever text is in it is escaped when it is written. */
export type Piece = ComponentChildren

/** Elements from a template: html`<p>${text}</p>`. */
export const html = (strings: TemplateStringsArray, ...values: unknown[]): Piece => element(strings, ...values)

/** The only place that writes HTML as it is: documentation that was made harmless when it was rendered. */
export const harmless = (text: SafeHtml): Piece =>
  h('div', { class: 'prose', dangerouslySetInnerHTML: { __html: text } })

/** The text of a whole page. */
export const written = (page: Piece): string => `<!doctype html>${renderToString(h(Fragment, null, page))}`
