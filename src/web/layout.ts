import { html, type Piece } from './html.ts'

/** Where the files of the pages are; their address changes with what is in them. */
export interface Place {
  assets: string
  /** Where users reach this server. */
  base: string
  /** What the header says of whoever looks; absent where nobody was asked. */
  around?: Around
}

/** Where the caller's next call would go, and what waits, as far as this caller may know. */
export interface Around {
  /** `none`: there is no cluster; undefined: the caller may not know. */
  context: { name: string; namespace: string } | 'none' | undefined
  waiting: Waiting | undefined
}

/** How many changes wait. */
export interface Waiting {
  open: number
  /** There are more than were counted. */
  more: boolean
}

/** A place within a page. */
export interface Anchor {
  id: string
  title: string
  /** 2 for a section, 3 for one inside it. */
  level: number
}

export interface LayoutOptions {
  title: string
  /** Area of the header that the page is in: `/docs`, `/api`, `/templates`, `/search`. */
  area?: string
  /** What stands on the left. */
  tree?: Piece
  /** What the page consists of, on the right. */
  contents?: readonly Anchor[]
  /** Whether it has a search field of its own, so that the header needs none. */
  searches?: boolean
  /** Scripts beside the one that all pages have. */
  scripts?: readonly string[]
  /** Wider than a text: tables and forms. */
  wide?: boolean
}

const AREAS = [
  ['/docs', 'Docs'],
  ['/api', 'Reference'],
  ['/templates', 'Templates'],
] as const

/** A whole page: header, tree on the left, contents on the right, and what it is about. */
export function layout(place: Place, options: LayoutOptions, body: Piece): Piece {
  const { title, tree, contents = [], scripts = [], wide = false } = options
  const columns = [
    'page',
    ...(tree === undefined ? [] : ['has-tree']),
    ...(contents.length > 1 ? ['has-contents'] : []),
  ]
  return html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <title>${title === '' ? 'k8s-mcp' : `${title} - k8s-mcp`}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <script src="${place.assets}/theme.js"></script>
      <link rel="stylesheet" href="${place.assets}/style.css" />
      <link rel="icon" href="${place.assets}/icon.svg" type="image/svg+xml" />
      ${['page.js', ...scripts].map((file) => html`<script type="module" src="${place.assets}/${file}"></script>`)}
    </head>
    <body>
      <a class="skip" href="#k-main">Skip to the content</a>
      ${header(place, options)}
      <div class=${columns.join(' ')}>
        ${tree === undefined ? null : html`<nav id="k-tree" class="tree" aria-label="Pages" popover="auto">${tree}</nav>`}
        <main id="k-main" class=${wide ? 'wide' : ''} tabindex="-1">${body}</main>
        ${contents.length > 1 ? contentsOf(contents) : null}
      </div>
      <footer>
        <p>k8s-mcp. The same addresses answer programs with JSON: <a href="/swagger">Swagger UI</a>, <a href="/openapi.json">OpenAPI</a>.</p>
      </footer>
    </body>
  </html>`
}

const header = ({ around }: Place, { area, searches = false, tree }: LayoutOptions): Piece => html`<header class="top">
  ${tree === undefined ? null : html`<button type="button" class="drawer" popovertarget="k-tree" aria-label="Pages">☰</button>`}
  <a class="brand" href="/">k8s-mcp</a>
  <nav class="areas" aria-label="Areas">
    ${AREAS.map(([href, name]) => html`<a href=${href} aria-current=${area === href ? 'page' : undefined}>${name}</a>`)}
  </nav>
  ${searches ? null : searchForm('top-search', '')}
  ${around === undefined ? null : aroundOf(around)}
</header>`

const aroundOf = ({ context, waiting }: Around): Piece => html`<p class="around">
  ${context === undefined ? null : contextOf(context)}
  ${waiting === undefined || waiting.open === 0 ? null : html`<a class="state warn" href="/approvals">${countOf(waiting)} open<span class="hidden"> for approval</span></a>`}
</p>`

const contextOf = (context: NonNullable<Around['context']>): Piece =>
  context === 'none'
    ? html`<span class="quiet">Documentation only</span>`
    : html`<span class="context" title="Context ${context.name}, namespace ${context.namespace}">
        <span class="hidden">Context </span><span class="cut">${context.name}</span> / <span class="hidden">namespace </span><span class="cut">${context.namespace}</span>
      </span>`

/** `3`, or `100 or more`. */
export const countOf = ({ open, more }: Waiting): string => `${open}${more ? ' or more' : ''}`

/** The form of a search. Suggestions are put below it by script. */
export const searchForm = (
  id: string,
  query: string,
): Piece => html`<form class="search" role="search" action="/search">
  <label class="hidden" for=${id}>Search documentation, reference and templates</label>
  <input
    id=${id}
    type="search"
    name="q"
    value=${query}
    placeholder="Search"
    autocomplete="off"
    spellcheck=${false}
    maxlength="1000"
    aria-keyshortcuts="/"
  />
  <button type="submit">Search</button>
</form>`

const contentsOf = (contents: readonly Anchor[]): Piece => html`<aside class="contents">
  <details>
    <summary>On this page</summary>
    <nav aria-label="On this page">
      <ul>
        ${contents.map(({ id, title, level }) => html`<li class=${`level-${level}`}><a href="#${id}">${title}</a></li>`)}
      </ul>
    </nav>
  </details>
</aside>`

/** The way from the start to a page. */
export const crumbs = (steps: readonly (readonly [href: string, title: string])[]): Piece => html`<nav
  class="crumbs"
  aria-label="Breadcrumb"
>
  <ol>
    ${steps.map(([href, title]) => html`<li><a href=${href}>${title}</a></li>`)}
  </ol>
</nav>`

/** A block of code that can be copied. */
export const codeBlock = (code: string, id?: string): Piece =>
  html`<pre tabindex="0" id=${id}><code>${code}</code></pre>`
