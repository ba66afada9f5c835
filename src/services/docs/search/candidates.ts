import type { IndexData } from './index-data.ts'
import type { Ranking } from './ranking.ts'
import type { Hit, Searched } from './schema.ts'
import { snippetOf } from './snippet.ts'

/** What may be a hit. Where it is and what it says is read only of what is shown. */
export interface Candidate {
  source: Searched
  /** What comes once in an answer: the address of a page, of a kind or field, of a template. */
  once: string
  score: number
  place: () => Place
}

/** Where a hit is, and its text. */
export type Place = Pick<Hit, 'title' | 'section' | 'url' | 'context'> & { text: string }

/** The pages of an index that were found. */
export function candidatesOf(source: Searched, index: IndexData, { best }: ReturnType<Ranking['pages']>): Candidate[] {
  return best.map(({ page, section, score }) => ({
    source,
    once: index.pages[page]?.url ?? '',
    score,
    place: () => placeOf(index, page, section),
  }))
}

function placeOf(index: IndexData, page: number, section: number): Place {
  const { url = '', title: pageTitle = '' } = index.pages[page] ?? {}
  const [, anchor = '', title = '', from = 0, to = 0] = index.sections[section] ?? []
  return {
    title: pageTitle,
    ...(title === pageTitle ? {} : { section: title }),
    url: anchor === '' ? url : `${url}#${anchor}`,
    text: index.texts.toString('utf8', from, to),
  }
}

/** Each only once: its best. Best first. */
export function ordered(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>()
  return candidates.toSorted((a, b) => b.score - a.score).filter(({ once }) => !seen.has(once) && seen.add(once))
}

/** A candidate as it is answered, the terms of the question marked. */
export function hitOf({ source, score, place }: Candidate, terms: ReadonlySet<string>): Hit {
  const { text, ...where } = place()
  const { text: snippet, marks } = snippetOf(text, terms)
  return { source, ...where, snippet, marks, score: Math.round(score * 1000) / 1000 }
}
