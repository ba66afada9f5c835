import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { problems } from '../../../errors.ts'
import { decodeIndex, type IndexData } from '../search/index-data.ts'
import type { DocRow, StoredPage } from './stored.ts'

/** File in the docs folder of the server's state that says which import is in use. It alone is replaced. */
export const POINTER = 'official.json'
export const PAGES = 'pages.json'
export const INDEX = 'index.bin'
/** Goes up with every change of what an import writes. */
export const EDITION_FORMAT = 1

/** What an import came to, as it is kept. */
export interface EditionFacts {
  format: number
  /** Its folder, beside the pointer. */
  folder: string
  /** Version of Kubernetes it documents. */
  version: string
  /** When it was imported (ISO 8601). */
  imported: string
  pages: number
  sections: number
}

/** A page of the list, and the number of its file. */
export interface EditionRow extends DocRow {
  file: number
}

interface PageList {
  rows: readonly DocRow[]
  /** The number of the file of each path. */
  files: ReadonlyMap<string, number>
}

/** One import of the official documentation. What is in it is read when it is asked for. */
export class Edition {
  readonly facts: EditionFacts
  readonly #folder: string
  #list: Promise<PageList> | undefined
  #index: Promise<IndexData> | undefined

  constructor(docs: string, facts: EditionFacts) {
    this.facts = facts
    this.#folder = join(docs, facts.folder)
  }

  /** Its pages in the order of the tree; always the same list. */
  async rows(): Promise<readonly DocRow[]> {
    return (await this.#pages()).rows
  }

  #pages(): Promise<PageList> {
    this.#list ??= this.#readRows()
    return this.#list
  }

  index(): Promise<IndexData> {
    this.#index ??= readFile(join(this.#folder, INDEX)).then(decodeIndex).catch(broken)
    return this.#index
  }

  /** A page; undefined where there is none of that path. */
  async page(path: string): Promise<StoredPage | undefined> {
    const file = (await this.#pages()).files.get(path)
    if (file === undefined) return undefined
    const page: unknown = JSON.parse(await readFile(join(this.#folder, `${file}.json`), 'utf8').catch(broken))
    if (!isPage(page)) throw problems.docsDamaged(`page ${file} is no page`)
    return page
  }

  async #readRows(): Promise<PageList> {
    const list: unknown = JSON.parse(await readFile(join(this.#folder, PAGES), 'utf8').catch(broken))
    if (!isRows(list)) throw problems.docsDamaged('its list of pages is no list')
    return {
      rows: list.map(({ file: _file, ...row }) => row),
      files: new Map(list.map(({ path, file }) => [path, file])),
    }
  }
}

/** Changes with the import in use, which an import replaces as one file; empty where there is none. Costs microseconds, each question asks. */
export function pointerStamp(docs: string): string {
  const facts = statSync(join(docs, POINTER), { throwIfNoEntry: false })
  return facts === undefined ? '' : `${facts.ino} ${facts.mtimeMs} ${facts.size}`
}

/** The import in use; undefined where there is none. Throws `docs_damaged` where the pointer is not readable. */
export async function editionFacts(docs: string): Promise<EditionFacts | undefined> {
  const text = await readFile(join(docs, POINTER), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const facts: unknown = parsed(text)
  if (!isFacts(facts)) throw problems.docsDamaged(`${POINTER} is not what an import writes`)
  if (facts.format !== EDITION_FORMAT) throw problems.docsDamaged('it was imported by another version of this server')
  return facts
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function broken(error: unknown): never {
  throw problems.docsDamaged(error instanceof Error ? error.message : String(error))
}

// Our own files: what they are is looked at, not every field.
const isRows = (value: unknown): value is readonly EditionRow[] => Array.isArray(value)
const isPage = (value: unknown): value is StoredPage =>
  typeof value === 'object' && value !== null && 'html' in value && typeof value.html === 'string'
const isFacts = (value: unknown): value is EditionFacts =>
  typeof value === 'object' &&
  value !== null &&
  'format' in value &&
  'folder' in value &&
  typeof value.folder === 'string' &&
  /^official-[0-9a-f]+$/.test(value.folder)
