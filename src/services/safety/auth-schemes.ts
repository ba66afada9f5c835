import { Masking } from './masking.ts'
import { isObjectName } from './values.ts'
import type { Scanner } from './triggers.ts'

/** RFC 9110 credentials: a scheme and a token68, wherever they stand. */
const CREDENTIALS = /\b(bearer|basic|negotiate)(?: |%20|\+){1,4}([A-Za-z0-9._~+/-]{8,}={0,2})/gi

/** Masks what follows `Bearer`, `Basic` or `Negotiate`, where it is no word. */
export const authSchemes: Scanner = {
  marks: ['bearer', 'basic', 'negotiate'],
  mask: (text) => {
    const masking = new Masking(text)
    for (const hit of text.matchAll(CREDENTIALS)) {
      const [whole, scheme = '', token = ''] = hit
      const end = hit.index + whole.length
      if (isCredential(scheme, token)) masking.mask({ start: end - token.length, end })
    }
    return masking.text()
  },
}

function isCredential(scheme: string, token: string): boolean {
  const head = token.slice(0, 512)
  if (/^basic$/i.test(scheme)) return Buffer.from(head, 'base64').toString('latin1').includes(':')
  if (isObjectName(head)) return false
  return /\d/.test(head) || (token.length >= 20 && /[a-z][A-Z]|[_~+/=]/.test(head))
}
