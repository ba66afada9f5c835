import { Masking, type Span } from './masking.ts'
import type { Scanner } from './triggers.ts'

/** A run that may be the header of a token: base64url of `{"`, `{ ` or `{` and a line break. Taken whole, so no run is read twice. */
const HEADER = /e(?:yJ|yA|wo)[\w-]*/g
const REST = /(?:\.[\w-]*){1,4}/y
const SEGMENT = 10

/** Masks JSON Web Tokens (RFC 7519), signed or encrypted; also where the signature was cut off. */
export const webTokens: Scanner = {
  marks: ['eyJ', 'eyA', 'ewo'],
  mask: (text) => {
    const masking = new Masking(text)
    HEADER.lastIndex = 0
    for (let hit = HEADER.exec(text); hit !== null; hit = HEADER.exec(text)) {
      const span = tokenAt(text, hit.index, hit[0])
      if (span === undefined) continue
      masking.mask(span)
      HEADER.lastIndex = span.end
    }
    return masking.text()
  },
}

function tokenAt(text: string, start: number, header: string): Span | undefined {
  if (header.length < SEGMENT || !isHeader(header)) return undefined
  REST.lastIndex = start + header.length
  const rest = REST.exec(text)?.[0]
  if (rest === undefined || !hasPayload(rest)) return undefined
  return { start, end: start + header.length + rest.replace(/\.+$/, '').length }
}

/** `eyJ` is unlikely to be anything else; `ewo` is in "framework", so it has to name an algorithm. */
function isHeader(header: string): boolean {
  if (header.startsWith('eyJ')) return true
  return Buffer.from(header.slice(0, 1024), 'base64url').toString('latin1').includes('"alg"')
}

/** `.payload.signature`, `.payload` alone, or the four further parts of an encrypted token, of which the key may be empty. */
function hasPayload(rest: string): boolean {
  const [, payload = '', ...others] = rest.split('.')
  if (payload.length >= SEGMENT) return others.some((part) => part.length >= SEGMENT) || payload.startsWith('ey')
  return payload === '' && others.length === 3 && others.every((part) => part.length > 0)
}
