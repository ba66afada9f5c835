import type { TObject } from 'typebox'

/** What MCP takes as a tool's schema: a JSON Schema of an object. */
type ObjectSchema = { type: 'object' } & JsonObject

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

/** A TypeBox type as plain JSON Schema: it is one already, only with hidden keys that are no JSON. */
export const outputSchema = (schema: TObject): ObjectSchema => rootOf(plain(schema))

/**
 * The input of an operation as a model sees it: names, types, choices, bounds and defaults of values, and what they mean. What a call
 * may name beyond it is marked `UNLISTED`; so the listed object is open, and the runner says which parameters there are.
 */
export const inputSchema = (schema: TObject): ObjectSchema => rootOf(listed(plain(schema)))

const plain = (schema: TObject): Json => JSON.parse(JSON.stringify(schema))

function rootOf(value: Json): ObjectSchema {
  if (isObjectSchema(value)) return value
  throw new TypeError(`not a JSON Schema of an object: ${JSON.stringify(value).slice(0, 100)}`)
}

// Keywords that only say what is refused: the runner refuses it anyway, with a sentence, and the description says in words what
// is meant. In every tool of a list they cost a model's context, and patterns with lookaround (which RE2 and others do not
// know) have cost clients whole tools.
const CHECKS: ReadonlySet<string> = new Set(['pattern', 'minLength', 'maxLength', 'minItems', 'maxItems', 'x-mcp'])

const isSaid = ([key, value]: [string, Json]): boolean =>
  !CHECKS.has(key) &&
  !(key === 'default' && value === false) &&
  !(key === 'minimum' && (value === 0 || value === 1)) &&
  !(key === 'additionalProperties' && value === false)

function listed(schema: Json): Json {
  if (!isObject(schema)) return schema
  const { anyOf, patternProperties, properties, items, ...words } = schema
  return {
    ...firstOf(anyOf),
    ...Object.fromEntries(Object.entries(words).filter(isSaid)),
    ...(items === undefined ? {} : { items: listed(items) }),
    ...(isObject(properties) ? { properties: listedFields(properties) } : {}),
    ...valuesOf(patternProperties),
  }
}

const listedFields = (properties: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([, field]) => !isObject(field) || field['x-mcp'] !== 'unlisted')
      .map(([name, field]) => [name, listed(field)]),
  )

// Large providers refuse whole requests over a union: the first form is listed, the description names the others.
function firstOf(anyOf: Json | undefined): JsonObject {
  const first = Array.isArray(anyOf) ? listed(anyOf[0] ?? null) : null
  return isObject(first) ? first : {}
}

// A record of anything is an object; a record of one type is said as most clients know it.
function valuesOf(patternProperties: Json | undefined): JsonObject {
  const [value] = isObject(patternProperties) ? Object.values(patternProperties) : []
  return isObject(value) && Object.keys(value).length > 0 ? { additionalProperties: listed(value) } : {}
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isObjectSchema = (value: Json): value is ObjectSchema => isObject(value) && value.type === 'object'
