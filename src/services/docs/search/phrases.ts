import type { TroubleWords } from '../library/stored.ts'

/** A text that a page on a trouble is found by, without what is different each time. */
interface Phrase {
  page: number
  words: readonly string[]
  /** What all its words weigh, numbers aside. */
  weight: number
  least: number
}

/** A page whose words a text has. */
export interface Recognised {
  path: string
  title: string
  /** How much of the phrase, and how rare. */
  score: number
  /** Share of the text that the phrase accounts for, 0 to 1. */
  share: number
}

/** Share of a phrase that must be there: of a short one, all. */
const LEAST = 0.9
const SHORT = 4
const ALL = 0.999
/** Pages that fit much worse than the best are not meant. */
const NEAR_THE_BEST = 0.6
/** Words of a pasted text that are looked at. */
const MOST_WORDS = 400
/** A number says little: it is different each time, or it is what tells two exit codes apart. */
const NUMBER_WEIGHT = 0.6

/** Recognises error texts as users paste them, by the phrases of the pages on troubles. */
export class Phrases {
  readonly #pages: readonly TroubleWords[]
  readonly #phrases: readonly Phrase[]
  readonly #weights: ReadonlyMap<string, number>

  constructor(pages: readonly TroubleWords[]) {
    this.#pages = pages
    const shapes = pages.map(({ phrases }) => phrases.map(shapeOf))
    this.#weights = weightsOf(shapes)
    this.#phrases = shapes.flatMap((ofPage, page) =>
      ofPage.flatMap((words) =>
        this.#weigh(words) === 0
          ? []
          : [{ page, words, weight: this.#weigh(words), least: words.length > SHORT ? LEAST : ALL }],
      ),
    )
  }

  /** The pages that a text may belong to, best first. */
  find(text: string): Recognised[] {
    const words = shapeOf(text).slice(0, MOST_WORDS)
    const there = new Set(words)
    const best = new Map<number, number>()
    for (const phrase of this.#phrases) {
      const possible = phrase.words.reduce((sum, word) => sum + (there.has(word) ? this.#weight(word) : 0), 0)
      const known = best.get(phrase.page) ?? 0
      if (possible < phrase.least * phrase.weight || possible <= known) continue
      best.set(phrase.page, Math.max(known, this.#inOrder(phrase, words)))
    }
    const whole = Math.max(this.#weigh(words), Number.EPSILON)
    const most = Math.max(0, ...best.values())
    return [...best]
      .filter(([, score]) => score > NEAR_THE_BEST * most)
      .map(([page, score]) => ({ ...this.#named(page), score, share: Math.min(1, score / whole) }))
      .toSorted((a, b) => b.score - a.score)
  }

  #named(page: number): Pick<TroubleWords, 'path' | 'title'> {
    const { path = '', title = '' } = this.#pages[page] ?? {}
    return { path, title }
  }

  /** Weight of the longest run of a phrase's words that the text has in their order; less where they lie far apart; 0 where it is too little. */
  #inOrder({ words: phrase, weight, least }: Phrase, words: readonly string[]): number {
    let before: Run[] = Array.from({ length: words.length + 1 }, () => NOTHING)
    for (const word of phrase) {
      const row: Run[] = [NOTHING]
      const worth = this.#weight(word)
      for (const [at, other] of words.entries()) {
        const without = heavier(before[at + 1] ?? NOTHING, row[at] ?? NOTHING)
        row.push(
          word === other ? heavier(extended(before[at] ?? NOTHING, at, worth, isNumber(word)), without) : without,
        )
      }
      before = row
    }
    const { sum, numbers, from, to, count } = before.at(-1) ?? NOTHING
    const coverage = Math.min(1, (sum - numbers) / weight)
    if (coverage < least) return 0
    const apart = Math.max(0, to - from + 1 - count) / count
    return sum * coverage * coverage * (1 / (1 + 0.15 * apart))
  }

  #weigh = (words: readonly string[]): number =>
    words.reduce((sum, word) => sum + (isNumber(word) ? 0 : this.#weight(word)), 0)

  #weight(word: string): number {
    return isNumber(word) ? NUMBER_WEIGHT : (this.#weights.get(word) ?? 1)
  }
}

interface Run {
  sum: number
  /** The part of the sum that is numbers. */
  numbers: number
  from: number
  to: number
  count: number
}
const NOTHING: Run = { sum: 0, numbers: 0, from: 0, to: 0, count: 0 }

const heavier = (a: Run, b: Run): Run => (a.sum >= b.sum ? a : b)
const extended = ({ sum, numbers, from, count }: Run, at: number, worth: number, ofNumber: boolean): Run => ({
  sum: sum + worth,
  numbers: ofNumber ? numbers + worth : numbers,
  from: count === 0 ? at : from,
  to: at,
  count: count + 1,
})

const isNumber = (word: string): boolean => /^\d+$/.test(word)

/** The rarer a word is among the pages, the more it says; the longer, a little more too. */
function weightsOf(shapes: readonly (readonly (readonly string[])[])[]): Map<string, number> {
  const pages = new Map<string, number>()
  for (const shape of shapes) for (const word of new Set(shape.flat())) pages.set(word, (pages.get(word) ?? 0) + 1)
  return new Map(
    [...pages].map(([word, count]) => [
      word,
      Math.log(1 + shapes.length / count) * Math.sqrt(Math.min(word.length, 16) / 8),
    ]),
  )
}

const QUOTES = /[“”„]/g
/** What stands in double quotes is a name: of an object, an image, a user. Not over line ends. */
const QUOTED = /\\?"[^"\n]{0,300}"/g
/** Names with digits in them, identifiers, durations: 5f6c9d7b-x2x, 2m40s. Words such as x509 and v1 begin with letters and end in digits. */
const CHANGING = /^(?!\d+$)(?![a-z]+\d{1,4}$)(?=.*\d)/

/** The words of a text that are the same each time; numbers that stand alone are kept. */
export function shapeOf(text: string): string[] {
  const plain = text.replaceAll(QUOTES, '"').replaceAll('’', "'").replaceAll(QUOTED, ' ').toLowerCase()
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !CHANGING.test(word))
}
