import { plainText } from '../../safety/visible-text.ts'
import { listField, numberField, readFrontMatter, textField } from '../render/front-matter.ts'
import { type FeatureGate, readGate } from './feature-gates.ts'
import { refused } from './refused.ts'

const DOCS = 'content/en/docs/'

/** A page of the website, not rendered yet. */
export interface SitePage {
  /** Path below /docs of the website, without slashes at its ends. Empty: the first page. */
  path: string
  /** Its file, from the root of the website. */
  file: string
  title: string
  description: string | undefined
  weight: number
  /** Whether it is the page of a folder. */
  isFolder: boolean
  /** concept, task, tutorial, reference ... */
  type: string
  generated: boolean
  leastVersion: string | undefined
  body: string
}

/** A term of the glossary. */
export interface Term {
  id: string
  title: string
  short: string
  more: string
}

/** The website as its files say it. */
export interface Site {
  /** Such as `1.36`. */
  version: string
  /** Such as `1.36.0`. */
  patch: string
  pages: readonly SitePage[]
  terms: ReadonlyMap<string, Term>
  gates: ReadonlyMap<string, FeatureGate>
  /** Texts of the website's own words, such as headings. */
  words: ReadonlyMap<string, string>
  texts: ReadonlyMap<string, string>
  /** Pages that are none of their own, by why. */
  skipped: ReadonlyMap<string, number>
}

/** Reads a website. Throws `import_refused` where its version or its pages are missing. */
export function readSite(texts: ReadonlyMap<string, string>): Site {
  const toml = texts.get('hugo.toml') ?? ''
  const version = /^\s*version\s*=\s*"v?(\d+\.\d+)"/m.exec(toml)?.[1]
  if (version === undefined) throw refused('The source', 'its hugo.toml does not say which version it documents')
  const patch =
    new RegExp(`githubbranch\\s*=\\s*"v(${RegExp.escape(version)}\\.\\d+)"`).exec(toml)?.[1] ?? `${version}.0`
  const skipped = new Map<string, number>()
  const bundles = bundlesOf(texts)
  const pages = [...texts].flatMap(([file, text]) => {
    if (!file.startsWith(DOCS)) return []
    const page = readPage(file, text, bundles)
    if (typeof page !== 'string') return [page]
    skipped.set(page, (skipped.get(page) ?? 0) + 1)
    return []
  })
  return {
    version,
    patch,
    pages,
    terms: new Map(termsOf(texts).map((term) => [term.id, term])),
    gates: new Map(partsOf(texts, 'reference/command-line-tools-reference/feature-gates/').flatMap(readGate)),
    words: wordsOf(texts.get('i18n/en/en.toml') ?? ''),
    texts,
    skipped,
  }
}

/** Folders with an index.md: their other files are parts of that page (Hugo's leaf bundles). */
function bundlesOf(texts: ReadonlyMap<string, string>): string[] {
  return [...texts.keys()].filter((file) => file.endsWith('/index.md')).map((file) => file.slice(0, -'index.md'.length))
}

const IGNORED = /(?:^|\/)(?:doc-contributor-tools\/|README(?:-[a-z]+)?\.md$)/

/** A page, or why the file is none. */
function readPage(file: string, text: string, bundles: readonly string[]): SitePage | string {
  if (IGNORED.test(file)) return 'files the website ignores'
  if (bundles.some((folder) => file.startsWith(folder) && file !== `${folder}index.md`)) return 'parts of other pages'
  try {
    const { fields, body } = readFrontMatter(text)
    if (isPart(fields)) return 'parts of other pages'
    const title = textField(fields, 'title')
    if (title === undefined) return 'files without a title, shown inside other pages'
    return {
      ...facts(fields),
      path: pathOf(file, textField(fields, 'slug')),
      file,
      title,
      isFolder: /\/_?index\.md$/.test(file),
      body,
    }
  } catch {
    return 'files whose front matter cannot be read'
  }
}

function isPart(fields: Readonly<Record<string, unknown>>): boolean {
  const build = fields.build ?? fields._build
  const render = typeof build === 'object' && build !== null && 'render' in build ? build.render : undefined
  return fields.headless === true || fields.draft === true || render === false || render === 'never'
}

const visible = (text: string | undefined) => (text === undefined ? undefined : plainText(text))

const facts = (fields: Readonly<Record<string, unknown>>) => ({
  description: visible(textField(fields, 'description')),
  weight: numberField(fields, 'weight') ?? 1000,
  type: textField(fields, 'content_type') ?? '',
  generated: fields.auto_generated === true,
  leastVersion: textField(fields, 'min-kubernetes-server-version'),
})

function pathOf(file: string, slug: string | undefined): string {
  const path = file.slice(DOCS.length, -'.md'.length).replace(/(?:^|\/)_?index$/, '')
  return slug === undefined ? path : path.replace(/[^/]*$/, slug)
}

const partsOf = (texts: ReadonlyMap<string, string>, folder: string): [name: string, text: string][] =>
  [...texts].flatMap(([file, text]) =>
    file.startsWith(DOCS + folder) && !file.endsWith('/index.md')
      ? [[file.slice((DOCS + folder).length, -3), text]]
      : [],
  )

function termsOf(texts: ReadonlyMap<string, string>): Term[] {
  return partsOf(texts, 'reference/glossary/').flatMap(([, text]) => {
    const { fields, body } = readFrontMatter(text)
    const [id, title] = [textField(fields, 'id'), textField(fields, 'title')]
    if (id === undefined || title === undefined) return []
    const [lead = '', more = ''] = body.split(/<!--\s*more\s*-->/)
    const short = textField(fields, 'short_description') ?? lead.trim()
    const aka = listField(fields, 'aka')
    return [
      {
        id,
        title,
        short,
        more: [more.trim(), ...(aka.length === 0 ? [] : [`Also: ${aka.join(', ')}`])].join('\n\n').trim(),
      },
    ]
  })
}

/** `[name]` and its `other = "text"`. */
const wordsOf = (toml: string): ReadonlyMap<string, string> =>
  new Map(
    [...toml.matchAll(/^\[(\w+)\]\s*\nother\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)')/gm)].map(
      ([, name = '', one, other]) => [name, one ?? other ?? ''] as const,
    ),
  )
