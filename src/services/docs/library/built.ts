import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeIndex } from '../search/index-data.ts'
import type { OwnPages } from './own.ts'

export const PAGES = 'own.json'
export const INDEX = 'own-index.bin'

/** Reads what the build wrote. Throws where it is not there. */
export function readBuilt(built: string): OwnPages {
  const folder = join(built, 'docs')
  const own: unknown = JSON.parse(readFileSync(join(folder, PAGES), 'utf8'))
  if (!isOwn(own)) throw new Error('it is no build of the own pages')
  return { ...own, index: decodeIndex(readFileSync(join(folder, INDEX))) }
}

const isOwn = (value: unknown): value is Omit<OwnPages, 'index'> =>
  typeof value === 'object' && value !== null && 'pages' in value && 'troubles' in value && Array.isArray(value.pages)
