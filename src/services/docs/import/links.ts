import type { SitePage } from './site.ts'

const WEBSITE = 'https://kubernetes.io'
/** Where the imported pages are served. */
export const MOUNTED = '/docs/official'

/** Where a link inside the website goes. */
interface Inside {
  path: string
  anchor: string
}

/** Where the website's pages are, and where the links between them go. */
export class Links {
  readonly #paths: ReadonlySet<string>
  readonly #byName: ReadonlyMap<string, string | undefined>
  readonly #inside: Inside[] = []
  /** Links to pages that are not there. */
  readonly broken: string[] = []

  constructor(pages: readonly SitePage[]) {
    this.#paths = new Set(pages.map(({ path }) => path))
    this.#byName = byLastWord(pages)
  }

  /** The page that another names: by path, or by the last word of it where only one has it. */
  resolve(from: SitePage, name: string): string | undefined {
    const path = trimmed(name.replace(/(?:\/_index)?\.md$/, ''))
    const beside = trimmed(new URL(path, `x:/${folderOf(from)}/`).pathname)
    return [path.replace(/^docs\//, ''), beside].find((each) => this.#paths.has(each)) ?? this.#byName.get(path)
  }

  /** Where a link of a page goes: to the page here, else to the website. */
  target(from: SitePage, href: string): string {
    const { to, place, isMissing } = this.#place(from, href)
    if (isMissing) this.broken.push(href)
    if (to !== undefined && to.anchor !== '') this.#inside.push(to)
    return place
  }

  /** The same, counting nothing. */
  place(from: SitePage, href: string): string {
    return this.#place(from, href).place
  }

  #place(from: SitePage, href: string): { place: string; to?: Inside; isMissing?: boolean } {
    if (href.startsWith('#')) return { place: href, to: { path: from.path, anchor: href.slice(1) } }
    const url = URL.parse(href, `${WEBSITE}/docs/${from.path === '' ? '' : `${from.path}/`}`)
    if (url === null || url.origin !== WEBSITE) return { place: href }
    if (!/^\/docs(\/|$)/.test(url.pathname)) return { place: url.href }
    const path = trimmed(decoded(url.pathname).replace(/^\/docs/, ''))
    const anchor = url.hash.slice(1)
    if (this.#paths.has(path)) return { place: addressOf(path, anchor), to: { path, anchor } }
    return { place: url.href, isMissing: !/\.(?:png|svg|jpe?g|gif|webp)$/i.test(path) }
  }

  /** How many links point to an anchor that its page does not have. */
  missingAnchors(anchors: ReadonlyMap<string, ReadonlySet<string>>): number {
    return this.#inside.filter(({ path, anchor }) => anchors.get(path)?.has(decoded(anchor)) === false).length
  }
}

/** Address here of an imported page. */
export const addressOf = (path: string, anchor = ''): string =>
  `${path === '' ? MOUNTED : `${MOUNTED}/${path}`}${anchor === '' ? '' : `#${anchor}`}`

/** Address of a page on the website. */
export const originalOf = (path: string): string => `${WEBSITE}/docs/${path === '' ? '' : `${path}/`}`

const trimmed = (path: string): string => path.replaceAll(/^\/+|\/+$/g, '')
const folderOf = ({ path, isFolder }: SitePage): string => (isFolder ? path : path.replace(/\/?[^/]*$/, ''))

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function byLastWord(pages: readonly SitePage[]): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>()
  for (const { path } of pages) {
    const word = path.slice(path.lastIndexOf('/') + 1)
    found.set(word, found.has(word) ? undefined : path)
  }
  return found
}
