/** The few names that are nearest to a word a user typed: same beginning first, then by edit distance. At most three. */
export function nearestNames(word: string, names: readonly string[]): string[] {
  const wanted = word.toLowerCase()
  const limit = Math.max(2, Math.floor(wanted.length / 3))
  const ranked = [...new Set(names)]
    .map((name) => ({ name, distance: rank(wanted, name.toLowerCase(), limit) }))
    .filter((each) => each.distance <= limit)
    .toSorted((a, b) => a.distance - b.distance)
  return ranked.slice(0, 3).map((each) => each.name)
}

function rank(wanted: string, name: string, limit: number): number {
  if (wanted.length > 2 && (name.startsWith(wanted) || wanted.startsWith(name))) return 1
  return Math.abs(wanted.length - name.length) > limit ? Number.POSITIVE_INFINITY : editDistance(wanted, name)
}

/** Levenshtein's distance over code units. Inputs are names: a few hundred characters at most. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap))
    }
    row = next
  }
  return row[b.length] ?? 0
}
