import { termOf } from './words.ts'

/** A piece of a text around what was looked for. */
export interface Snippet {
  text: string
  /** Where the words are in it: from, to. */
  marks: [from: number, to: number][]
}

const LENGTH = 220
/** Text that is looked at: a section may be a whole table of settings. */
const MOST = 4_000

interface Hit {
  from: number
  to: number
  term: string
}

/** The piece of a text that has most of the terms, the words marked. */
export function snippetOf(text: string, terms: ReadonlySet<string>): Snippet {
  const hits = hitsIn(text.slice(0, MOST), terms)
  const start = startOf(text, bestStart(hits))
  const end = endOf(text, start)
  const [before, after] = [start > 0 ? '… ' : '', end < text.length ? ' …' : '']
  const shift = before.length - start
  return {
    text: `${before}${text.slice(start, end).toWellFormed()}${after}`,
    marks: hits.filter(({ from, to }) => from >= start && to <= end).map(({ from, to }) => [from + shift, to + shift]),
  }
}

// Read code by code, and only what begins as a term is made a text: this is most of what a search costs.
function hitsIn(text: string, terms: ReadonlySet<string>): Hit[] {
  const initials = new Set([...terms].map((term) => term.charCodeAt(0)))
  const hits: Hit[] = []
  for (let from = nextWord(text, 0); from < text.length; ) {
    const to = endOfWord(text, from)
    if (initials.has(lowerCode(text, from))) hits.push(...hitAt(text, { from, to }, terms))
    from = nextWord(text, to)
  }
  return hits
}

function hitAt(text: string, { from, to }: Omit<Hit, 'term'>, terms: ReadonlySet<string>): Hit[] {
  const term = termOf(text.slice(from, to))
  return term !== undefined && terms.has(term) ? [{ from, to, term }] : []
}

function nextWord(text: string, from: number): number {
  let at = from
  while (at < text.length && !isInWord(text, at)) at += 1
  return at
}

function endOfWord(text: string, from: number): number {
  let at = from
  while (at < text.length && isInWord(text, at)) at += 1
  return at
}

const ASCII = 128
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u
/** Of every character of ASCII. */
const IN_WORD = Uint8Array.from({ length: ASCII }, (_each, code) => Number(/[a-z0-9]/i.test(String.fromCharCode(code))))

function isInWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code < ASCII ? IN_WORD[code] === 1 : LETTER_OR_DIGIT.test(text.charAt(at))
}

const lowerCode = (text: string, at: number): number => text.charAt(at).toLowerCase().charCodeAt(0)

/** Where a window begins that holds the most different terms. */
function bestStart(hits: readonly Hit[]): number {
  let best = { start: hits[0]?.from ?? 0, count: 0 }
  for (const [at, { from }] of hits.entries()) {
    const inside = new Set<string>()
    for (let next = at; (hits[next]?.to ?? Infinity) <= from + LENGTH * 0.8; next++) inside.add(hits[next]?.term ?? '')
    if (inside.size > best.count) best = { start: from, count: inside.size }
  }
  return best.start
}

/** A little before the first word, at the beginning of one. */
function startOf(text: string, from: number): number {
  if (from < 60) return 0
  const space = text.indexOf(' ', from - 40)
  return space < 0 || space >= from ? from : space + 1
}

function endOf(text: string, start: number): number {
  const end = start + LENGTH
  if (end >= text.length) return text.length
  const space = text.lastIndexOf(' ', end)
  return space > start ? space : end
}
