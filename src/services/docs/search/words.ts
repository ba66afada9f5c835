/** Words too common to say what a page is about. */
const STOP = new Set(
  (
    'a about after all also an and any are as at be because been before being but by can could did do does doing each for from get gets had has have ' +
    'having he her his how i if in into is it its just me more most my no nor not of off on once only or other our out over own s same she should ' +
    'so some such t than that the their them then there these they this those through to too under until up us was we were what when where ' +
    'which while who whom why will with within without would you your'
  ).split(' '),
)

export const isStopWord = (word: string): boolean => STOP.has(word)

const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu
/** Longer ones are no words: digests, keys, lines without a blank. */
const LONGEST = 60

/** The words of a text, as they stand. */
export const wordsOf = (text: string): string[] => text.match(WORD) ?? []

const HUMPS = /\p{Lu}?[\p{Ll}\p{N}]+|\p{Lu}+(?!\p{Ll})/gu

/** The words in a word: `runAsNonRoot` has four. Empty where it is one. */
export function partsOf(word: string): string[] {
  if (!/\p{Ll}\p{Lu}/u.test(word)) return []
  return word.match(HUMPS) ?? []
}

/** Words that were met, as the index has them: the same few thousand come again and again. */
const met = new Map<string, string | undefined>()
const MOST_MET = 20_000

/** A word as the index has it: lower case, light stemming; undefined where it is none to look for. */
export function termOf(word: string): string | undefined {
  if (met.has(word)) return met.get(word)
  const term = reduced(word)
  if (met.size >= MOST_MET) met.clear()
  met.set(word, term)
  return term
}

function reduced(word: string): string | undefined {
  const plain = word.toLowerCase().replace(/['’]\p{L}+$/u, '')
  if (plain === '' || plain.length > LONGEST || STOP.has(plain)) return undefined
  return stem(plain)
}

/** Takes plural and verb endings off, no more: what is taken off too much cannot be told apart again. */
export function stem(word: string): string {
  if (word.length < 4 || /\d/.test(word)) return word
  const base = singular(word)
  for (const [ending, least] of ENDINGS)
    if (base.endsWith(ending) && base.length - ending.length >= least) return undouble(base.slice(0, -ending.length))
  return base.endsWith('e') && base.length > 4 ? base.slice(0, -1) : base
}

const ENDINGS: readonly (readonly [string, number])[] = [
  ['ingly', 4],
  ['ing', 3],
  ['edly', 4],
  ['ed', 3],
  ['ly', 4],
]

function singular(word: string): string {
  if (/(?:ss|us|is)$/.test(word)) return word
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`
  if (/(?:x|ch|sh|ss|zz)es$/.test(word)) return word.slice(0, -2)
  return word.endsWith('s') ? word.slice(0, -1) : word
}

// "running", "stopped": the doubled letter goes; "e" goes everywhere, so that "scaling" and "scale" meet.
function undouble(word: string): string {
  if (/([^aeiouls])\1$/.test(word)) return word.slice(0, -1)
  return word.endsWith('e') ? word.slice(0, -1) : word
}
