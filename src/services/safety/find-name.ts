import { isKind, skip, WORD } from './characters.ts'
import { type Secrecy, secrecyOf } from './names.ts'

/** A name in a text, as far as it is one word of letters, digits, `_`, `.` and `-`. */
export interface Name {
  text: string
  start: number
  end: number
  /** `--password`, `-password`: the value may follow after a blank. */
  flag: boolean
}

const REACH = 64
const SPOKEN = /connection string|identified by/iy

/** The name that the word at `index` belongs to; it does not reach back before `from`. */
export function nameAround(text: string, index: number, from: number): Name {
  const spoken = spokenAt(text, index)
  if (spoken !== undefined) return { text: spoken, start: index, end: index + spoken.length, flag: false }
  const left = leftOf(text, index, Math.max(from, index - REACH))
  let start = left
  while (start < index && isMark(text, start)) start++
  let end = skip(text, index, WORD)
  while (end > index && isMark(text, end - 1)) end--
  return { text: text.slice(start, end), start, end, flag: start > left && text.charAt(left) === '-' }
}

function spokenAt(text: string, index: number): string | undefined {
  if (!'ciCI'.includes(text.charAt(index))) return undefined
  SPOKEN.lastIndex = index
  return SPOKEN.exec(text)?.[0]
}

const isMark = (text: string, at: number) => '.-'.includes(text.charAt(at))

/** Where the word begins; `\n` written out before it does not belong to it. */
function leftOf(text: string, index: number, from: number): number {
  let left = index
  while (left > from && isKind(text, left - 1, WORD)) left--
  const escaped = left > 0 && left < index && text.charAt(left - 1) === '\\' && 'nrt'.includes(text.charAt(left))
  return escaped ? left + 1 : left
}

const QUALIFIER = /(?:^|[^\w.-])([a-z]{2,12}) $/i

/** What the name says where it stands: `sig` only in an address, nothing in a path or image (`shop/auth:v1`). */
export function secrecyIn(text: string, name: Name): Secrecy {
  const before = text.charAt(name.start - 1)
  if (before === '/' && isPath(text, name)) return 'none'
  const word = name.text.toLowerCase()
  if (word === 'identified by') return 'password'
  if (word === 'key') return secrecyOf(spokenKey(text, name))
  return isSignature(word) ? signatureSecrecy(before) : secrecyOf(name.text)
}

/** An image or a file rather than a key with a domain: not `"x.example/token": …`, `x.example/token: …` as a line, `/token=…`. */
function isPath(text: string, name: Name): boolean {
  const after = text.charAt(name.end)
  if (after !== ':') return after === ' ' || after === ''
  return text.charAt(name.end + 1) !== ' ' || !startsLine(text, keyStart(text, name))
}

/** Where a key begins: with its domain, where it has one. */
export function keyStart(text: string, { start }: Name): number {
  return text.charAt(start - 1) === '/' ? leftOf(text, start - 1, Math.max(0, start - REACH)) : start
}

const isSignature = (word: string) => word === 'sig' || word === 'signature' || word === 'x-amz-signature'

const signatureSecrecy = (before: string): Secrecy => (before !== '' && '?&;'.includes(before) ? 'secret' : 'none')

/** `API key: x` has its name in two words. */
function spokenKey(text: string, name: Name): string {
  if (text.charAt(name.start - 1) !== ' ') return name.text
  const qualifier = QUALIFIER.exec(text.slice(Math.max(0, name.start - 16), name.start))?.[1]
  return qualifier === undefined ? name.text : `${qualifier.toLowerCase()} key`
}

const EXPORT = 'export '
const LEAD = ' \t"\'+#-\\'

/** Only blanks, quotes and list or diff marks stand before `start` in its line: a key, rather than a word of prose. */
export function startsLine(text: string, start: number): boolean {
  const exported = text.startsWith(EXPORT, start - EXPORT.length)
  let at = start - 1 - (exported ? EXPORT.length : 0)
  while (at >= 0 && at > start - REACH && LEAD.includes(text.charAt(at))) at--
  return at < 0 || text.charAt(at) === '\n' || text.startsWith('\\n', at - 1)
}

/** A name that starts its line: is that another line than the first? */
export const hasLineBefore = (text: string, start: number): boolean =>
  start > REACH || /\n|\\n/.test(text.slice(0, start))
