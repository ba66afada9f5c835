/** Whether a text matches a pattern in which `*` stands for any characters, none included. Takes at most text × pattern steps. */
export function globMatches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return pattern === text
  if (!text.startsWith(first)) return false
  const last = rest.pop() ?? ''
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** Whether a list of patterns reaches a name. No list: it reaches every name. */
export const inScope = (globs: readonly string[] | undefined, name: string): boolean =>
  globs === undefined || globs.some((glob) => globMatches(glob, name))
