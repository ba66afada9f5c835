import type { Definitions, Field } from './definitions.ts'
import type { FieldView } from './schema.ts'
import { factsOf, objectIn } from './type-text.ts'
import type { Found } from './walk.ts'

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
  const rows: FieldView[] = []
  const enter = (type: string, prefix: string, above: readonly string[]) => {
    for (const each of definitions.type(type)?.fields ?? []) {
      const row = rowOf(each, prefix, { depth: above.length, short: options.short })
      rows.push(row)
      const inner = objectIn(each.type)
      const why = inner === undefined || !options.recursive ? undefined : whyFolded(inner, above, rows.length)
      if (why !== undefined) row.folded = why
      else if (inner !== undefined && options.recursive) enter(inner, row.path, [...above, inner])
    }
  }
  if (object !== undefined) enter(object, path, [object])
  return rows
}

function whyFolded(type: string, above: readonly string[], rows: number): string | undefined {
  if (above.includes(type)) return 'the same type as above it'
  return rows >= MOST_ROWS ? 'too many fields: ask about this path' : undefined
}

function rowOf(field: Field, prefix: string, { depth, short }: { depth: number; short: boolean }): FieldView {
  const path = prefix === '' ? field.name : `${prefix}.${field.name}`
  const facts = factsOf(field, path)
  return { name: field.name, ...facts, description: short ? beginning(facts.description) : facts.description, depth }
}

/** The first sentence of a description, in one line of at most 160 characters. */
export function beginning(description: string): string {
  const line = description.replaceAll(/\s+/g, ' ')
  const sentence = /^.*?[.!?](?= [A-Z]|$)/.exec(line)?.[0] ?? line
  return sentence.length <= SHORT ? sentence : `${sentence.slice(0, SHORT - 3).replace(/\s+\S*$/, '')}...`
}
