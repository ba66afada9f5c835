import Type, { type Static } from 'typebox'
import { problems } from '../../../errors.ts'
import { Closed, OneOf } from '../../../schema.ts'
import { type HtmlSection, sectionsOf, textOf } from '../render/html-text.ts'
import type { EditionFacts } from './edition.ts'
import type { DocPage, DocTree } from './library.ts'
import { type DocRow, docUrl, SOURCES, type StoredPage } from './stored.ts'

const Link = Closed({
  path: Type.String({ description: 'Path for getDoc.' }),
  title: Type.String({ description: 'Title.' }),
  url: Type.String({ description: 'Where it is.' }),
})

/** Who wrote imported text, under which licence, and that it is not as they wrote it (CC BY 4.0, section 3(a)). */
export const Attribution = Closed({
  text: Type.String({ description: 'All of it in a sentence.' }),
  author: Type.String({ description: 'Who wrote it.' }),
  license: Type.String({ description: 'Licence (SPDX).' }),
  licenseUrl: Type.String({ description: 'Its text.' }),
  original: Type.String({ description: 'The page as it was published.' }),
  changes: Type.String({ description: 'What is not as in the original.' }),
})

export const FORMATS = ['md', 'json', 'html'] as const
export type Format = (typeof FORMATS)[number]

export const DocView = Closed({
  path: Type.String({ description: 'Path below /docs.' }),
  url: Type.String({ description: 'Where it is.' }),
  title: Type.String({ description: 'Title.' }),
  description: Type.Optional(Type.String({ description: 'What it is about.' })),
  source: OneOf(SOURCES, 'own: of this product; official: imported.'),
  version: Type.Optional(Type.String({ description: 'Version of Kubernetes it documents.' })),
  id: Type.Optional(Type.String({ description: 'Stable name.' })),
  kinds: Type.Array(Type.String(), { description: 'Kinds it is about.' }),
  format: OneOf(FORMATS, 'What content is.'),
  section: Type.Optional(Type.String({ description: 'The section that content is of; absent: the whole page.' })),
  content: Type.Optional(
    Type.String({ description: 'Markdown, or sanitised HTML; absent with json: sections have the text.' }),
  ),
  sections: Type.Array(
    Closed({
      anchor: Type.String({ description: 'Anchor; empty: what stands before the first heading.' }),
      title: Type.String({ description: 'Heading.' }),
      level: Type.Integer({ description: 'Level of the heading, 1 to 6; 0: none.' }),
      text: Type.Optional(Type.String({ description: 'Plain text, with format json.' })),
    }),
    { description: 'Its sections in order.' },
  ),
  parent: Type.Optional(Type.String({ description: 'Path of the page above.' })),
  children: Type.Array(Link, { description: 'Pages below it.' }),
  previous: Type.Optional(Link),
  next: Type.Optional(Link),
  attribution: Type.Optional(Attribution),
})
export type DocView = Static<typeof DocView>

export const DocList = Closed({
  pages: Type.Array(
    Closed({
      path: Type.String({ description: 'Path for getDoc.' }),
      title: Type.String({ description: 'Title.' }),
      description: Type.Optional(Type.String({ description: 'What it is about.' })),
      source: OneOf(SOURCES, 'own: of this product; official: imported.'),
      url: Type.String({ description: 'Where it is.' }),
      parent: Type.Optional(Type.String({ description: 'Path of the page above; absent: none.' })),
      level: Type.Integer({ description: 'How deep in the tree, from 0.' }),
      id: Type.Optional(Type.String({ description: 'Stable name.' })),
    }),
    { description: 'Pages in the order of the tree.' },
  ),
  official: Type.Optional(
    Closed({
      version: Type.String({ description: 'Version of Kubernetes it documents.' }),
      imported: Type.String({ description: 'When it was imported.' }),
      pages: Type.Integer({ description: 'Pages.' }),
      sections: Type.Integer({ description: 'Sections that can be found.' }),
      attribution: Type.String({ description: 'Who wrote it, and its licence.' }),
    }),
  ),
})
export type DocList = Static<typeof DocList>

const LICENSE = 'https://creativecommons.org/licenses/by/4.0/'
const AUTHOR = 'The Kubernetes Authors'
const CHANGES = 'rendered anew; pictures are links, links lead to the pages here, generated parts are shortened'

const credit = (version: string) =>
  `From the documentation of Kubernetes ${version} by ${AUTHOR}, CC BY 4.0 (${LICENSE}); changed: ${CHANGES}.`

