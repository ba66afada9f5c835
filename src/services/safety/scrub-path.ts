import { scrubText } from './scrub-text.ts'

/** The path of a URL as it may be repeated: masked where there is a secret in it, encoded or not. */
export function scrubPath(path: string): string {
  const plain = decoded(path)
  if (plain === undefined) return scrubText(path)
  const clean = scrubText(plain)
  return clean === plain ? path : encodeURI(clean)
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
