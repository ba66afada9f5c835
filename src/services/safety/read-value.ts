import { BLANK, ENDS, isKind, MAY_END, skip, skipQuote } from './characters.ts'
import { MASKED, type Span } from './masking.ts'

/** How a name and its value are joined: `=`, `:`, or `>` of an XML element. */
export interface Separator {
  sign: '=' | ':' | '>'
  /** Blanks between sign and value. */
  spaced: boolean
  end: number
}

const MOST_BLANKS = 32

/** What stands between a name that ends at `at` and its value; undefined where nothing of the kind does. */
export function readSeparator(text: string, at: number): Separator | undefined {
  const quoted = skipQuote(text, at)
  const bracket = text.charAt(quoted) === ']' ? quoted + 1 : quoted
  const start = skip(text, bracket, BLANK, MOST_BLANKS)
  const after = afterSign(text, start)
  if (after === start) return undefined
  const end = skip(text, after, BLANK, MOST_BLANKS)
  const sign = text.charAt(start)
  const isAssigned = sign === '=' || after - start === 2
  return { sign: isAssigned ? '=' : sign === ':' ? ':' : '>', spaced: end > after, end }
}

/** Behind `=`, `:`, `>`, `=>` or `:=`; `==` compares. */
function afterSign(text: string, at: number): number {
  const sign = text.charAt(at)
  const next = text.charAt(at + 1)
  if (sign === '=') return next === '=' ? at : at + (next === '>' ? 2 : 1)
  if (sign === ':') return at + (next === '=' ? 2 : 1)
  return sign === '>' ? at + 1 : at
}

/** A value in a text; `span` is what to mask, without quotes. */
export interface Value {
  span: Span
  quoted: boolean
}

/** The value that starts at `at`: up to its closing quote, or as far as an unquoted one goes, but at most `most` characters. */
export function readValue(text: string, at: number, most = text.length): Value {
  const start = skipQuote(text, at)
  const last = Math.min(text.length, start + most)
  if (start === at) return { span: { start, end: unquotedEnd(text, start, last) }, quoted: false }
  return { span: { start, end: quotedEnd(text, start, start - at - 1, last) }, quoted: true }
}

/** Quotes inside are escaped by more backslashes than the opening one has, or doubled. A quote never closed ends with its line. */
function quotedEnd(text: string, start: number, escapes: number, last: number): number {
  const mark = text.charAt(start - 1)
  let backslashes = 0
  for (let at = start; at < last; at++) {
    const character = text.charAt(at)
    if (character === '\n') return at
    if (character === mark && closes(backslashes, escapes)) {
      if (!isDoubled(text, at, start, mark)) return at - Math.min(backslashes, escapes)
      at++
    }
    backslashes = character === '\\' ? backslashes + 1 : 0
  }
  return last
}

/** Each level of quoting doubles the backslashes and adds one: none, one, three, seven. */
const closes = (backslashes: number, escapes: number) =>
  backslashes <= escapes || backslashes % (2 * escapes + 2) === escapes

/** YAML and SQL write a single quote inside single quotes twice. */
const isDoubled = (text: string, at: number, start: number, mark: string) =>
  mark === "'" && at > start && text.charAt(at + 1) === mark

/** As many characters of a value are read to judge it. */
export const JUDGED = 128

/** As much of a value as judging takes. */
export const textOf = (text: string, span: Span): string =>
  text.slice(span.start, Math.min(span.end, span.start + 2 * JUDGED))

const MORE_PROSE = /[ \t]{1,32}(?![\w.-]{1,64}[ \t]?[=:])[^\s#]/y

/** More words follow in the line, and no other field; or what is masked already. */
export function goesOn(text: string, end: number): boolean {
  if (text.startsWith(MASKED, end)) return true
  MORE_PROSE.lastIndex = end
  return MORE_PROSE.test(text)
}

const PLACEHOLDER = /(?:<[^<>\n]{0,200}>|\$\{[^{}\n]{0,200}\}|\$\([^()\n]{0,200}\)|\{\{[^{}\n]{0,200}\}\})/y
const NEXT_FIELD = /[,;&)\]}|]{1,8}(?:$|[\s"'`<>]|\\|[\w.-]{1,64}[ \t]?[=:])/y

function unquotedEnd(text: string, start: number, last: number): number {
  let at = placeholderEnd(text, start)
  while (at < last && !endsAt(text, at)) at++
  return at
}

function placeholderEnd(text: string, start: number): number {
  if (!'<${'.includes(text.charAt(start))) return start
  PLACEHOLDER.lastIndex = start
  return PLACEHOLDER.test(text) ? PLACEHOLDER.lastIndex : start
}

function endsAt(text: string, at: number): boolean {
  if (isKind(text, at, ENDS)) return true
  if (isKind(text, at, MAY_END)) {
    NEXT_FIELD.lastIndex = at
    return NEXT_FIELD.test(text)
  }
  return text.charAt(at) === '\\' && `nrt"'\\`.includes(text.charAt(at + 1))
}

const END_OF_LINE = /\n|\\[nrt]|[ \t]#/g

/** From `at` to the end of the line, or of one written out as `\n`, without trailing blanks and YAML comment. */
export function restOfLine(text: string, at: number): Span {
  END_OF_LINE.lastIndex = at
  const end = END_OF_LINE.exec(text)?.index ?? text.length
  return { start: at, end: at + text.slice(at, end).trimEnd().length }
}

const BLOCK_HEADER = /[|>][+-]?\d?[+-]?[ \t]{0,80}\r?\n/y
const INDENT = /[ \t+-]{0,1024}/y

/** The lines of a YAML block scalar (`|`, `>`) whose header starts at `at`; undefined where there is none. */
export function blockScalar(text: string, at: number): Span | undefined {
  BLOCK_HEADER.lastIndex = at
  if (!BLOCK_HEADER.test(text)) return undefined
  const first = BLOCK_HEADER.lastIndex
  const indent = indentAt(text, text.lastIndexOf('\n', at - 1) + 1)
  let end = first
  for (let line = first; line < text.length; line = lineEnd(text, line) + 1) {
    if (!isBlank(text, line) && indentAt(text, line) <= indent) break
    end = lineEnd(text, line)
  }
  return end > first ? { start: first + indentAt(text, first), end } : undefined
}

/** How far a line is indented; list and diff marks count. */
export function indentAt(text: string, line: number): number {
  INDENT.lastIndex = line
  return INDENT.exec(text)?.[0].length ?? 0
}

const isBlank = (text: string, line: number) => line + indentAt(text, line) === lineEnd(text, line)

/** Where the line that `at` stands in ends. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}
