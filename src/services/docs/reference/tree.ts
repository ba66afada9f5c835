import type { Definitions, Field } from './definitions.ts'
import type { FieldView } from './schema.ts'
import { factsOf, objectIn } from './type-text.ts'
import { type Found, joined } from './walk.ts'

const MOST_ROWS = 3_000
const SHORT = 160

export interface TreeOptions {
  recursive: boolean
  /** Only the beginning of every description. */
  short: boolean
}

/**
 * The fields below a found one, in the order of the tree. A type inside itself is shown, and not entered again. Not more than 3,000: what
 * is left out is said where it is.
 */
export function fieldsBelow(definitions: Definitions, { path, field }: Found, options: TreeOptions): FieldView[] {
  const object = objectIn(field.type)
  const tree = new Tree(definitions, options)
  if (object !== undefined) tree.enter(object, path, [object])
  return tree.rows
}

class Tree {
  readonly rows: FieldView[] = []
  readonly #definitions: Definitions
  readonly #options: TreeOptions
  constructor(definitions: Definitions, options: TreeOptions) {
    this.#definitions = definitions
    this.#options = options
  }

  /** `above`: the types on the way here, this one the last. */
  enter(type: string, prefix: string, above: readonly string[]): void {
    for (const field of this.#definitions.type(type)?.fields ?? []) {
      const row = rowOf(field, prefix, { depth: above.length, short: this.#options.short })
      this.rows.push(row)
      const inner = objectIn(field.type)
      if (inner !== undefined && this.#options.recursive) this.#unfold(row, inner, above)
    }
  }

  #unfold(row: FieldView, type: string, above: readonly string[]): void {
    if (above.includes(type)) row.folded = 'the same type as above it'
    else if (this.rows.length >= MOST_ROWS) row.folded = 'too many fields: ask about this path'
    else this.enter(type, row.path, [...above, type])
  }
}

function rowOf(field: Field, prefix: string, { depth, short }: { depth: number; short: boolean }): FieldView {
  const facts = factsOf(field, joined(prefix, field.name))
  return { name: field.name, ...facts, description: short ? beginning(facts.description) : facts.description, depth }
}

/** The first sentence of a description, in one line of at most 160 characters. */
export function beginning(description: string): string {
  const line = description.replaceAll(/\s+/g, ' ')
  const sentence = /^.*?[.!?](?= [A-Z]|$)/.exec(line)?.[0] ?? line
  return sentence.length <= SHORT ? sentence : `${sentence.slice(0, SHORT - 3).replace(/\s+\S*$/, '')}...`
}
