import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  EDITION_FORMAT,
  type EditionFacts,
  type EditionRow,
  editionFacts,
  INDEX,
  PAGES,
  POINTER,
} from '../library/edition.ts'
import { type DocRow, inTreeOrder } from '../library/stored.ts'
import { encodeIndex, type IndexData } from '../search/index-data.ts'
import { originalOf } from './links.ts'
import type { ReadyPage } from './pages.ts'

/** What is published. */
export interface NewEdition {
  version: string
  pages: readonly ReadyPage[]
  index: IndexData
}

const HOUR = 3_600_000
const MODE = 0o600

/**
 * Writes an edition into a folder of its own and makes it the one in use: nobody sees half of one. Another import at the same time is
 * the one in use if it ends later.
 */
export async function publish(
  docs: string,
  { version, pages, index }: NewEdition,
  wrote: (done: number) => void,
): Promise<EditionFacts> {
  await mkdir(docs, { recursive: true, mode: 0o700 })
  const before = await editionFacts(docs).catch(() => undefined)
  const id = randomBytes(8).toString('hex')
  const draft = join(docs, `draft-${id}`)
  await mkdir(draft, { mode: 0o700 })
  try {
    await fill(draft, { version, pages, index }, wrote)
    const folder = `official-${id}`
    await rename(draft, join(docs, folder))
    const facts = {
      format: EDITION_FORMAT,
      folder,
      version,
      imported: new Date().toISOString(),
      pages: pages.length,
      sections: index.sections.length,
    }
    await point(docs, facts)
    await tidy(docs, [folder], before?.folder)
    return facts
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

async function fill(draft: string, { pages, index }: NewEdition, wrote: (done: number) => void): Promise<void> {
  const paths = new Set(pages.map(({ of }) => of.path))
  const rows = pages.map((page, file) => ({ ...rowOf(page, paths), file }))
  for (const [file, page] of pages.entries()) {
    const { markdown, html, headings, of } = page
    const whole = { ...rowOf(page, paths), kinds: [], markdown, html, headings, original: originalOf(of.path) }
    await writeFile(join(draft, `${file}.json`), JSON.stringify(whole), { mode: MODE })
    wrote(file + 1)
  }
  const weights = new Map(pages.map(({ of }) => [here(of.path), of.weight]))
  const weight = ({ path }: DocRow) => weights.get(path) ?? 0
  const list: EditionRow[] = inTreeOrder(rows, (a, b) => weight(a) - weight(b) || a.title.localeCompare(b.title))
  await writeFile(join(draft, PAGES), JSON.stringify(list), { mode: MODE })
  await writeFile(join(draft, INDEX), encodeIndex(index), { mode: MODE })
}

const ROOT = 'official'
const here = (path: string) => (path === '' ? ROOT : `${ROOT}/${path}`)

function rowOf({ of: { path, title, description } }: ReadyPage, paths: ReadonlySet<string>): DocRow {
  const parent = parentOf(path, paths)
  return {
    path: here(path),
    title: path === '' ? 'Kubernetes documentation' : title,
    source: 'official',
    ...(description === undefined ? {} : { description: description.replaceAll(/\s+/g, ' ') }),
    ...(parent === undefined ? {} : { parent: here(parent) }),
  }
}

/** The nearest page above: a folder may have none of its own. */
function parentOf(path: string, paths: ReadonlySet<string>): string | undefined {
  for (let above = path; above !== ''; ) {
    above = above.includes('/') ? above.slice(0, above.lastIndexOf('/')) : ''
    if (paths.has(above)) return above
  }
  return undefined
}

async function point(docs: string, facts: EditionFacts): Promise<void> {
  const draft = join(docs, `${POINTER}.${facts.folder}`)
  const file = await open(draft, 'wx', MODE)
  try {
    await file.writeFile(JSON.stringify(facts))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, join(docs, POINTER))
}

/** Removes the edition that was in use, and what imports left behind that never ended. Another import's draft is younger than an hour. */
async function tidy(docs: string, keep: readonly string[], before: string | undefined): Promise<void> {
  const names = (await readdir(docs)).filter(
    (name) => /^(?:official|draft)-[0-9a-f]+$/.test(name) && !keep.includes(name),
  )
  for (const name of names) {
    const place = join(docs, name)
    const age = Date.now() - (await stat(place).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs
    if (name === before || age > HOUR) await rm(place, { recursive: true, force: true })
  }
}