/** The pages of the tree, all or those below one. Throws `unknown_page`. */
export function listOf(
  { pages, official }: DocTree,
  { source, under }: { source?: string | undefined; under?: string | undefined },
): DocList {
  const levels = levelsOf(pages)
  const wanted = pages.filter(
    (row) =>
      (source === undefined || row.source === source) &&
      (under === undefined || row.path === under || row.path.startsWith(`${under}/`)),
  )
  if (under !== undefined && wanted.length === 0) throw problems.unknownPage(under, [])
  return {
    pages: wanted.map((row) => ({ ...row, url: docUrl(row.path), level: levels.get(row.path) ?? 0 })),
    ...(official === undefined ? {} : { official: officialOf(official) }),
  }
}

const officialOf = ({ version, imported, pages, sections }: EditionFacts) => ({
  version,
  imported,
  pages,
  sections,
  attribution: credit(version),
})

function levelsOf(pages: readonly DocRow[]): Map<string, number> {
  const levels = new Map<string, number>()
  for (const { path, parent } of pages) levels.set(path, parent === undefined ? 0 : (levels.get(parent) ?? 0) + 1)
  return levels
}

/** A page in a format, whole or one section of it with what is below. Throws `unknown_section`. */
export function viewOf(
  { page, edition, children, previous, next }: DocPage,
  format: Format,
  section: string | undefined,
): DocView {
  const sections = sectionsOf(page.html)
  const shown = section === undefined ? sections : below(sections, section, page)
  const content = contentOf(page, format, section, shown)
  const { path, title, description, source, id, kinds, parent } = page
  return {
    path,
    url: docUrl(path),
    title,
    ...(description === undefined ? {} : { description }),
    source,
    ...(edition === undefined ? {} : { version: edition.version }),
    ...(id === undefined ? {} : { id }),
    kinds: [...kinds],
    format,
    ...(section === undefined ? {} : { section }),
    ...(content === undefined ? {} : { content }),
    sections: shown.map((each) => ({
      anchor: each.anchor,
      title: each.title === '' ? title : each.title,
      level: each.level,
      ...(format === 'json' ? { text: textOf(each.html) } : {}),
    })),
    ...(parent === undefined ? {} : { parent }),
    children: children.map(linkTo),
    ...(previous === undefined ? {} : { previous: linkTo(previous) }),
    ...(next === undefined ? {} : { next: linkTo(next) }),
    ...(edition === undefined ? {} : { attribution: attributionOf(page, edition) }),
  }
}

const linkTo = ({ path, title }: DocRow) => ({ path, title, url: docUrl(path) })

const attributionOf = (
  { original = 'https://kubernetes.io/docs/' }: StoredPage,
  { version }: EditionFacts,
): Static<typeof Attribution> => ({
  text: credit(version),
  author: AUTHOR,
  license: 'CC-BY-4.0',
  licenseUrl: LICENSE,
  original,
  changes: CHANGES,
})

/** A section, and those of a deeper level that follow it. */
function below(sections: readonly HtmlSection[], anchor: string, page: StoredPage): HtmlSection[] {
  const at = sections.findIndex((each) => each.anchor === anchor)
  const first = sections[at]
  if (first === undefined)
    throw problems.unknownSection(
      anchor,
      page.path,
      sections.slice(1, 40).map((each) => each.anchor),
    )
  const end = sections.findIndex((each, index) => index > at && each.level <= first.level)
  return sections.slice(at, end < 0 ? undefined : end)
}

function contentOf(
  page: StoredPage,
  format: Format,
  section: string | undefined,
  shown: readonly HtmlSection[],
): string | undefined {
  if (format === 'json') return undefined
  if (section === undefined) return format === 'md' ? page.markdown.trim() : page.html
  if (format === 'html') return shown.map(withHeading).join('')
  return markdownOf(page, shown) ?? shown.map((each) => `${each.title}\n\n${textOf(each.html)}`).join('\n\n')
}

const withHeading = ({ anchor, level, title, html }: HtmlSection): string =>
  level === 0 ? html : `<h${level} id="${anchor}">${escaped(title)}</h${level}>${html}`

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The lines of a section; undefined where its heading is not one of Markdown. */
function markdownOf({ markdown, headings }: StoredPage, shown: readonly HtmlSection[]): string | undefined {
  const anchors = new Set(shown.map(({ anchor }) => anchor))
  const first = headings.findIndex(({ anchor }) => anchor === shown[0]?.anchor)
  if (first < 0 && shown[0]?.anchor !== '') return undefined
  const end = headings.findIndex(({ anchor }, at) => at > first && !anchors.has(anchor))
  return markdown
    .split('\n')
    .slice(headings[first]?.line ?? 0, headings[end]?.line)
    .join('\n')
    .trim()
}
