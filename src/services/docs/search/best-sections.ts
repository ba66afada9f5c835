import type { IndexedPage } from './index-data.ts'

/** A page that was found. */
export interface Found {
  page: number
  score: number
  /** Its best section. */
  section: number
}

/** Shares of the best, the second and the third section in the score of a page. */
const [SECOND, THIRD] = [0.5, 0.25]

/** The pages of one index that a question finds. */
export interface Results {
  /** Best first, not more than were asked for. */
  best: Found[]
  /** How many pages have any of the terms. */
  total: number
}

/** The three best sections of each page, in arrays that are used again. */
export class BestSections {
  readonly #weights: Float64Array
  readonly #first: Float64Array
  readonly #second: Float64Array
  readonly #third: Float64Array
  /** The best section of each page; -1: none yet. */
  readonly #section: Int32Array
  readonly #pages: Uint32Array
  #count = 0

  constructor(pages: readonly IndexedPage[]) {
    this.#weights = Float64Array.from(pages, ({ weight }) => weight)
    this.#first = new Float64Array(pages.length)
    this.#second = new Float64Array(pages.length)
    this.#third = new Float64Array(pages.length)
    this.#section = new Int32Array(pages.length).fill(-1)
    this.#pages = new Uint32Array(pages.length)
  }

  add(page: number, section: number, score: number): void {
    const isNew = this.#section[page] === -1
    if (isNew) this.#pages[this.#count++] = page
    if (isNew || score > (this.#first[page] ?? 0)) return this.#lead(page, section, score)
    const second = this.#second[page] ?? 0
    if (score <= second) this.#third[page] = Math.max(score, this.#third[page] ?? 0)
    else {
      this.#second[page] = score
      this.#third[page] = second
    }
  }

  #lead(page: number, section: number, score: number): void {
    this.#third[page] = this.#second[page] ?? 0
    this.#second[page] = this.#first[page] ?? 0
    this.#first[page] = score
    this.#section[page] = section
  }

  /** What the best pages came to, and forgets all. */
  take(most: number): Results {
    const scores = new Float64Array(this.#count)
    for (let at = 0; at < this.#count; at++) scores[at] = this.#scoreOf(this.#pages[at] ?? 0)
    // Only what is among the best is made an object and put in order: a common word is on nearly every page.
    const least = scores.toSorted().at(-most) ?? 0
    const best: Found[] = []
    for (let at = 0; at < this.#count; at++) {
      const [page, score] = [this.#pages[at] ?? 0, scores[at] ?? 0]
      if (score >= least) best.push({ page, section: this.#section[page] ?? 0, score })
      this.#forget(page)
    }
    this.#count = 0
    return { best: best.toSorted((a, b) => b.score - a.score).slice(0, most), total: scores.length }
  }

  #scoreOf(page: number): number {
    const below = SECOND * (this.#second[page] ?? 0) + THIRD * (this.#third[page] ?? 0)
    return ((this.#first[page] ?? 0) + below) * (this.#weights[page] ?? 1)
  }

  #forget(page: number): void {
    this.#first[page] = 0
    this.#second[page] = 0
    this.#third[page] = 0
    this.#section[page] = -1
  }
}
