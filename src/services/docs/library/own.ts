import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FrontMatter, listField, numberField, readFrontMatter, textField } from '../render/front-matter.ts'
import { githubSlug } from '../render/anchors.ts'
import { textOf } from '../render/html-text.ts'
import { markdownRenderer } from '../render/markdown.ts'
import { renderPage } from '../render/page.ts'
import { IndexBuilder } from '../search/index-build.ts'
import type { IndexData } from '../search/index-data.ts'
import { withRules } from './found-by.ts'
import { type DocRow, docUrl, inTreeOrder, type StoredPage, type TroubleWords } from './stored.ts'

/** The own pages, rendered and indexed. */
export interface OwnPages {
  pages: readonly StoredPage[]
  troubles: readonly TroubleWords[]
  index: IndexData
}

interface Source {
  path: string
  parent: string | undefined
  title: string
  weight: number
  fields: FrontMatter['fields']
  body: string
}

/** Folders in the order a reader wants them; others after these. */
const FIRST = ['troubleshooting', 'tasks', 'concepts', 'reference']
/** What the product's own pages count for beside the official ones; lists of everything count less. */
const WEIGHTS: Readonly<Record<string, number>> = { troubleshooting: 1.35, tasks: 1.25, concepts: 1.25, reference: 0.8 }

/** Renders every page of a folder. Throws an error that names the page that cannot be. */
export function renderOwn(folder: string): OwnPages {
  const files = globSync('**/*.md', { cwd: folder }).map((file) => file.replaceAll('\\', '/'))
  const written = files.map((file) => readSource(file, readFileSync(join(folder, file), 'utf8')))
  const sources = [...written, ...folderPages(written)]
  const render = markdownRenderer({ html: false, slug: githubSlug })
  const index = new IndexBuilder()
  const pages = inTreeOrder(sources, byWeight).map((source) => {
    const { sections, markdown, html: whole, headings } = renderPage(source.body, render)
    const page = { ...rowOf(source), kinds: listField(source.fields, 'kinds'), markdown, html: whole, headings }
    index.add(
      { url: docUrl(page.path), title: page.title, weight: weightOf(page.path) },
      sections.map(({ anchor, title, html }, at) => ({
        anchor,
        title: title === '' ? page.title : title,
        text: at === 0 ? [page.description, textOf(html)].filter(Boolean).join(' ') : textOf(html),
        keywords: at === 0 ? [...listField(source.fields, 'keywords'), ...page.kinds].join(' ') : '',
      })),
    )
    return page
  })
  return { pages, troubles: written.flatMap(troubleOf), index: index.finish() }
}

function readSource(file: string, text: string): Source {
  const path = file.replace(/\.md$/, '').replace(/(?:^|\/)_?index$/, '')
  try {
    const { fields, body } = readFrontMatter(text)
    const [heading, title] = /^\s*# (.+)\n+/.exec(body) ?? []
    return {
      path,
      parent: parentOf(path),
      title: textField(fields, 'title') ?? title ?? titled(path),
      weight: numberField(fields, 'weight') ?? 1000,
      fields,
      body: withRules(textField(fields, 'id'), heading === undefined ? body : body.slice(heading.length)),
    }
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** A page for each folder that has none: what is in it. */
function folderPages(written: readonly Source[]): Source[] {
  const there = new Set(written.map(({ path }) => path))
  const folders = new Set(written.flatMap(({ path }) => foldersOf(path)))
  return [...folders].flatMap((path) => {
    if (there.has(path)) return []
    const inside = written.filter(({ parent }) => parent === path).toSorted(byWeight)
    const lines = inside.map((page) => {
      const about = textField(page.fields, 'description')
      return `- [${page.title}](${docUrl(page.path)})${about === undefined ? '' : `: ${about}`}`
    })
    const at = FIRST.indexOf(path)
    return [
      {
        path,
        parent: parentOf(path),
        title: titled(path),
        weight: at < 0 ? FIRST.length : at,
        fields: {},
        body: lines.join('\n'),
      },
    ]
  })
}

const foldersOf = (path: string): string[] => {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_part, at) => parts.slice(0, at + 1).join('/'))
}
const parentOf = (path: string): string | undefined => foldersOf(path).at(-1)

function titled(path: string): string {
  const words = path.slice(path.lastIndexOf('/') + 1).replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const byWeight = (a: Source, b: Source) => a.weight - b.weight || a.title.localeCompare(b.title)

function rowOf({ path, parent, title, fields }: Source): DocRow {
  const [description, id] = [textField(fields, 'description'), textField(fields, 'id')]
  return {
    path,
    title,
    source: 'own',
    ...(parent === undefined ? {} : { parent }),
    ...(description === undefined ? {} : { description }),
    ...(id === undefined ? {} : { id }),
  }
}

const weightOf = (path: string): number => WEIGHTS[path.split('/')[0] ?? ''] ?? 1.2

function troubleOf({ path, title, fields }: Source): TroubleWords[] {
  if (textField(fields, 'id') === undefined || !Array.isArray(fields.trouble)) return []
  return [{ path, title, phrases: listField(fields, 'keywords') }]
}
