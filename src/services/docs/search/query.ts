import { plainText } from '../../safety/visible-text.ts'
import { nearTerms } from './likeness.ts'
import type { Asked, Ranking } from './ranking.ts'
import { partsOf, termOf, wordsOf } from './words.ts'

/** A question, in words. */
export interface Query {
  /** As it was asked, without what cannot be seen. */
  text: string
  words: readonly string[]
  /** Each once, without the common ones. */
  terms: readonly string[]
  /** What the reader should know about how it was understood. */
  notes: readonly string[]
  /** Whether the last word may not be finished. */
  typing: boolean
}

/** A question of more words is a pasted log: its rarest words say what it is about. */
const MOST_TERMS = 48
/** Words that are looked for by likeness: of more, most are no words. */
const MOST_GUESSED = 4
/** Words that begin as one that is being typed. */
const MOST_COMPLETIONS = 12

/** What cannot be seen, as plainText writes it. */
const ESCAPES = /\\u(?:[0-9a-f]{4}|\{[0-9a-f]{1,6}\})/g

export function readQuery(asked: string, typing: boolean): Query {
  const text = plainText(asked.normalize('NFC')).replaceAll(ESCAPES, ' ').replaceAll(/\s+/g, ' ').trim()
  const words = wordsOf(text)
  const terms = [...new Set(words.flatMap((word) => termOf(word) ?? []))]
  const notes =
    terms.length > 0
      ? []
      : [words.length === 0 ? 'There is no word in the query.' : 'Every word of the query is too common to look for.']
  return { text, words, terms, notes, typing }
}

/** The terms of a question as an index has them: the same, its parts, those it begins, or, where no index has it, those it may have meant. */
export function askedOf({ terms, words, typing }: Query, index: Named, all: readonly Named[]): Asked[] {
  const last = typing ? termOf(words.at(-1) ?? '') : undefined
  const known = terms.filter((term) => all.some(({ ranking }) => ranking.find(term) >= 0))
  const rarest = known.length <= MOST_TERMS ? terms : rarestOf(known, index.ranking)
  const guessed = new Set(rarest.filter((term) => !known.includes(term)).slice(0, MOST_GUESSED))
  return rarest.flatMap((term) => {
    const exact = index.ranking.find(term)
    const same = exact < 0 ? [] : [[exact, 1] as const]
    if (term === last) return [{ terms: [...same, ...completions(term, index)] }]
    if (known.includes(term)) return [{ terms: same }]
    return guessed.has(term) ? likely(term, words, index) : []
  })
}

/** An index with its terms. */
export interface Named {
  ranking: Ranking
  terms: readonly string[]
}

const rarestOf = (terms: readonly string[], ranking: Ranking): string[] =>
  terms
    .map((term) => ({ term, frequency: ranking.frequencyOf(term) }))
    .toSorted((a, b) => a.frequency - b.frequency)
    .slice(0, MOST_TERMS)
    .map(({ term }) => term)

function completions(beginning: string, { ranking, terms }: Named): [number, number][] {
  const found: [number, number][] = []
  for (
    let at = ranking.from(beginning);
    found.length < MOST_COMPLETIONS && terms[at]?.startsWith(beginning) === true;
    at++
  )
    if (terms[at] !== beginning) found.push([at, 0.7 * (beginning.length / (terms[at]?.length ?? 1)) ** 0.5])
  return found
}

const LIKENESS = [1, 0.6, 0.4] as const

/** Shorter ones begin too many words. */
const LEAST_BEGINNING = 6

/** What a word that no index has may stand for: the words in it, one with another letter, or a longer one that it begins (crashloop). */
function likely(term: string, words: readonly string[], { ranking, terms }: Named): Asked[] {
  const parts = words
    .filter((word) => termOf(word) === term)
    .flatMap(partsOf)
    .flatMap((part) => termOf(part) ?? [])
    .map((part) => ranking.find(part))
    .filter((at) => at >= 0)
  if (parts.length > 0) return [...new Set(parts)].map((at) => ({ terms: [[at, 0.8]] }))
  const near = nearTerms(term, terms, ranking.from(term.slice(0, 1)))
  if (near.length > 0) return [{ terms: near.map(({ term: at, edits }) => [at, LIKENESS[edits] ?? 0.4]) }]
  const begun = term.length < LEAST_BEGINNING ? [] : completions(term, { ranking, terms })
  return begun.length === 0 ? [] : [{ terms: begun }]
}
