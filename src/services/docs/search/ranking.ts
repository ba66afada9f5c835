import type { IndexData } from './index-data.ts'
import { type Boosts, FIELDS, unpack } from './postings.ts'

/** Okapi BM25+ (Robertson; Lv and Zhai 2011): saturation of repetition, weight of length, least of a hit. */
const K = 1.2
const B = 0.7
const D = 0.5

/** A term of a query: the terms of the index that stand for it, with how well each does (1: the same). */
export interface Asked {
  terms: readonly (readonly [term: number, likeness: number])[]
}

/** A page that was found. */
export interface Found {
  page: number
  score: number
  /** Its best section. */
  section: number
}

/** Shares of the best, the second and the third section in the score of a page. */
const SHARES = [1, 0.5, 0.25] as const

/** Scores the pages of one index. Made once per index: it holds what every posting is worth. */
export class Ranking {
  readonly #data: IndexData
  readonly #worths: Float32Array
  // Used again by each search, which runs to its end before another begins.
  readonly #scores: Float64Array
  readonly #covered: Float64Array
  readonly #best: BestSections

  constructor(data: IndexData, boosts: Boosts) {
    this.#data = data
    this.#worths = worths(data, boosts)
    this.#scores = new Float64Array(data.sections.length)
    this.#covered = new Float64Array(data.sections.length)
    this.#best = new BestSections(data.pages.length)
  }

  /** Position of a term; -1 where the index does not have it. */
  find(term: string): number {
    const at = this.from(term)
    return this.#data.terms[at] === term ? at : -1
  }

  /** Position of the first term that is not before this one. */
  from(term: string): number {
    let [low, high] = [0, this.#data.terms.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#data.terms[middle] ?? '') < term) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The same, of a term by itself; 0 where the index does not have it. */
  frequencyOf(term: string): number {
    const at = this.find(term)
    return at < 0 ? 0 : this.frequency(at)
  }

  /** In how many sections a term stands. */
  frequency(term: number): number {
    return (this.#data.starts[term + 1] ?? 0) - (this.#data.starts[term] ?? 0)
  }

  /** How much a term says that stands in so many sections. */
  rarity(sections: number): number {
    return Math.log(1 + (this.#data.sections.length - sections + 0.5) / (sections + 0.5))
  }

  /**
   * The pages that have any of the terms, best first: the score of each is that of its best section and parts of those of the next two.
   * A section's score is its share of what one could have that repeats every term: so scores of several indexes compare. One that has only
   * some of the terms has less.
   */
  pages(asked: readonly Asked[]): Found[] {
    const touched: number[] = []
    let most = 0
    for (const { terms } of asked) {
      const rarity = this.rarity(Math.max(0, ...terms.map(([term]) => this.frequency(term))))
      most += rarity
      for (const [term, likeness] of terms) this.#add(term, likeness * rarity, touched)
    }
    return this.#byPage(touched, Math.max(most, Number.EPSILON))
  }

  #add(term: number, weight: number, touched: number[]): void {
    const { starts, postings } = this.#data
    const end = starts[term + 1] ?? 0
    for (let at = starts[term] ?? 0; at < end; at++) {
      const section = postings[at] ?? 0
      if (this.#covered[section] === 0) touched.push(section)
      this.#covered[section] = (this.#covered[section] ?? 0) + weight
      this.#scores[section] = (this.#scores[section] ?? 0) + weight * (this.#worths[at] ?? 0)
    }
  }

  #byPage(touched: readonly number[], most: number): Found[] {
    const found: number[] = []
    for (const section of touched) {
      const covered = this.#covered[section] ?? 0
      const score = ((this.#scores[section] ?? 0) / most) * Math.min(1, covered / most)
      this.#scores[section] = 0
      this.#covered[section] = 0
      const page = this.#data.sections[section]?.[0] ?? 0
      if (this.#best.add(page, section, score)) found.push(page)
    }
    const pages = found.map((page) => this.#best.take(page, this.#data.pages[page]?.weight ?? 1))
    return pages.toSorted((a, b) => b.score - a.score)
  }
}

/** The three best sections of each page, in arrays that are used again. */
class BestSections {
  readonly #scores: Float64Array
  readonly #sections: Int32Array

  constructor(pages: number) {
    this.#scores = new Float64Array(pages * SHARES.length)
    this.#sections = new Int32Array(pages).fill(-1)
  }

  /** Counts a section; true where it is the first of its page. */
  add(page: number, section: number, score: number): boolean {
    const at = page * SHARES.length
    const isFirst = this.#sections[page] === -1
    const [first = 0, second = 0, third = 0] = this.#scores.subarray(at, at + SHARES.length)
    if (isFirst || score > first) {
      this.#sections[page] = section
      this.#scores.set([score, first, second], at)
    } else if (score > second) this.#scores.set([score, second], at + 1)
    else if (score > third) this.#scores[at + 2] = score
    return isFirst
  }

  /** What a page came to, and forgets it. */
  take(page: number, weight: number): Found {
    const at = page * SHARES.length
    const sum = SHARES.reduce((all, share, place) => all + share * (this.#scores[at + place] ?? 0), 0)
    const section = this.#sections[page] ?? 0
    this.#scores.fill(0, at, at + SHARES.length)
    this.#sections[page] = -1
    return { page, section, score: sum * weight }
  }
}

/** What each posting is worth: the more often a term stands in a field and the shorter the field, the more. */
function worths({ sections, postings, counts, lengths }: IndexData, boosts: Boosts): Float32Array {
  const averages = FIELDS.map((_field, at) => average(lengths, at))
  const worth = new Float32Array(postings.length)
  for (const [field, name] of FIELDS.entries()) {
    const norms = sections.map(
      (_row, id) => K * (1 - B + (B * (lengths[id * FIELDS.length + field] ?? 0)) / (averages[field] ?? 1)),
    )
    for (let at = 0; at < worth.length; at++) {
      const count = unpack(counts[at] ?? 0, field)
      if (count === 0) continue
      const saturated = (count * (K + 1)) / (count + (norms[postings[at] ?? 0] ?? K))
      worth[at] = (worth[at] ?? 0) + boosts[name] * (D + saturated)
    }
  }
  return worth
}

function average(lengths: Uint32Array, field: number): number {
  let [sum, count] = [0, 0]
  for (let at = field; at < lengths.length; at += FIELDS.length) {
    sum += lengths[at] ?? 0
    count += 1
  }
  return Math.max(sum / Math.max(count, 1), 0.01)
}
