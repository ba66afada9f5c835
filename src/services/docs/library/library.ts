import { join } from 'node:path'
import { problems } from '../../../errors.ts'
import { nearestNames } from '../../../nearest.ts'
import type { IndexData } from '../search/index-data.ts'
import { readBuilt } from './built.ts'
import { Edition, type EditionFacts, editionFacts, pointerStamp } from './edition.ts'
import type { OwnPages } from './own.ts'
import type { DocRow, DocSource, StoredPage, TroubleWords } from './stored.ts'

export interface LibraryOptions {
  /** Folder that the build writes into (`built`). */
  built: string
  /** Folder of the server's state: imports are in `docs` below it. */
  data: string
  /** Folder of own pages to be used instead of those that come along (DOCS_DIR). */
  own?: string | undefined
}

/** Folder of imports in the server's state. */
export const importsFolder = (data: string): string => join(data, 'docs')

/** Every page there is, in the order of the tree. */
export interface DocTree {
  pages: readonly DocRow[]
  /** The official documentation, where it was imported. */
  official: EditionFacts | undefined
}

export interface DocPage {
  page: StoredPage
  /** The import it is from. */
  edition: EditionFacts | undefined
  children: readonly DocRow[]
  /** The page before it and the one after, in the order of the tree. */
  previous: DocRow | undefined
  next: DocRow | undefined
}

/** The documentation: pages of this product and, once they are imported, the official ones. Read when it is first asked for. */
export class Library {
  readonly #options: LibraryOptions
  #own: Promise<OwnPages> | undefined
  #edition: Edition | undefined
  /** Which pointer that was read from. */
  #stamp = ''

  constructor(options: LibraryOptions) {
    this.#options = options
  }

  /** Throws `docs_not_built`, `docs_damaged`. */
  async tree(): Promise<DocTree> {
    const [own, official] = await Promise.all([
      this.#ownPages(),
      this.#official(async (edition) => ({ rows: await edition.rows(), facts: edition.facts })),
    ])
    return { pages: [...own.pages.map(rowOf), ...(official?.rows ?? [])], official: official?.facts }
  }

  /** A page by its path, or by its id. Throws `unknown_page`, `docs_not_built`, `docs_damaged`. */
  async page(asked: string): Promise<DocPage> {
    const { pages, official } = await this.tree()
    const path = plainPath(asked)
    const at = pages.findIndex((row) => row.path === path || row.id === path)
    const row = pages[at]
    if (row === undefined) throw unknown(path, pages, official)
    const page = await this.#read(row)
    const beside = (step: -1 | 1) => (pages[at + step]?.source === row.source ? pages[at + step] : undefined)
    const children = pages.filter(({ parent }) => parent === row.path)
    const edition = row.source === 'official' ? official : undefined
    return { page, edition, children, previous: beside(-1), next: beside(1) }
  }

  /** The indexes that a search goes through. Throws `docs_not_imported` where only the official pages are asked for and are not there. */
  async indexes(source: DocSource | undefined): Promise<{ source: DocSource; index: IndexData }[]> {
    const own = source === 'official' ? undefined : await this.#ownPages()
    const official = source === 'own' ? undefined : await this.#official((edition) => edition.index())
    if (source === 'official' && official === undefined) throw problems.docsNotImported()
    return [
      ...(own === undefined ? [] : [{ source: 'own' as const, index: own.index }]),
      ...(official === undefined ? [] : [{ source: 'official' as const, index: official }]),
    ]
  }

  /** What the own pages on troubles are found by. */
  async troubles(): Promise<readonly TroubleWords[]> {
    return (await this.#ownPages()).troubles
  }

  /** The import in use. A running server sees a new one with the next question. */
  async edition(): Promise<Edition | undefined> {
    const docs = importsFolder(this.#options.data)
    const stamp = pointerStamp(docs)
    if (stamp === this.#stamp) return this.#edition
    const facts = await editionFacts(docs)
    if (facts === undefined) this.#edition = undefined
    else if (this.#edition?.facts.folder !== facts.folder) this.#edition = new Edition(docs, facts)
    this.#stamp = stamp
    return this.#edition
  }

  // An import that is replaced while it is read may be gone: then the new one is read.
  async #official<T>(use: (edition: Edition) => Promise<T>): Promise<T | undefined> {
    const edition = await this.edition()
    if (edition === undefined) return undefined
    return use(edition).catch(async (error: unknown) => {
      const now = await this.edition()
      if (now === undefined || now === edition) throw error
      return use(now)
    })
  }

  #ownPages(): Promise<OwnPages> {
    this.#own ??= this.#readOwn().catch((error: unknown) => {
      // What is built, or mended, meanwhile is found by the next question.
      this.#own = undefined
      throw error
    })
    return this.#own
  }

  async #readOwn(): Promise<OwnPages> {
    const { own, built } = this.#options
    if (own === undefined) return fromBuild(built)
    // Loaded only here: what renders is not needed for what is rendered.
    const { renderOwn } = await import('./own.ts')
    try {
      return renderOwn(own)
    } catch (error) {
      throw problems.docsUnreadable(own, error instanceof Error ? error.message : String(error))
    }
  }

  async #read(row: DocRow): Promise<StoredPage> {
    const page =
      row.source === 'own'
        ? (await this.#ownPages()).pages.find(({ path }) => path === row.path)
        : await this.#official((edition) => edition.page(row.path))
    if (page === undefined) throw problems.unknownPage(row.path, [])
    return page
  }
}

function fromBuild(built: string): OwnPages {
  try {
    return readBuilt(built)
  } catch {
    throw problems.docsNotBuilt()
  }
}

const rowOf = ({ path, title, description, source, parent, id }: StoredPage): DocRow => ({
  path,
  title,
  source,
  ...(description === undefined ? {} : { description }),
  ...(parent === undefined ? {} : { parent }),
  ...(id === undefined ? {} : { id }),
})

const plainPath = (path: string): string =>
  path
    .replaceAll(/^\/+|\/+$/g, '')
    .replace(/^docs\//, '')
    .replace(/\.md$/, '')

function unknown(path: string, pages: readonly DocRow[], official: EditionFacts | undefined): Error {
  if (official === undefined && /^official(\/|$)/.test(path)) return problems.docsNotImported()
  const last = path.slice(path.lastIndexOf('/') + 1)
  const same = pages.filter((row) => row.path.endsWith(`/${last}`)).map((row) => row.path)
  const near = nearestNames(
    path,
    pages.map((row) => row.path),
  )
  const byLast = nearestNames(
    last,
    pages.map((row) => row.path.slice(row.path.lastIndexOf('/') + 1)),
  )
  const alike = pages.filter((row) => byLast.some((word) => row.path.endsWith(`/${word}`))).map((row) => row.path)
  return problems.unknownPage(path.slice(0, 300), [...new Set([...same, ...near, ...alike])].slice(0, 3))
}
