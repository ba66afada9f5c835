import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parse } from 'yaml'
import { listAt, textAt } from '../support/json.ts'

/** A fenced block of a page. */
export interface Block {
  readonly language: string
  readonly text: string
}

/** A page of static/docs that somebody wrote, as a test reads it. */
export interface Page {
  /** Path below static/docs, without `.md`. */
  readonly path: string
  readonly folder: string
  readonly name: string
  /** The front matter as it is. */
  readonly front: unknown
  readonly id: string
  /** Names of the objects of test/data/troubles that the page is about. */
  readonly troubles: readonly string[]
  readonly keywords: readonly string[]
  readonly kinds: readonly string[]
  /** Everything after the front matter. */
  readonly body: string
  /** The body without its fenced blocks. */
  readonly prose: string
  readonly blocks: readonly Block[]
  /** Headings of the second level. */
  readonly sections: readonly string[]
}

/** The folder that the pages are in. */
export const DOCS = join(import.meta.dirname, '..', '..', 'static', 'docs')

const FENCE = /^```(\w*)\n(.*?)^```$/gms
const texts = (front: unknown, field: string) =>
  listAt(front, field).filter((each): each is string => typeof each === 'string')

function readPage(file: string): Page {
  const text = readFileSync(join(DOCS, file), 'utf8')
  const [, front = '', body = ''] = /^---\n(.*?)^---\n(.*)$/ms.exec(text) ?? []
  const fields: unknown = parse(front)
  const prose = body.replaceAll(FENCE, '')
  return {
    path: file.replace(/\.md$/, ''),
    folder: dirname(file),
    name: basename(file, '.md'),
    front: fields,
    id: textAt(fields, 'id'),
    troubles: texts(fields, 'trouble'),
    keywords: texts(fields, 'keywords'),
    kinds: texts(fields, 'kinds'),
    body,
    prose,
    blocks: [...body.matchAll(FENCE)].map(([, language = '', block = '']) => ({ language, text: block })),
    sections: [...prose.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading),
  }
}

/** Every page but those of reference/, which are generated. */
export const allPages: readonly Page[] = globSync('**/*.md', { cwd: DOCS })
  .filter((file) => !file.startsWith('reference/'))
  .toSorted()
  .map(readPage)

/** The pages that say what to do about a trouble. */
export const troublePages: readonly Page[] = allPages.filter(({ folder }) => folder === 'troubleshooting')

/** Targets of a page's links, without anchors. */
export const linksOf = ({ prose }: Page): string[] =>
  [...prose.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => target)

/** What stands in single backticks in the prose. */
export const spansOf = ({ prose }: Page): string[] => [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
