import { problems } from '../../errors.ts'

/** Something in a manifest that cannot be used, and where. */
export interface Fault {
  /** From 1. */
  line: number
  /** From 1, where it matters. */
  column?: number
  /** Field, e.g. `spec.replicas`. */
  path?: string
  /** One sentence without its full stop. */
  text: string
}

const MOST_FAULTS = 8
const MANY = 100
const MOST_TEXT = 400

/** Collects what is wrong with a manifest, so that its author sees everything at once. */
export class Faults {
  readonly #found: Fault[] = []

  /** Throws `bad_manifest` when there are so many that more would help nobody. */
  add(fault: Fault): void {
    this.#found.push(fault)
    if (this.#found.length >= MANY) this.settle()
  }

  /** Throws `bad_manifest` with what was found, if anything was. */
  settle(): void {
    if (this.#found.length > 0) throw unusable(this.#found)
  }

  /** Adds a fault after which reading on makes no sense. */
  stop(fault: Fault): never {
    throw unusable([...this.#found, fault])
  }
}

function unusable(found: readonly Fault[]) {
  const sentences = [...new Set(found.map(sentence))]
  const shown = sentences.slice(0, MOST_FAULTS)
  const tail = sentences.length > shown.length ? ['There are more faults like these.'] : []
  return problems.badManifest(
    [...shown, ...tail].join(' '),
    'Correct the manifest and send it again. Nothing was sent to the cluster.',
  )
}

function sentence({ line, column, path, text }: Fault): string {
  const where = [
    `Line ${line}`,
    ...(column === undefined ? [] : [`column ${column}`]),
    ...(path === undefined || path === '' ? [] : [path]),
  ]
  return `${where.join(', ')}: ${short(text)}.`
}

const short = (text: string) => (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text)
