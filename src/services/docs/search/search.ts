import type { Library } from '../library/library.ts'
import { type DocSource, docUrl, SOURCES, type TroubleWords } from '../library/stored.ts'
import type { Definitions } from '../reference/definitions.ts'
import type { IndexData } from './index-data.ts'
import { Phrases, type Recognised } from './phrases.ts'
import type { Boosts } from './postings.ts'
import { askedOf, type Query, readQuery } from './query.ts'
import { Ranking } from './ranking.ts'
import { namedIn } from './reference-source.ts'
import type { Hit, SearchAnswer, Searched } from './schema.ts'
import { snippetOf } from './snippet.ts'
import { type TemplateRow, templateIndex } from './template-source.ts'

/** What is searched. The reference and the templates are asked for when they are needed. */
export interface SearchOptions {
  library: Library
  /** Throws where there is no reference. */
  reference?: () => Definitions
  /** Asked once: templates are part of the program. */
  templates?: () => Promise<readonly TemplateRow[]>
}

export interface SearchQuestion {
  source?: Searched | undefined
  /** Default 10. */
  limit?: number | undefined
  /** Whether the last word may not be finished: for results while typing. */
  typing?: boolean | undefined
}

const BOOSTS: Boosts = { page: 1.5, title: 1.5, keywords: 1, text: 1 }
// What a question names outright stands before what only has its words: a kind, a text that a trouble is recognised by, a field.
const KIND_NAMED = 100
const RECOGNISED = 200
const FIELD_NAMED = 300
/** Weight of a phrase from which on it is no accident. */
const SURE = 4.5
/** Share of a text that a phrase must account for where it weighs less. */
const MOST_OF_IT = 0.55

/** Pages of one index that are looked at: more than anybody may ask for. */
const MOST_CANDIDATES = 60

interface Gathered {
  candidates: Candidate[]
  /** How many there are with those that are not looked at. */
  total: number
  searched: Searched[]
}

interface Candidate {
  source: Searched
  title: string
  section?: string
  url: string
  score: number
  /** Its text, read only for what is shown. */
  text: () => string
}

/** One search over pages, reference and templates. Throws what the library throws. */
export class Search {
  readonly #options: SearchOptions
  readonly #rankings = new WeakMap<IndexData, Ranking>()
  #phrases: { of: readonly TroubleWords[]; phrases: Phrases } | undefined
  #templates: Promise<IndexData> | undefined

  constructor(options: SearchOptions) {
    this.#options = options
  }

  /** Throws `docs_not_imported` where only the official pages are asked for and are not there, `docs_not_built`. */
  async find(q: string, { source, limit = 10, typing = false }: SearchQuestion = {}): Promise<SearchAnswer> {
    const query = readQuery(q, typing)
    const found = await this.#candidates(query, source)
    const candidates = unique(found.candidates.toSorted((a, b) => b.score - a.score))
    const beyond = found.total - found.candidates.length
    const terms = new Set(query.terms)
    return {
      query: query.text,
      hits: candidates.slice(0, limit).map((each) => hitOf(each, terms)),
      total: candidates.length + beyond,
      searched: found.searched,
      notes: [...query.notes, ...noteOn(query, candidates.length)],
    }
  }

