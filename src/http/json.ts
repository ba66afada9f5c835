import { isUtf8 } from 'node:buffer'
import { problems } from '../errors.ts'

/** Deeper than any Kubernetes object, and shallow enough for every walk over the value. */
const MOST_DEPTH = 128

const NEXT = 'Send one JSON object (RFC 8259), in UTF-8.'

/**
 * The JSON value of a body. Throws `bad_input` for what is not JSON, and for what readers do not agree on: a key given
 * twice (RFC 8259, 4), `__proto__`, nesting without end.
 */
export function parseJson(body: Buffer): unknown {
  const text = utf8(body)
  const value = parse(text)
  refuseAmbiguous(text)
  return value
}

/** The text of a body. Throws `bad_input` where it is not UTF-8. */
export function utf8(body: Buffer): string {
  if (!isUtf8(body)) throw problems.badInput('The body is not UTF-8 text.', 'Send it in UTF-8.')
  return body.toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // V8's own words, without the piece of the body it may quote.
    const why = error instanceof Error ? error.message.replace(/, (?:\.{3})?".*$/s, '') : 'it cannot be read'
    throw problems.badInput(`The body is not JSON: ${why}.`, NEXT)
  }
}

// The text is valid JSON here, so its structure is found by looking at quotes and brackets alone.
function refuseAmbiguous(text: string): void {
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; at++) {
    const mark = text[at]
    if (mark === '"') at = takeString(text, at, open.at(-1))
    else if (mark === '{' || mark === '[') push(open, mark)
    else if (mark === '}' || mark === ']') open.pop()
  }
}

function push(open: (Set<string> | undefined)[], mark: string): void {
  if (open.length === MOST_DEPTH) throw problems.badInput(`The body is nested more than ${MOST_DEPTH} levels deep.`)
  open.push(mark === '{' ? new Set() : undefined)
}

/** Passes over the string that begins at `from`; where it is a key, notes it. Answers the index of its closing quote. */
function takeString(text: string, from: number, keys: Set<string> | undefined): number {
  const end = closingQuote(text, from)
  if (keys === undefined || !colonFollows(text, end + 1)) return end
  const key: unknown = JSON.parse(text.slice(from, end + 1))
  if (typeof key === 'string') note(keys, key)
  return end
}

function colonFollows(text: string, from: number): boolean {
  let at = from
  while (' \t\r\n'.includes(text.charAt(at)) && at < text.length) at++
  return text[at] === ':'
}

function note(keys: Set<string>, key: string): void {
  if (key === '__proto__') throw problems.badInput('The body has a key "__proto__", which is not taken.')
  if (keys.has(key))
    throw problems.badInput(`The body has the key ${JSON.stringify(key)} twice in one object.`, 'Give it once.')
  keys.add(key)
}

function closingQuote(text: string, from: number): number {
  let end = text.indexOf('"', from + 1)
  while (escaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function escaped(text: string, at: number): boolean {
  let slashes = 0
  while (text[at - 1 - slashes] === '\\') slashes++
  return slashes % 2 === 1
}
