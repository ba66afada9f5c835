import { setImmediate as eventLoop } from 'node:timers/promises'
import { Turnstile } from '../../../kubernetes/turns.ts'
import type { Cluster } from '../../cluster.ts'
import type { Library } from '../library/library.ts'
import { type DocSource, docUrl, SOURCES, type TroubleWords } from '../library/stored.ts'
import type { Definitions } from '../reference/definitions.ts'
import { type Candidate, candidatesOf, hitOf, ordered } from './candidates.ts'
import { ClusterSource, type FoundInCluster, type ReadKinds } from './cluster-source.ts'
import type { IndexData } from './index-data.ts'
import { Phrases, type Recognised } from './phrases.ts'
import type { Boosts } from './postings.ts'
import { askedOf, type Query, readQuery } from './query.ts'
import { Ranking } from './ranking.ts'
import { type Named, namedIn, namesIn } from './reference-source.ts'
import type { SearchAnswer, Searched } from './schema.ts'
import { type TemplateRow, templateIndex } from './template-source.ts'

/** What is searched. The reference and the templates are asked for when they are needed. */
export interface SearchOptions {
  library: Library
  /** Throws where there is no reference. */
  reference?: () => Definitions
  /** The kinds that a cluster has of its own. */
  clusterKinds?: ReadKinds
  /** Asked once: templates are part of the program. */
  templates?: () => Promise<readonly TemplateRow[]>
}

export interface SearchQuestion {
  source?: Searched | undefined
  /** Default 10. */
  limit?: number | undefined
  /** Whether the last word may not be finished: for results while typing. */
  typing?: boolean | undefined
  /** The connected cluster, asked only where the question names a kind that the reference does not have. */
  cluster?: (() => Cluster | undefined) | undefined
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

/** An index that is searched. */
interface Opened {
  source: Searched
  index: IndexData
  ranking: Ranking
  terms: readonly string[]
}

/** What one question is answered from. What is undefined is not asked for, or not there. */
interface Opening {
  indexes: readonly Opened[]
  phrases: Phrases | undefined
  /** What it names in the reference, and in the cluster's own. */
  named: readonly Named[] | undefined
  notes: readonly string[]
}

/** One search over pages, reference and templates. Throws what the library throws. */
export class Search {
  readonly #options: SearchOptions
  readonly #ofCluster: ClusterSource | undefined
  readonly #rankings = new WeakMap<IndexData, Ranking>()
  readonly #turnstile = new Turnstile(1)
  #phrases: { of: readonly TroubleWords[]; phrases: Phrases } | undefined
  #templates: Promise<IndexData> | undefined

  constructor(options: SearchOptions) {
    this.#options = options
    this.#ofCluster = options.clusterKinds === undefined ? undefined : new ClusterSource(options.clusterKinds)
  }

  /** Throws `docs_not_imported` where only the official pages are asked for and are not there, `docs_not_built`. */
  async find(q: string, { source, limit = 10, typing = false, cluster }: SearchQuestion = {}): Promise<SearchAnswer> {
    const query = readQuery(q, typing)
    const opening = await this.#open(query, source, cluster)
    return this.#inTurn(() => answered(query, opening, limit))
  }

  // One in each turn of the event loop: requests that come meanwhile do not wait for all the searches that came before them.
  async #inTurn<T>(work: () => T): Promise<T> {
    const leave = await this.#turnstile.enter()
    try {
      await eventLoop()
      return work()
    } finally {
      leave()
    }
  }

  async #open(query: Query, source: Searched | undefined, cluster: SearchQuestion['cluster']): Promise<Opening> {
    const indexes = await this.#indexes(source)
    const phrases = source === undefined || source === 'own' ? await this.#troubles() : undefined
    const reference = source === undefined || source === 'reference' ? await this.#reference(query, cluster) : undefined
    return { indexes, phrases, named: reference?.named, notes: reference?.notes ?? [] }
  }

  async #indexes(source: Searched | undefined): Promise<Opened[]> {
    const pages =
      source === undefined || isDocSource(source)
        ? await this.#options.library.indexes(isDocSource(source) ? source : undefined)
        : []
    const templates = source === undefined || source === 'templates' ? await this.#templateIndex() : undefined
    const all = [...pages, ...(templates === undefined ? [] : [{ source: 'templates' as const, index: templates }])]
    return all.map((each) => ({ ...each, ranking: this.#ranking(each.index), terms: each.index.terms }))
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

  async #troubles(): Promise<Phrases> {
    const of = await this.#options.library.troubles()
    if (this.#phrases?.of !== of) this.#phrases = { of, phrases: new Phrases(of) }
    return this.#phrases.phrases
  }

  // The cluster is asked only for what the reference that comes along does not have.
  async #reference({ text }: Query, cluster: SearchQuestion['cluster']): Promise<FoundInCluster | undefined> {
    const definitions = this.#definitions()
    const named = definitions === undefined ? [] : namedIn(text, definitions)
    const connected = named.length > 0 || namesIn(text).length === 0 ? undefined : cluster?.()
    if (this.#ofCluster !== undefined && connected !== undefined) return this.#ofCluster.find(text, connected)
    return definitions === undefined ? undefined : { named, notes: [] }
  }

  // Pages are found all the same where the reference is not built.
  #definitions(): Definitions | undefined {
    try {
      return this.#options.reference?.()
    } catch {
      return undefined
    }
  }
}

function answered(query: Query, { indexes, phrases, named, notes }: Opening, limit: number): SearchAnswer {
  const results = indexes.map((one) => ({
    one,
    found: one.ranking.pages(askedOf(query, one, indexes), MOST_CANDIDATES),
  }))
  const fromIndexes = results.flatMap(({ one, found }) => candidatesOf(one.source, one.index, found))
  const troubles = phrases === undefined ? [] : troublesOf(query, phrases, fromIndexes)
  const candidates = ordered([...troubles, ...(named ?? []).map(candidateOf), ...fromIndexes])
  const beyond = results.reduce((sum, { found }) => sum + found.total - found.best.length, 0)
  const terms = new Set(query.terms)
  return {
    query: query.text,
    hits: candidates.slice(0, limit).map((each) => hitOf(each, terms)),
    total: candidates.length + beyond,
    searched: [...indexes.map(({ source }) => source), ...(named === undefined ? [] : ['reference' as const])],
    notes: [...query.notes, ...notes, ...noteOn(query, candidates.length)],
  }
}

const candidateOf = ({ isField, ...place }: Named, at: number): Candidate => ({
  source: 'reference',
  once: place.url,
  score: (isField ? FIELD_NAMED : KIND_NAMED) - at,
  place: () => place,
})

/** The page of a trouble whose words the question has goes first; its best section is what the index found of it. */
function troublesOf({ text, terms }: Query, phrases: Phrases, found: readonly Candidate[]): Candidate[] {
  const sure = phrases.find(text).filter((each) => isSure(each, terms.length))
  return sure.map(({ path, title, score }) => {
    const url = docUrl(path)
    const same = found.find(({ once }) => once === url)
    const place = () => ({ title, text: '', ...same?.place(), url })
    return { source: 'own', once: url, score: RECOGNISED + score, place }
  })
}

const isSure = ({ score, share }: Recognised, words: number): boolean =>
  (score >= SURE && (share >= 0.12 || words > 12)) || share >= MOST_OF_IT

const isDocSource = (source: Searched | undefined): source is DocSource => SOURCES.some((each) => each === source)

function noteOn({ terms }: Query, found: number): string[] {
  if (found > 0 || terms.length === 0) return []
  return ['Nothing has these words. The pages are in English; an error can be pasted as it is printed.']
}
