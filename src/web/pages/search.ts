import type { Hit, SearchAnswer } from '../../services/docs/search/schema.ts'
import { html, type Piece } from '../html.ts'
import { layout, type Place, searchForm } from '../layout.ts'

/** What a search found; without a query only its form. */
export function searchPage(place: Place, query: string, found: SearchAnswer | undefined): Piece {
  const body = html`<article class="results">
    <h1>Search</h1>
    <div class="big-search">${searchForm('page-search', query)}</div>
    ${found === undefined ? howTo : results(query, found)}
  </article>`
  return layout(place, { title: query === '' ? 'Search' : `${query.slice(0, 80)} - Search`, searches: true }, body)
}

const howTo = html`<p>
  Words, the name of a kind or a field (<code>deploy.spec.strategy</code>), or an error as it was printed. Keys: <kbd>/</kbd> to search,
  <kbd>j</kbd> and <kbd>k</kbd> to move, <kbd>Enter</kbd> to open.
</p>`

function results(query: string, { hits, total, notes }: SearchAnswer): Piece {
  const said = notes.map((note) => html`<p class="notice">${note}</p>`)
  if (hits.length === 0)
    return html`<p class="lead" role="status">Nothing is found for “${query.slice(0, 200)}”.</p>
      ${said}<p>Try fewer or other words, or look through <a href="/docs">all pages</a> and <a href="/api">all kinds</a>.</p>`
  return html`${said}<p class="quiet small" role="status">${hits.length} of ${total}</p>
    <ol class="hits">${hits.map(hit)}</ol>`
}

const hit = ({ title, url, source, context, section, snippet, marks }: Hit): Piece => html`<li>
  <h2><a href=${ours(url)}>${title}</a></h2>
  <p class="quiet small">${SOURCES[source]}${context === undefined ? null : ` of context ${context}`}${section === undefined || section === title ? null : ` · ${section}`}</p>
  ${snippet === '' ? null : html`<p>${marked(snippet, marks)}</p>`}
</li>`

const SOURCES: Readonly<Record<Hit['source'], string>> = {
  own: 'Documentation',
  official: 'Kubernetes documentation',
  reference: 'API reference',
  templates: 'Template',
}

/** Hits lead to places of this server only. */
export const ours = (url: string): string => (/^\/(?!\/)/.test(url) ? url : '/docs')

/** A snippet with what was looked for marked. */
function marked(text: string, marks: Hit['marks']): Piece {
  const ends = marks.flat()
  const cuts = [0, ...ends, text.length]
  return cuts.slice(1).map((end, at) => {
    const piece = text.slice(cuts[at], end)
    return at % 2 === 1 ? html`<mark>${piece}</mark>` : piece
  })
}
