import type { Span } from './masking.ts'
import { goesOn, JUDGED, readValue, restOfLine, type Separator, textOf } from './read-value.ts'
import { isPlaceholder, isWord } from './values.ts'

const SCHEME =
  /\\{0,7}["'`]?(?:Bearer|Basic|Token|Digest|Negotiate|ApiKey|Api-Key|AWS4-HMAC-SHA256|SharedKey|Bot)[ \t]{1,8}/iy

/** The secret of RFC 9110 `Authorization` (its scheme stays) and `Cookie`; undefined where the name is no such header. */
export function inHeader(text: string, name: string, separator: Separator): Span | undefined {
  if (name.length < 'cookie'.length) return undefined
  if (/cookie$/i.test(name)) return cookies(text, separator)
  return /authorization$/i.test(name) ? credential(text, separator.end) : undefined
}

function credential(text: string, at: number): Span | undefined {
  SCHEME.lastIndex = at
  const scheme = SCHEME.exec(text)?.[0]
  if (scheme === undefined) return undefined
  const start = at + scheme.length
  const head = readValue(text, start, JUDGED).span
  const shown = textOf(text, head)
  if (isPlaceholder(shown) || (isWord(shown) && goesOn(text, head.end))) return undefined
  const whole = readValue(text, at)
  return { start, end: whole.quoted ? whole.span.end : endOf(text, start, scheme) }
}

/** Digest and AWS's scheme are lists of parameters, the signature among them. */
const endOf = (text: string, start: number, scheme: string) =>
  /digest|aws4/i.test(scheme) ? restOfLine(text, start).end : readValue(text, start).span.end

function cookies(text: string, { sign, end }: Separator): Span | undefined {
  const head = readValue(text, end, JUDGED)
  if (head.quoted || sign !== ':') return undefined
  return textOf(text, head.span).includes('=') ? restOfLine(text, end) : undefined
}
