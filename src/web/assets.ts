import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'

/** The files that pages are made with, beside the packages' own. */
const FILES = ['style.css', 'theme.js', 'page.js', 'suggest.js', 'fields.js', 'template.js', 'icon.svg'] as const

const FOLDER = fileURLToPath(new URL('../../static/', import.meta.url))

let place: string | undefined

/** Where the files of the pages are: their address has the hash of what is in them, so that a browser may keep them for good. */
export function assetsPath(): string {
  place ??= `/assets/${hashOf(FILES.map((file) => readFileSync(join(FOLDER, file))))}`
  return place
}

function hashOf(contents: readonly Buffer[]): string {
  const hash = createHash('sha256')
  for (const content of contents) hash.update(content).update('\0')
  return hash.digest('hex').slice(0, 16)
}

/** Serves the files of the pages, and nothing else of their folder. */
export async function assets(app: FastifyInstance): Promise<void> {
  const { default: files } = await import('@fastify/static')
  const served = new Set<string>(FILES.map((file) => `/${file}`))
  await app.register(files, {
    root: FOLDER,
    prefix: assetsPath(),
    decorateReply: false,
    index: false,
    immutable: true,
    maxAge: '365d',
    allowedPath: (path) => served.has(path),
  })
}
