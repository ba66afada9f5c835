import { BestSections, type Results } from './best-sections.ts'
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

/** Scores the pages of one index. Made once per index: it holds what every posting is worth. */
export class Ranking {
  readonly #data: IndexData
  readonly #worths: Float32Array
  readonly #pageOf: Uint32Array
  // Used again by each search, which runs to its end before another begins.
  readonly #scores: Float64Array
  readonly #covered: Float64Array
  readonly #touched: Uint32Array
  #count = 0
  readonly #best: BestSections

  constructor(data: IndexData, boosts: Boosts) {
    this.#data = data
    this.#worths = worths(data, boosts)
    this.#pageOf = Uint32Array.from(data.sections, ([page]) => page)
    this.#scores = new Float64Array(data.sections.length)
    this.#covered = new Float64Array(data.sections.length)
    this.#touched = new Uint32Array(data.sections.length)
    this.#best = new BestSections(data.pages)
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
   * The `most` best pages that have any of the terms: the score of each is that of its best section and parts of those of the next two.
   * A section's score is its share of what one could have that repeats every term: so scores of several indexes compare. One that has only
   * some of the terms has less.
   */
  pages(asked: readonly Asked[], most: number): Results {
    let highest = 0
    for (const { terms } of asked) {
      const rarity = this.rarity(Math.max(0, ...terms.map(([term]) => this.frequency(term))))
      highest += rarity
      for (const [term, likeness] of terms) this.#add(term, likeness * rarity)
    }
    this.#byPage(Math.max(highest, Number.EPSILON))
    return this.#best.take(most)
  }

  #add(term: number, weight: number): void {
    const { starts, postings } = this.#data
    const end = starts[term + 1] ?? 0
    for (let at = starts[term] ?? 0; at < end; at++) {
      const section = postings[at] ?? 0
      const covered = this.#covered[section] ?? 0
      if (covered === 0) this.#touched[this.#count++] = section
      this.#covered[section] = covered + weight
      this.#scores[section] = (this.#scores[section] ?? 0) + weight * (this.#worths[at] ?? 0)
    }
  }

  #byPage(highest: number): void {
    for (let at = 0; at < this.#count; at++) {
      const section = this.#touched[at] ?? 0
      const share = Math.min(1, (this.#covered[section] ?? 0) / highest)
      this.#best.add(this.#pageOf[section] ?? 0, section, ((this.#scores[section] ?? 0) / highest) * share)
      this.#scores[section] = 0
      this.#covered[section] = 0
    }
    this.#count = 0
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