  async #candidates(query: Query, source: Searched | undefined): Promise<Gathered> {
    const pages =
      source === undefined || isDocSource(source)
        ? await this.#options.library.indexes(isDocSource(source) ? source : undefined)
        : []
    const templates = source === undefined || source === 'templates' ? await this.#templateIndex() : undefined
    const indexes = [...pages, ...(templates === undefined ? [] : [{ source: 'templates' as const, index: templates }])]
    const named = indexes.map(({ index }) => ({ ranking: this.#ranking(index), terms: index.terms }))
    const results = indexes.flatMap(({ source: of, index }, at) => {
      const one = named[at]
      return one === undefined ? [] : [{ of, index, pages: one.ranking.pages(askedOf(query, one, named)) }]
    })
    const fromIndexes = results.flatMap(({ of, index, pages: found }) =>
      candidatesOf(of, index, found.slice(0, MOST_CANDIDATES)),
    )
    const reference = source === undefined || source === 'reference' ? this.#reference(query) : undefined
    const troubles = source === undefined || source === 'own' ? await this.#troubles(query, fromIndexes) : []
    const candidates = [...troubles, ...(reference ?? []), ...fromIndexes]
    const beyond = results.reduce((sum, { pages: found }) => sum + Math.max(0, found.length - MOST_CANDIDATES), 0)
    return {
      candidates,
      total: candidates.length + beyond,
      searched: [...indexes.map(({ source: of }) => of), ...(reference === undefined ? [] : ['reference' as const])],
    }
  }

  #ranking(index: IndexData): Ranking {
    const known = this.#rankings.get(index)
    if (known !== undefined) return known
    const made = new Ranking(index, BOOSTS)
    this.#rankings.set(index, made)
    return made
  }

  #templateIndex(): Promise<IndexData> | undefined {
    this.#templates ??= this.#options.templates?.().then(templateIndex)
    return this.#templates
  }

  // Pages are found all the same where the reference is not built.
  #definitions(): Definitions | undefined {
    try {
      return this.#options.reference?.()
    } catch {
      return undefined
    }
  }

  #reference({ text }: Query): Candidate[] | undefined {
    const definitions = this.#definitions()
    if (definitions === undefined) return undefined
    return namedIn(text, definitions).map(({ text: about, isField, ...named }, at) => ({
      ...named,
      source: 'reference',
      score: (isField ? FIELD_NAMED : KIND_NAMED) - at,
      text: () => about,
    }))
  }

  /** The page of a trouble whose words the question has goes first; its best section is what the index found of it. */
  async #troubles({ text, terms }: Query, found: readonly Candidate[]): Promise<Candidate[]> {
    const of = await this.#options.library.troubles()
    if (this.#phrases?.of !== of) this.#phrases = { of, phrases: new Phrases(of) }
    const sure = this.#phrases.phrases.find(text).filter((each) => isSure(each, terms.length))
    return sure.map(({ path, title, score }) => {
      const url = docUrl(path)
      const same = found.find((each) => each.source === 'own' && pageOf(each.url) === url)
      return { source: 'own', title, text: () => '', ...same, url, score: RECOGNISED + score }
    })
  }
}

const isSure = ({ score, share }: Recognised, words: number): boolean =>
  (score >= SURE && (share >= 0.12 || words > 12)) || share >= MOST_OF_IT

const isDocSource = (source: Searched | undefined): source is DocSource => SOURCES.some((each) => each === source)
const pageOf = (url: string) => url.replace(/#.*$/, '')

function candidatesOf(source: Searched, index: IndexData, found: ReturnType<Ranking['pages']>): Candidate[] {
  return found.flatMap(({ page, section, score }) => {
    const of = index.pages[page]
    const row = index.sections[section]
    if (of === undefined || row === undefined) return []
    const [, anchor, title, from, to] = row
    return [
      {
        source,
        title: of.title,
        ...(title === of.title ? {} : { section: title }),
        url: anchor === '' ? of.url : `${of.url}#${anchor}`,
        score,
        text: () => index.texts.toString('utf8', from, to),
      },
    ]
  })
}

/** Each page once: its best. */
function unique(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>()
  return candidates.filter(({ url, source }) => {
    const key = source === 'reference' ? url : pageOf(url)
    return !seen.has(key) && seen.add(key)
  })
}

function hitOf({ text, ...hit }: Candidate, terms: ReadonlySet<string>): Hit {
  const { text: snippet, marks } = snippetOf(text(), terms)
  return { ...hit, snippet, marks, score: Math.round(hit.score * 1000) / 1000 }
}

function noteOn({ terms }: Query, found: number): string[] {
  if (found > 0 || terms.length === 0) return []
  return ['Nothing has these words. The pages are in English; an error can be pasted as it is printed.']
}
