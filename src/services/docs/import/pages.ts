import { blackfridaySlug } from '../render/anchors.ts'
import { textOf } from '../render/html-text.ts'
import { markdownRenderer } from '../render/markdown.ts'
import { type Rendered, renderPage } from '../render/page.ts'
import { expand } from './expand.ts'
import { Links } from './links.ts'
import type { ImportProgress } from './report.ts'
import type { Site, SitePage } from './site.ts'

/** A page that was rendered. */
export interface ReadyPage extends Rendered {
  of: SitePage
}

/** All pages, rendered, with what was found in them. */
export interface ReadyPages {
  pages: ReadyPage[]
  failed: { page: string; why: string }[]
  unknown: ReadonlyMap<string, number>
  brokenLinks: number
  missingAnchors: number
}

const COMMENT_LINES = /^<!--(?:(?!-->)[^\n]){0,500}-->[ \t]*\n/gm
const LINKS_INSIDE = /\]\((\/docs(?:\/[^)\s]*)?)(?=[)\s])/g

/** Renders every page of a website. */
export function renderPages(site: Site, progress: (progress: ImportProgress) => void): ReadyPages {
  const links = new Links(site.pages)
  const unknown = new Map<string, number>()
  const render = markdownRenderer({ html: true, slug: blackfridaySlug })
  const failed: ReadyPages['failed'] = []
  const pages = site.pages.flatMap((page, done) => {
    progress({ stage: 'rendering', done, total: site.pages.length })
    try {
      const body = expand(bodyOf(page, site), {
        site,
        page,
        resolve: (name) => links.resolve(page, name),
        unknown: (name) => unknown.set(name, (unknown.get(name) ?? 0) + 1),
      }).replaceAll(COMMENT_LINES, '')
      const rendered = renderPage(body, render, (href) => links.target(page, href))
      const markdown = rendered.markdown.replaceAll(
        LINKS_INSIDE,
        (_link, href: string) => `](${links.place(page, href)}`,
      )
      return [{ of: page, ...rendered, markdown }]
    } catch (error) {
      failed.push({ page: page.path, why: error instanceof Error ? error.message : String(error) })
      return []
    }
  })
  const missingAnchors = links.missingAnchors(new Map(pages.map(({ of, html }) => [of.path, anchorsIn(html)])))
  return { pages, failed, unknown, brokenLinks: links.broken.length, missingAnchors }
}

const anchorsIn = (html: string): Set<string> => new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => id))

/** The text of a page; where the website makes it from its data, what we make from it. */
function bodyOf(page: SitePage, site: Site): string {
  if (page.path === 'reference/glossary') return glossary(site)
  const children = page.isFolder && isEmpty(page.body) ? site.pages.filter((each) => isUnder(each, page)) : []
  if (children.length === 0) return page.body
  const lines = children
    .toSorted((a, b) => a.weight - b.weight || a.title.localeCompare(b.title))
    .map(
      ({ path, title, description }) =>
        `- [${literal(title)}](/docs/${path}/)${description === undefined ? '' : `: ${literal(description)}`}`,
    )
  return `${page.body}\n\n${lines.join('\n')}\n`
}

/** A text in which nothing is markup. */
const literal = (text: string) => text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>&]/g, '\\$&')

const isEmpty = (body: string) => body.replaceAll(/<!--[\s\S]*?-->/g, '').trim() === ''
const isUnder = (child: SitePage, { path }: SitePage) =>
  child.path !== path && child.path.replace(/\/?[^/]*$/, '') === path

const glossary = ({ terms }: Site): string =>
  [...terms.values()]
    .toSorted((a, b) => a.title.localeCompare(b.title))
    .map(({ id, title, short, more }) => `## ${title} {#term-${id}}\n\n${short}\n\n${more}`)
    .join('\n\n')

/** How much a page counts in the search: what says how and why before what lists everything. */
export function weightOf({ path, type, generated }: SitePage): number {
  if (/(^|\/)generated\//.test(path)) return 0.6
  if (/^reference\/(?:kubernetes-api|config-api)(\/|$)/.test(path) || /^contribute(\/|$)/.test(path)) return 0.5
  if (generated || path === 'reference/glossary' || /^reference\/command-line-tools-reference(\/|$)/.test(path))
    return 0.6
  if (/^setup(\/|$)/.test(path)) return 0.85
  if (/^reference(\/|$)/.test(path)) return 0.9
  if (/^tasks\/administer-cluster(\/|$)/.test(path)) return 1
  return type === 'task' || type === 'concept' || /^(?:tasks|concepts)(\/|$)/.test(path) ? 1.1 : 1
}

/** The sections of a page as the index takes them. */
export const indexable = ({ of, sections }: ReadyPage) =>
  sections.map(({ anchor, title, html }, at) => ({
    anchor,
    title: title === '' ? of.title : title,
    text: textOf(html),
    keywords: at === 0 ? of.path.replaceAll(/[/_-]/g, ' ') : '',
  }))
