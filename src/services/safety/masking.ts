/** What stands in place of a secret, whatever its kind and length. */
export const MASKED = '<masked>'

/** A part of a text: from `start` up to, not including, `end`. */
export interface Span {
  start: number
  end: number
}

/** Rebuilds a text with some parts masked, in one pass from left to right. */
export class Masking {
  readonly #source: string
  #result = ''
  #done = 0

  constructor(source: string) {
    this.#source = source
  }

  /** Everything before this index is decided. */
  get done(): number {
    return this.#done
  }

  mask(span: Span): void {
    this.#result += this.#source.slice(this.#done, span.start) + MASKED
    this.#done = span.end
  }

  /** The very same string where nothing was masked. */
  text(): string {
    return this.#done === 0 ? this.#source : this.#result + this.#source.slice(this.#done)
  }
}
