/** Most edits between two words that may be the same one, mistyped. */
const mostEdits = (length: number): number => (length < 4 ? 0 : length < 8 ? 1 : 2)
/** Only so many stand in for a word. */
const MOST = 5

/** Terms of a sorted list that a mistyped one may have meant, nearest first. The first letter is taken to be right. */
export function nearTerms(wanted: string, terms: readonly string[], from: number): { term: number; edits: number }[] {
  const limit = mostEdits(wanted.length)
  const [first = ''] = wanted
  const found: { term: number; edits: number }[] = []
  if (limit === 0 || /\d/.test(wanted)) return found
  for (let at = from; terms[at]?.startsWith(first) === true; at++) {
    const term = terms[at] ?? ''
    if (Math.abs(term.length - wanted.length) > limit) continue
    const edits = distance(wanted, term, limit)
    if (edits <= limit) found.push({ term: at, edits })
  }
  const [nearest] = found.toSorted((a, b) => a.edits - b.edits)
  return found.filter(({ edits }) => edits === nearest?.edits).slice(0, MOST)
}

/** Edits between two words, two swapped letters being one (optimal string alignment); more than `limit` where it is more. */
function distance(a: string, b: string, limit: number): number {
  let [before, row] = [[] as number[], Array.from({ length: b.length + 1 }, (_each, at) => at)]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : limit + 1
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    if (Math.min(...next) > limit) return limit + 1
    before = row
    row = next
  }
  return row[b.length] ?? limit + 1
}
