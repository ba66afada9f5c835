import type { FailedVisit } from '../../operations/html-pages.ts'
import { html, type Piece } from '../html.ts'
import { layout, type Place, searchForm } from '../layout.ts'

/** What went wrong, why, and what to do next. */
export function errorPage(place: Place, { problem, status, title, detail, next, correlationId }: FailedVisit): Piece {
  const body = html`<article class="narrow">
    <p class="overline">${status} ${title}</p>
    <h1>${headline(status)}</h1>
    <p class="lead">${detail}</p>
    ${next === undefined ? null : html`<p>${nextStep(next, problem.code)}</p>`}
    ${status === 404 ? searchForm('error-search', '') : null}
    <p class="actions"><a class="button" href="/">To the start page</a> <a class="button plain" href="/docs">All pages</a></p>
    <dl class="facts small">
      <dt>Code</dt>
      <dd><code>${problem.code}</code></dd>
      <dt>Correlation id</dt>
      <dd><code>${correlationId}</code> <span class="quiet">the log has it too</span></dd>
    </dl>
  </article>`
  return layout(place, { title: `${status} ${title}`, searches: status === 404 }, body)
}

function headline(status: number): string {
  if (status === 404) return 'There is nothing here'
  if (status === 401 || status === 403) return 'You may not see this'
  if (status === 400 || status === 422) return 'That is not a question we can answer'
  return status >= 500 ? 'This did not work' : 'This was refused'
}

const QUOTED = /"([^"\s]{1,300})"/g

/** Where the names are that an error proposes. */
const PROPOSED: Readonly<Record<string, string>> = {
  unknown_page: '/docs/',
  unknown_kind: '/api/',
  unknown_template: '/templates/',
}

// Names in quotes are what the reader most likely wants: as code, and as a link where it is known where they are.
function nextStep(next: string, code: string): Piece {
  const pieces = next.split(QUOTED)
  return pieces.map((piece, at) => (at % 2 === 0 ? piece : named(piece, PROPOSED[code] ?? '')))
}

function named(name: string, where: string): Piece {
  const href = `${where}${name}`
  return /^\/(?!\/)[\w/.-]*$/.test(href) ? html`<a href=${href}><code>${name}</code></a>` : html`<code>${name}</code>`
}
