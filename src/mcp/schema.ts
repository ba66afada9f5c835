import type { TObject } from 'typebox'

/** What MCP takes as a tool's schema: a JSON Schema of an object. */
type ObjectSchema = { type: 'object' } & { [key: string]: Json }

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

// Keywords that only say what is refused: the runner refuses it anyway, with a sentence, and the description says in words what
// is meant. In every tool of a list they cost a model's context, and patterns with lookaround (which RE2 and others do not
// know) have cost clients whole tools.
const CHECKS: ReadonlySet<string> = new Set(['pattern', 'minLength', 'maxLength', 'minItems', 'maxItems'])

/** A TypeBox type as plain JSON Schema: it is one already, only with hidden keys that are no JSON. */
export const outputSchema = (schema: TObject): ObjectSchema => plain(JSON.stringify(schema))

/** The input of an operation as a model sees it: names, types, choices, bounds and defaults of values, and what they mean. */
export const inputSchema = (schema: TObject): ObjectSchema => plain(JSON.stringify(schema, withoutChecks))

function withoutChecks(key: string, value: unknown): unknown {
  // A field may have such a name; then its value is a schema.
  const isCheck = CHECKS.has(key) && typeof value !== 'object'
  return isCheck || (key === 'default' && value === false) ? undefined : value
}

function plain(text: string): ObjectSchema {
  const value: Json = JSON.parse(text)
  if (isObjectSchema(value)) return value
  throw new TypeError(`not a JSON Schema of an object: ${text.slice(0, 100)}`)
}

const isObjectSchema = (value: Json): value is ObjectSchema =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'object'
