import { type LogLine, LONGEST_READ } from '../../kubernetes/logs.ts'
import { LineScrubber } from '../safety/scrub-text.ts'
import { plainText } from '../safety/visible-text.ts'
import { type Position, Walk } from './position.ts'

/** A line as it leaves the server: masked, without control characters. */
export interface ShownLine {
  /** As the API server wrote it, in UTC with nanoseconds; '' where it wrote none. */
  time: string
  text: string
  /** The place just after this line; undefined before the first line with a time. */
  after: Position | undefined
}

/** How lines of one container are read. */
export interface Reading {
  /** Where new lines begin; undefined: with the first. */
  from: Position | undefined
  /** In lower case. A line is shown where it has any of them, or where there are none. */
  words: readonly string[]
  /** Characters of a line that are shown. */
  longest: number
}

/** What every line of one container's log goes through, in order, from the first one read. */
export class LineReader {
  readonly #scrubber = new LineScrubber()
  readonly #walk: Walk
  readonly #words: readonly string[]
  readonly #longest: number

  constructor({ from, words, longest }: Reading) {
    this.#walk = new Walk(from)
    this.#words = words
    this.#longest = longest
  }

  /** Where it has come to, shown or not. */
  get position(): Position | undefined {
    return this.#walk.position
  }

  /** Goes past a line that nobody will see, and that has no part of a secret that goes on. Whether it is new. */
  pass(line: LogLine): boolean {
    return this.#walk.step(line)
  }

  /** Undefined where the line is not new, or has none of the words. */
  read(line: LogLine): ShownLine | undefined {
    // Colours first: `password\u001b[0m=x` is a secret only without them. Old lines too: a key may have begun in them.
    const text = this.#scrubber.line(plainText(line.text.slice(0, LONGEST_READ)))
    if (!this.#walk.step(line)) return undefined
    if (!this.#wanted(text)) return undefined
    return { time: line.time, text: this.#shortened(text, line), after: this.#walk.position }
  }

  // The masked text is searched: in the other one, a caller could find a secret letter by letter.
  #wanted(text: string): boolean {
    if (this.#words.length === 0) return true
    const lower = text.toLowerCase()
    return this.#words.some((word) => lower.includes(word))
  }

  #shortened(text: string, { text: whole, lost }: LogLine): string {
    if (text.length <= this.#longest && lost === 0) return text
    return `${text.slice(0, this.#longest).toWellFormed()} ... (line cut: it has about ${whole.length + lost} characters)`
  }
}
