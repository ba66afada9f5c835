import { ENDS, isKind } from './characters.ts'
import { Masking, type Span } from './masking.ts'
import { isPlaceholder, looksRandom } from './values.ts'
import type { Scanner } from './triggers.ts'

/** What starts the user's part of an address, or ends it in Go's database addresses (`user:pw@tcp(host)/db`), or stands before it for curl. */
const ANCHOR = /(?<=[A-Za-z0-9]):\/\/|@(?:tcp|unix)\(|(?<![\w-])(?:-u|--user|--proxy-user)[ =]{1,4}["']?/g
/** RFC 3986 `authority`, and what people put into it unencoded. */
const AUTHORITY = /[^\s/?#"'<>`\\]{1,1024}/y
/** A password with a slash or a question mark in it: no port in front, an @ behind. */
const UNENCODED = /[^\s"'<>`\\:@/?#]{0,256}:(?!\d{0,5}[/?#])[^\s"'<>`\\:@]{0,256}@/y
const LONGEST_PASSWORD = 256

/** Masks the password in `scheme://user:password@host`; the user stays, but for one that looks like a token. */
export const urlPasswords: Scanner = {
  marks: ['://', '@tcp(', '@unix(', 'curl'],
  mask: (text) => {
    const masking = new Masking(text)
    const hasCurl = /curl/i.test(text)
    ANCHOR.lastIndex = 0
    for (let hit = ANCHOR.exec(text); hit !== null; hit = ANCHOR.exec(text)) {
      const span = passwordAt(text, hit.index, hit[0], hasCurl)
      if (span === undefined || span.start < masking.done || isPlaceholder(text.slice(span.start, span.end))) continue
      masking.mask(span)
      ANCHOR.lastIndex = Math.max(ANCHOR.lastIndex, span.end)
    }
    return masking.text()
  },
}

function passwordAt(text: string, index: number, anchor: string, hasCurl: boolean): Span | undefined {
  if (anchor.startsWith('@')) return passwordBefore(text, index)
  const start = index + anchor.length
  if (anchor === '://') return inAuthority(text, start)
  return hasCurl ? curlPassword(text, start) : undefined
}

function inAuthority(text: string, start: number): Span | undefined {
  AUTHORITY.lastIndex = start
  const authority = AUTHORITY.exec(text)?.[0] ?? ''
  const at = authority.lastIndexOf('@')
  if (at === -1) return authority.includes(':') ? unencoded(text, start) : undefined
  const user = authority.slice(0, at)
  const colon = user.indexOf(':')
  if (colon !== -1) return nonEmpty({ start: start + colon + 1, end: start + at })
  return user.length >= 20 && looksRandom(user) ? { start, end: start + at } : undefined
}

function unencoded(text: string, start: number): Span | undefined {
  UNENCODED.lastIndex = start
  const user = UNENCODED.exec(text)?.[0]
  if (user === undefined) return undefined
  return nonEmpty({ start: start + user.indexOf(':') + 1, end: start + user.length - 1 })
}

/** `user:password` right before `end`, in a word of its own. */
function passwordBefore(text: string, end: number): Span | undefined {
  let start = end
  while (
    start > 0 &&
    start > end - LONGEST_PASSWORD &&
    !isKind(text, start - 1, ENDS) &&
    !'(='.includes(text.charAt(start - 1))
  )
    start--
  const colon = text.slice(start, end).indexOf(':')
  return colon === -1 ? undefined : nonEmpty({ start: start + colon + 1, end })
}

const CURL_USER = /[^\s:"']{1,128}:([^\s"']{1,256})/y

/** `-u user:password`; numbers are a user and a group. */
function curlPassword(text: string, start: number): Span | undefined {
  CURL_USER.lastIndex = start
  const password = CURL_USER.exec(text)?.[1]
  if (password === undefined || /^\d+$/.test(password)) return undefined
  return { start: CURL_USER.lastIndex - password.length, end: CURL_USER.lastIndex }
}

const nonEmpty = (span: Span) => (span.end > span.start ? span : undefined)
