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
const WORD = /[\p{L}\p{N}]+/gu

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

function hitsIn(text: string, terms: ReadonlySet<string>): Hit[] {
  return [...text.matchAll(WORD)].flatMap(({ 0: word, index }) => {
    const term = termOf(word)
    return term !== undefined && terms.has(term) ? [{ from: index, to: index + word.length, term }] : []
  })
}

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
