import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeIndex } from '../search/index-data.ts'
import { INDEX, PAGES } from './built.ts'
import { renderOwn } from './own.ts'

/** What a build of the own pages came to. */
export interface BuiltDocs {
  pages: number
  sections: number
  bytes: number
}

/** Renders the own pages and writes them, with their index, into `<out>/docs`. */
export function buildDocs(from: string, out: string): BuiltDocs {
  const folder = join(out, 'docs')
  mkdirSync(folder, { recursive: true })
  const { pages, troubles, index } = renderOwn(from)
  const [text, bytes] = [JSON.stringify({ pages, troubles }), encodeIndex(index)]
  writeFileSync(join(folder, PAGES), text)
  writeFileSync(join(folder, INDEX), bytes)
  return { pages: pages.length, sections: index.sections.length, bytes: Buffer.byteLength(text) + bytes.length }
}
