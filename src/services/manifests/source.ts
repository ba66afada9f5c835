import { problems } from '../../errors.ts'
import type { Faults } from './faults.ts'

/** Most bytes (UTF-8) of a manifest. */
export const MOST_BYTES = 1024 * 1024

/** What no manifest may have as it is: what YAML 1.2 calls not printable, and line ends that YAML 1.1 and 1.2 see differently. */
const UNFIT = /[^\t\n\r\u0020-\u007e\u00a0-\u2027\u202a-\ufefe\uff00-\ufffd]|\r(?!\n)/

/**
 * The text of a manifest without its byte order mark, once every character in it means the same to every reader of YAML.
 * Throws `bad_manifest`.
 */
export function checkedText(given: string, faults: Faults): string {
  if (Buffer.byteLength(given) > MOST_BYTES) throw tooLarge()
  const text = given.startsWith('\ufeff') ? given.slice(1) : given
  if (text.trim() === '')
    throw problems.badManifest('The manifest is empty.', 'Send one or more Kubernetes objects as YAML or JSON.')
  const at = unfitAt(text)
  if (at !== undefined) faults.stop({ ...positionOf(text, at), text: unfit(text.charCodeAt(at)) })
  return text
}

const tooLarge = () =>
  problems.badManifest(
    `The manifest is larger than ${MOST_BYTES} bytes.`,
    'Split it, and send the parts one after the other.',
  )

function unfitAt(text: string): number | undefined {
  const plain = text.search(UNFIT)
  if (plain >= 0 && !isSurrogate(text.charCodeAt(plain))) return plain
  return plain < 0 ? undefined : unfitAmongPairs(text)
}

const isSurrogate = (code: number) => code >= 0xd800 && code <= 0xdfff

// Emoji and other characters beyond the first plane are pairs of surrogates, which are fine; half a pair is not.
function unfitAmongPairs(text: string): number | undefined {
  const whole = text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '..')
  const at = whole.search(UNFIT)
  return at < 0 ? undefined : at
}

function unfit(code: number): string {
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  if (code === 0x0d) return 'a carriage return that is not part of a line end: end lines with LF or CRLF'
  if (isSurrogate(code)) return `half of a character (${name}): the text is not well-formed Unicode`
  if (code === 0x85 || code === 0x2028 || code === 0x2029)
    return `${name} ends a line in YAML 1.1, as kubectl reads it, and does not in YAML 1.2: write it as an escape inside double quotes`
  return `the character ${name} cannot stand in a manifest: write it as an escape inside double quotes, or leave it out`
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}
