/** The first that is found where it is looked for, one place after the other; undefined where it is in none. */
export function firstOf<From, To>(places: readonly From[], find: (place: From) => To | undefined): To | undefined {
  for (const place of places) {
    const found = find(place)
    if (found !== undefined) return found
  }
  return undefined
}
