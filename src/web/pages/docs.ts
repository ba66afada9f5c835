import type { DocList, DocView } from '../../services/docs/library/view.ts'
import type { SafeHtml } from '../../services/docs/render/safe-html.ts'
import { harmless, html, type Piece } from '../html.ts'
import { type Anchor, crumbs, layout, type Place } from '../layout.ts'

type Row = DocList['pages'][number]

const urlOf = (path: string): string => `/docs/${path}`

/** Every page there is. */
export function docsPage(place: Place, { pages }: DocList): Piece {
  const under = childrenOf(pages)
  const roots = under.get(undefined) ?? []
  const contents = roots.map((root) => ({ id: root.path, title: root.title, level: 2 }))
  const body = html`<article>
    <h1>Documentation</h1>
    <p class="lead">${pages.length} pages. Search finds them by what they say, and by an error as it was printed.</p>
    ${roots.map((root) => folder(root, under.get(root.path) ?? []))}
  </article>`
  return layout(place, { title: 'Documentation', area: '/docs', tree: treeOf(pages, ''), contents }, body)
}

const folder = (root: Row, children: readonly Row[]): Piece => html`<section>
  <h2 id=${root.path}><a href=${urlOf(root.path)}>${root.title}</a></h2>
  ${root.description === undefined ? null : html`<p>${root.description}</p>`}
  <ul class="list">
    ${children.map((each) => html`<li>${docLink(each)}</li>`)}
  </ul>
</section>`

const docLink = ({ path, title, description }: Pick<Row, 'path' | 'title'> & { description?: string }): Piece =>
  html`<a href=${urlOf(path)}>${title}</a>${description === undefined ? null : html`<span class="quiet about">${description}</span>`}`

/** One page of the documentation. */
export function docPage(place: Place, page: DocView, text: SafeHtml, rows: readonly Row[]): Piece {
  const { path, title, children, description } = page
  const body = html`<article class="doc">
    ${crumbs([['/docs', 'Docs'], ...above(rows, path).map((row) => [urlOf(row.path), row.title] as const)])}
    <h1>${title}</h1>
    ${description === undefined ? null : html`<p class="lead">${description}</p>`}
    ${harmless(text)}
    ${children.length === 0 || text.includes(urlOf(children[0]?.path ?? '')) ? null : html`<ul class="list">${children.map((each) => html`<li>${docLink(each)}</li>`)}</ul>`}
    ${kindsOf(page)} ${sourceOf(page)} ${neighbours(page)}
  </article>`
  return layout(place, { title, area: '/docs', tree: treeOf(rows, path), contents: anchorsOf(page) }, body)
}

const kindsOf = ({ kinds }: DocView): Piece =>
  kinds.length === 0
    ? null
    : html`<p class="kinds">Kinds: ${kinds.map((kind) => html`<a class="tag" href="/api/${kind}"><code>${kind}</code></a> `)}</p>`

const sourceOf = ({ attribution }: DocView): Piece =>
  attribution === undefined
    ? null
    : html`<p class="source small">${attribution.text} <a href=${attribution.original} rel="noopener">Original page</a></p>`

const neighbours = ({ previous, next }: DocView): Piece =>
  previous === undefined && next === undefined
    ? null
    : html`<nav class="neighbours" aria-label="Next to this page">
        ${previous === undefined ? html`<span></span>` : html`<a rel="prev" href=${urlOf(previous.path)}><span class="quiet small">Before</span>${previous.title}</a>`}
        ${next === undefined ? null : html`<a rel="next" href=${urlOf(next.path)}><span class="quiet small">Next</span>${next.title}</a>`}
      </nav>`

const childrenOf = (rows: readonly Row[]) => Map.groupBy(rows, ({ parent }) => parent)

/** The pages a page is under, from the top. */
function above(rows: readonly Row[], path: string): Row[] {
  const byPath = new Map(rows.map((row) => [row.path, row]))
  const found: Row[] = []
  for (let at = byPath.get(byPath.get(path)?.parent ?? ''); at !== undefined; at = byPath.get(at.parent ?? ''))
    found.unshift(at)
  return found
}

/** The tree on the left: the way to a page is open, and what is beside and under it. */
export function treeOf(rows: readonly Row[], path: string): Piece {
  const under = childrenOf(rows)
  const open = new Set([...above(rows, path).map((row) => row.path), path])
  const branch = (parent: string | undefined): Piece => html`<ul>
    ${(under.get(parent) ?? []).map(
      (row) => html`<li class=${under.has(row.path) ? 'folder' : ''}>
        <a href=${urlOf(row.path)} aria-current=${row.path === path ? 'page' : undefined}>${row.title}</a>
        ${open.has(row.path) && under.has(row.path) ? branch(row.path) : null}
      </li>`,
    )}
  </ul>`
  return branch(undefined)
}

/** The sections of a page, of the two levels that a reader looks for. */
const anchorsOf = ({ sections }: DocView): Anchor[] =>
  sections
    .filter(({ anchor, level }) => anchor !== '' && (level === 2 || level === 3))
    .map(({ anchor, title, level }) => ({ id: anchor, title, level }))
