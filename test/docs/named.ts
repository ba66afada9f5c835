import { type Page, troublePages } from './pages.ts'

// Which page a pasted text belongs to, by the keywords of the pages alone. The search proper has more to go by; what cannot be
// told apart here will not be there either.

/** A text without what is different each time: names in quotes, numbers, identifiers, punctuation. */
const shapeOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/"[^"]*"/g, ' ')
    .replaceAll(/[^a-z]+/g, ' ')
    .trim()

/** How much of a text a keyword accounts for: its length where the text has it, word for word. */
function weightOf(keyword: string, text: string, shape: string): number {
  const wanted = shapeOf(keyword)
  const isThere = text.toLowerCase().includes(keyword.toLowerCase()) || ` ${shape} `.includes(` ${wanted} `)
  return isThere && wanted !== '' ? Math.max(wanted.length, 1) : 0
}

const bestOf = ({ keywords }: Page, text: string): number =>
  Math.max(0, ...keywords.map((keyword) => weightOf(keyword, text, shapeOf(text))))

/** Ids of the pages with the longest keyword that a text contains; none where no page has one. */
export function pagesNaming(text: string): string[] {
  const scores = troublePages.map((page) => ({ id: page.id, score: bestOf(page, text) }))
  const best = Math.max(...scores.map(({ score }) => score))
  return best === 0 ? [] : scores.filter(({ score }) => score === best).map(({ id }) => id)
}
