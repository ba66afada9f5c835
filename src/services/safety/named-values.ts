import { isKind, QUOTE } from './characters.ts'
import { hasLineBefore, keyStart, type Name, nameAround, secrecyIn, startsLine } from './find-name.ts'
import { inHeader } from './headers.ts'
import { Masking, type Span } from './masking.ts'
import type { Secrecy } from './names.ts'
import {
  blockScalar,
  goesOn,
  JUDGED,
  readSeparator,
  readValue,
  restOfLine,
  type Separator,
  textOf,
  type Value,
} from './read-value.ts'
import type { Scanner } from './triggers.ts'
import { unsigned } from './unsigned-values.ts'
import { isOwn, isReason, isSecretValue, isWord, looksSecret } from './values.ts'

/** A part of every name that a text may have before a secret. */
const WORDS = [
  'pass,pwd,pw=,pw:,pw",secret,token,auth,cred,key,dsn,cookie,salt,jwt,mnemonic,sig=,signature=,identified by',
  'connstr,conn_str,connectionstring,connection_string,connection-string,connection string',
].flatMap((line) => line.split(','))
const ANCHOR = new RegExp(WORDS.join('|'), 'gi')

/** Masks values that stand behind a name: `password=x`, `"apiKey": "x"`, `token: x`, `--password x`, `Authorization: Basic x`. */
export const namedValues: Scanner = {
  marks: WORDS,
  mask: (text) => {
    const masking = new Masking(text)
    ANCHOR.lastIndex = 0
    for (let hit = ANCHOR.exec(text); hit !== null; hit = ANCHOR.exec(text)) {
      const name = nameAround(text, hit.index, masking.done)
      const span = secretOf(text, name)
      if (span !== undefined) masking.mask(span)
      ANCHOR.lastIndex = Math.max(hit.index + 1, name.end, masking.done)
    }
    return masking.text()
  },
}

function secretOf(text: string, name: Name): Span | undefined {
  const secrecy = secrecyIn(text, name)
  if (secrecy === 'none') return undefined
  const separator = readSeparator(text, name.end)
  if (separator === undefined) return unsigned(text, name, secrecy)
  if (separator.sign === '>') return inElement(text, name, secrecy, separator.end)
  if (isClosingQuote(text, name, separator)) return undefined
  return inHeader(text, name.text, separator) ?? assigned(text, name, secrecy, separator)
}

const ELEMENT = /[^<>\n]{1,1024}(?=<\/)/y

/** `<password>x</password>` */
function inElement(text: string, name: Name, secrecy: Secrecy, at: number): Span | undefined {
  if (text.charAt(name.start - 1) !== '<') return undefined
  ELEMENT.lastIndex = at
  const value = ELEMENT.exec(text)?.[0]
  return value !== undefined && isSecretValue(secrecy, value) ? { start: at, end: at + value.length } : undefined
}

/** The quote behind `"token:"` ends what the one in front began: it opens no value. */
function isClosingQuote(text: string, name: Name, { end }: Separator): boolean {
  const closes = end === name.end + 1 && isKind(text, end, QUOTE)
  return closes && text.charAt(end) === text.charAt(name.start - 1)
}

/** A value is judged by its first characters, and only read to its end where it is masked: no text is read twice. */
function assigned(text: string, name: Name, secrecy: Secrecy, separator: Separator): Span | undefined {
  const at = afterRefusal(text, separator.end)
  const head = readValue(text, at, JUDGED)
  if (isStructure(text, at, secrecy, separator)) return isOwn(secrecy) ? stringsOf(text, at) : undefined
  const block = separator.sign === ':' ? blockScalar(text, at) : undefined
  if (block !== undefined) return isSecretValue(secrecy, textOf(text, block)) ? block : undefined
  if (!isSecretValue(secrecy, textOf(text, head.span))) return undefined
  if (separator.sign === ':' && !head.quoted) return afterColon(text, name, secrecy, separator, head)
  if (isCount(secrecy, textOf(text, head.span))) return undefined
  return (head.quoted ? undefined : property(text, name, secrecy, at)) ?? readValue(text, at).span
}

/** In a file of several lines, a password goes to the end of its line, unless another field follows in it. */
function property(text: string, name: Name, secrecy: Secrecy, at: number): Span | undefined {
  if (secrecy !== 'password' || name.flag || !startsLine(text, name.start)) return undefined
  const rest = restOfLine(text, at)
  const isFile = /^(?:\n|\\n)/.test(text.slice(rest.end, rest.end + 2)) || hasLineBefore(text, name.start)
  return isFile && !text.slice(rest.start, rest.end).includes('=') ? rest : undefined
}

const STRINGS = /\[[ \t]{0,8}(?=\\{0,7}["'])/y
const END_OF_LIST = /[\]\n]/g

/** `["a", "b"]`, without the brackets. */
function stringsOf(text: string, at: number): Span | undefined {
  STRINGS.lastIndex = at
  if (!STRINGS.test(text)) return undefined
  END_OF_LIST.lastIndex = at
  return { start: at + 1, end: END_OF_LIST.exec(text)?.index ?? text.length }
}

const INVALID = /(?:Invalid|Unsupported|Duplicate) value: /y

/** The API server repeats what it refuses: `spec.password: Invalid value: "x": must be …`. */
function afterRefusal(text: string, at: number): number {
  if (!'IUD'.includes(text.charAt(at))) return at
  INVALID.lastIndex = at
  return INVALID.test(text) ? INVALID.lastIndex : at
}

/** `"secret": {"name": "db"}`: what is inside has names of its own. */
function isStructure(text: string, at: number, secrecy: Secrecy, { sign }: Separator): boolean {
  const opens = text.startsWith('{', at) || text.startsWith('[', at)
  return opens && (sign === ':' || !isOwn(secrecy))
}

/** `token=3`: a small number is a count, or a code, unless people chose it. */
const isCount = (secrecy: Secrecy, value: string) => secrecy !== 'password' && /^\d{1,3}$/.test(value)

/** An unquoted `name: value` is a line of YAML, a field of a log line, or prose ("invalid token: expired"). */
function afterColon(
  text: string,
  name: Name,
  secrecy: Secrecy,
  separator: Separator,
  { span }: Value,
): Span | undefined {
  const isKey = separator.spaced && startsLine(text, keyStart(text, name))
  if (secrecy === 'password' && isKey) return restOfLine(text, span.start)
  const isSecret =
    secrecy === 'password'
      ? !isProse(text, span)
      : isLoneKey(text, name, span, isKey) || looksSecret(textOf(text, span))
  return isSecret ? readValue(text, span.start).span : undefined
}

/** The value is all that its line has; but `auth: ldap` says how, not with what. */
function isLoneKey(text: string, name: Name, span: Span, isKey: boolean): boolean {
  if (!isKey || goesOn(text, span.end)) return false
  return !(/auth(?:orization)?$/i.test(name.text) && isWord(textOf(text, span)))
}

/** "password: incorrect", "wrong password: try again" */
function isProse(text: string, span: Span): boolean {
  const token = textOf(text, span)
  return isReason(token) || (isWord(token) && goesOn(text, span.end))
}
