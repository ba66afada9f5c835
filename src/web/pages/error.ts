import type { FailedVisit } from '../../operations/html-pages.ts'
import type { Hit } from '../../services/docs/search/schema.ts'
import { html, type Piece } from '../html.ts'
import { layout, type Place } from '../layout.ts'
import { ours } from './search.ts'

/** What went wrong, why, and what to do next. `near`: pages that the words of the address find. */
export function errorPage(place: Place, visit: FailedVisit, near: readonly Hit[]): Piece {
  const { problem, status, title, detail, next, correlationId } = visit
  const [area, all] = AREAS.find(([href]) => visit.path.startsWith(href)) ?? ['/docs', 'All pages']
  const body = html`<article class="narrow">
    <p class="overline">${status} ${title}</p>
    <h1>${headline(status)}</h1>
    <p class="lead">${problem.code === 'ambiguous_kind' ? linked(detail, visit) : detail}</p>
    ${next === undefined ? null : html`<p>${linked(next, visit)}</p>`}
    ${near.length === 0 ? null : html`<h2>What is found by these words</h2><ul class="list">${near.map(hit)}</ul>`}
    <p class="actions">
      <a class="button" href="/">To the start page</a> <a class="button plain" href=${area}>${all}</a> ${searchLink(visit)}
    </p>
    <dl class="facts small">
      <dt>Code</dt>
      <dd><code>${problem.code}</code></dd>
      <dt>Correlation id</dt>
      <dd><code>${correlationId}</code> <span class="quiet">the log has it too</span></dd>
    </dl>
  </article>`
  return layout(place, { title: `${status} ${title}`, ...(visit.path.startsWith(area) ? { area } : {}) }, body)
}

const AREAS = [
  ['/api', 'All kinds'],
  ['/templates', 'All templates'],
] as const

function headline(status: number): string {
  if (status === 404) return 'There is nothing here'
  if (status === 401 || status === 403) return 'You may not see this'
  if (status === 400 || status === 422) return 'This cannot be answered as it was asked'
  return status >= 500 ? 'This did not work' : 'This was refused'
}

const hit = ({ url, title }: Hit): Piece => html`<li><a href=${ours(url)}>${title}</a></li>`

function searchLink(visit: FailedVisit): Piece {
  const words = wordsOf(visit)
  if (words === undefined) return null
  return html`<a class="button plain" href="/search?q=${encodeURIComponent(words)}">Search for “${words}”</a>`
}

/** Problems of an address that may have been guessed. */
const GUESSED = new Set(['unknown_path', 'unknown_page', 'unknown_kind', 'unknown_template'])
const MOST_WORDS = 60

/** The words of an address where nothing is and for which no name is proposed: what may be searched for instead. */
export function wordsOf({ problem: { code }, next, path }: FailedVisit): string | undefined {
  if (!GUESSED.has(code) || next?.startsWith('Did you mean') === true) return undefined
  const words = path
    .replace(/^\/(?:docs|api|templates|cluster)(?=\/)/, '')
    .replaceAll(/%[\da-f]{2}|[^\w]+/gi, ' ')
    .trim()
  return words === '' ? undefined : words.slice(0, MOST_WORDS)
}

const NAMES = /"([^"\s]{1,300})"|GET (\/[\w/?=-]*)/g

type Told = Pick<FailedVisit, 'problem' | 'path'>

/** Words of a problem. Names in quotes are what the reader most likely wants: as code, and as a link where it is known where they are. */
export function linked(text: string, visit: Told): Piece {
  const pieces: Piece[] = []
  let at = 0
  for (const { index, 0: whole, 1: name, 2: path = '' } of text.matchAll(NAMES)) {
    pieces.push(text.slice(at, index), name === undefined ? named(path, path) : named(name, placeOf(name, visit)))
    at = index + whole.length
  }
  return [...pieces, text.slice(at)]
}

/** Where a name is that an error proposes; of the empty address, nobody knows. */
function placeOf(name: string, { problem: { code }, path }: Told): string {
  if (code === 'unknown_page') return `/docs/${name}`
  if (code === 'unknown_kind' || code === 'ambiguous_kind') return `/api/${encodeURIComponent(name)}`
  if (code === 'unknown_template') return `/templates/${name}`
  const [, kind] = /^\/api\/([^/]+)$/.exec(path) ?? []
  if (code === 'unknown_field' && kind !== undefined) return `/api/${kind}?path=${encodeURIComponent(name)}`
  return name
}

// Places of this server only, of signs that need no thought.
const named = (name: string, href: string): Piece =>
  /^\/(?!\/)[\w/.?=%-]*$/.test(href) ? html`<a href=${href}><code>${name}</code></a>` : html`<code>${name}</code>`
