const MOST_WARNINGS = 20

// warn-code SP warn-agent SP quoted-string (RFC 7234, 5.5), as the API server sends each of its warnings.
const WARNING = /\d{3} \S+ "((?:[^"\\]|\\.)*)"/g

/** The texts of the `Warning` headers of an answer. */
export function readWarnings(header: string | string[] | undefined): string[] {
  const text = [header ?? []].flat().join(', ')
  const found = Array.from(text.matchAll(WARNING), ([, quoted = '']) => quoted.replace(/\\(.)/g, '$1'))
  return [...new Set(found)].slice(0, MOST_WARNINGS)
}
