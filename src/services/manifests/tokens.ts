import { CST } from 'yaml'
import type { Faults } from './faults.ts'

/** Most levels of a manifest, counted from the document. */
export const MOST_DEPTH = 64
/** Most tokens of a manifest. A MiB of ordinary YAML has 150,000 to 460,000; only what was made to be costly has more. */
const MOST_TOKENS = 600_000
/** Most marks of documents (---, ...), those of empty ones counted. */
const MOST_MARKS = 1_000
/** Most anchors and aliases. */
const MOST_ALIASES = 1_000

const FLOW_END: ReadonlySet<string> = new Set(['flow-map-end', 'flow-seq-end'])
const FLOW_START: ReadonlySet<string> = new Set(['flow-map-start', 'flow-seq-start'])
const NESTING: ReadonlySet<string> = new Set(['seq-item-ind', 'map-value-ind'])

/** What is refused wherever it stands, by type of token. */
const REFUSED: Readonly<Record<string, string>> = {
  'directive-line': 'directives (%YAML, %TAG) are not taken: leave the line out',
  tag: 'tags (!…) are not taken: leave it out, and quote the value where it is text',
  'explicit-key-ind': 'explicit keys (?) are not taken: write key: value',
}

/**
 * Looks at each token of a manifest before anything is built of it, and stops at what is refused anyway or would be costly to build:
 * deep nesting, floods of tokens, tags, directives.
 */
export class TokenGuard {
  readonly #faults: Faults
  #line = 1
  #tokens = 0
  #aliases = 0
  #marks = 0
  #flow = 0
  #nestedOnLine = 0
  #previous = ''
  #isContent = false

  constructor(faults: Faults) {
    this.#faults = faults
  }

  /** Takes the next lexeme of `yaml`'s Lexer. Throws `bad_manifest`. */
  see(lexeme: string): void {
    const type = this.#typeOf(lexeme)
    this.#check(type)
    this.#count(type)
    if (type !== 'space') this.#previous = type
    this.#lines(lexeme)
  }

  // The lexeme after the mark of a scalar is its content, which may look like anything.
  #typeOf(lexeme: string): string {
    const type = this.#isContent ? 'content' : (CST.tokenType(lexeme) ?? 'content')
    this.#isContent = type === 'scalar'
    return type
  }

  #check(type: string): void {
    const refused = REFUSED[type]
    if (refused !== undefined) this.#stop(refused)
    if (type === 'comma' && this.#previous === 'comma') this.#stop('two commas follow each other')
    if (FLOW_END.has(type) && this.#flow === 0) this.#stop('a bracket closes what was not opened')
  }

  #count(type: string): void {
    if (++this.#tokens > MOST_TOKENS) this.#stop(`the manifest has more than ${MOST_TOKENS} tokens`)
    if ((type === 'anchor' || type === 'alias') && ++this.#aliases > MOST_ALIASES)
      this.#stop(`the manifest has more than ${MOST_ALIASES} anchors and aliases`)
    if ((type === 'doc-start' || type === 'doc-end') && ++this.#marks > MOST_MARKS)
      this.#stop(`the manifest has more than ${MOST_MARKS} document marks`)
    if (FLOW_START.has(type)) this.#flow++
    if (FLOW_END.has(type)) this.#flow--
    if (NESTING.has(type) && this.#flow === 0) this.#nestedOnLine++
    if (Math.max(this.#flow, this.#nestedOnLine) > MOST_DEPTH) this.#stop(`nested deeper than ${MOST_DEPTH} levels`)
  }

  #lines(lexeme: string): void {
    if (!lexeme.includes('\n')) return
    this.#line += lexeme.split('\n').length - 1
    this.#nestedOnLine = 0
  }

  #stop(text: string): never {
    this.#faults.stop({ line: this.#line, text })
  }
}
