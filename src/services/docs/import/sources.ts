import type { ImportLimits } from './limits.ts'
import { refused } from './refused.ts'

/** A file that an import reads, and the folder in front of it: an archive has one more (`website-main/content/en/docs/…`). */
const WANTED =
  /^((?:[^/]+\/){0,3}?)(content\/en\/(?:docs\/.*\.md|includes\/.*\.md|examples\/.*)|i18n\/en\/en\.toml|hugo\.toml)$/
const KINDS_OF_LINKS = new Set(['symlink', 'link'])

/** The texts of a website, gathered within limits. Names are only looked up, never opened. */
export class Sources {
  readonly #limits: ImportLimits
  readonly #roots = new Map<string, Map<string, string>>()
  #entries = 0
  #bytes = 0
  /** What was left out, with how often. */
  readonly leftOut = new Map<string, number>()

  constructor(limits: ImportLimits) {
    this.#limits = limits
  }

  /** Whether an entry is to be read. Throws `import_refused` where its name or the number of entries is not acceptable. */
  wants(name: string, type: string, size: number): boolean {
    this.#entries += 1
    if (this.#entries > this.#limits.entries)
      throw refused('The source', `it has more than ${this.#limits.entries} entries`)
    if (isOutside(name))
      throw refused('The source', `it has an entry outside itself (${JSON.stringify(name.slice(0, 200))})`)
    if (KINDS_OF_LINKS.has(type)) return this.#leave('links')
    if (type === 'directory') return false
    if (type !== 'file' && type !== 'contiguous-file') return this.#leave(`entries of type ${type.slice(0, 40)}`)
    if (!WANTED.test(plain(name))) return this.#leave('files that are no documentation in English')
    if (size > this.#limits.file) return this.#leave(`files larger than ${this.#limits.file} bytes`)
    return true
  }

  /** Keeps a text that was wanted. */
  add(name: string, text: string): void {
    this.#bytes += text.length
    if (this.#bytes > this.#limits.read)
      throw refused('The source', `it has more than ${this.#limits.read} bytes of text`)
    const [, root = '', path = ''] = WANTED.exec(plain(name)) ?? []
    const texts = this.#roots.get(root) ?? new Map<string, string>()
    this.#roots.set(root, texts.set(path, text))
  }

  /** The texts by their path from the root of the website: the outermost folder that has pages. */
  texts(): ReadonlyMap<string, string> {
    const withPages = [...this.#roots].filter(([, texts]) => [...texts.keys()].some(isPage))
    const [outermost] = withPages.toSorted(([a], [b]) => a.length - b.length)
    if (outermost === undefined) throw refused('The source', 'it has no content/en/docs with pages in it')
    return outermost[1]
  }

  #leave(why: string): false {
    this.leftOut.set(why, (this.leftOut.get(why) ?? 0) + 1)
    return false
  }
}

const isOutside = (name: string): boolean =>
  name.startsWith('/') || name.includes('\\') || name.includes('\0') || name.split('/').includes('..')

const plain = (name: string): string => name.replace(/^(?:\.\/)+/, '')
const isPage = (path: string): boolean => path.startsWith('content/en/docs/')
