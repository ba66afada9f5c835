import { maskTree } from './mask-tree.ts'
import { MASKED } from './masking.ts'
import { KEY_BEGIN, KEY_END, LONGEST_KEY } from './private-keys.ts'
import { scrubText } from './text-scanners.ts'

export { scrubText } from './text-scanners.ts'

/** Masks the secrets in a JSON value, by kind, key and text; the same value where there are none, else a copy. Keys stay. */
export const scrubValue = maskTree

const LONGEST_KEY_LINES = 1000
const END_OF_BASE64 = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/=]{4,}(?=(?:[\s"'`,;\\]|\\[nr])*$)/

/**
 * scrubText for the lines of one stream, in order: a private key that goes over several lines is masked up to its last one.
 * A key without end stops masking after 1,000 lines or 64 KiB; lines in between that are no part of a key stay readable.
 */
export class LineScrubber {
  #lines = 0
  #characters = 0

  /** `text` is one line, without its line break. */
  line(text: string): string {
    return this.#lines > 0 ? this.#inKey(text) : this.#outside(text)
  }

  #outside(text: string): string {
    if (opensKey(text)) this.#open()
    return scrubText(text)
  }

  #open(): void {
    this.#lines = LONGEST_KEY_LINES
    this.#characters = LONGEST_KEY
  }

  #inKey(text: string): string {
    KEY_END.lastIndex = 0
    const end = KEY_END.exec(text)
    if (end !== null) return this.#close(text.slice(0, end.index), text.slice(KEY_END.lastIndex))
    this.#lines--
    this.#characters -= text.length
    if (this.#characters < 0) this.#lines = 0
    return scrubText(withoutKeyPart(text))
  }

  #close(before: string, after: string): string {
    this.#lines = 0
    return `${withoutKeyPart(before)}${MASKED}${this.#outside(after)}`
  }
}

/** A key begins in the line and does not end in it. */
function opensKey(text: string): boolean {
  if (!text.includes('PRIVATE KEY')) return false
  const begin = Array.from(text.matchAll(KEY_BEGIN)).at(-1)
  if (begin === undefined) return false
  KEY_END.lastIndex = begin.index
  return !KEY_END.test(text)
}

/** Base64 at the end of the line, behind whatever a logger puts before it; words are not as long, or not the whole line. */
function withoutKeyPart(text: string): string {
  const found = END_OF_BASE64.exec(text)
  if (found === null) return text
  const [part] = found
  const isWhole = /^[\s"'`]*$/.test(text.slice(0, found.index))
  return part.length >= 16 || (isWhole && part.length % 4 === 0)
    ? text.slice(0, found.index) + MASKED + text.slice(found.index + part.length)
    : text
}
