import { isMap, listIn, type SchemaMap, textIn } from './openapi-read.ts'

// Bounds of JSON Schema Validation and Kubernetes' extensions of it, as sentences.
const BOUNDS: readonly (readonly [keyword: string, words: string])[] = [
  ['minimum', 'at least'],
  ['maximum', 'at most'],
  ['multipleOf', 'a multiple of'],
  ['minLength', 'characters: at least'],
  ['maxLength', 'characters: at most'],
  ['minItems', 'items: at least'],
  ['maxItems', 'items: at most'],
  ['minProperties', 'entries: at least'],
  ['maxProperties', 'entries: at most'],
  ['pattern', 'pattern'],
]

/** What a schema demands beyond type and enum, and how lists are merged. */
export function rulesOf(schema: SchemaMap): string[] {
  const bounds = BOUNDS.flatMap(([keyword, words]) => {
    const bound = schema[keyword]
    return typeof bound === 'number' || typeof bound === 'string' ? [`${words} ${bound}`] : []
  })
  return [...bounds, ...flags(schema), ...keys(schema), ...validations(schema)]
}

const FLAGS: readonly (readonly [keyword: string, words: string])[] = [
  ['nullable', 'may be null'],
  ['uniqueItems', 'no item twice'],
  ['x-kubernetes-embedded-resource', 'a whole Kubernetes object'],
  ['x-kubernetes-preserve-unknown-fields', 'other fields are kept'],
]
const flags = (schema: SchemaMap) => FLAGS.filter(([keyword]) => schema[keyword] === true).map(([, words]) => words)

function keys(schema: SchemaMap): string[] {
  const names = listIn(schema, 'x-kubernetes-list-map-keys').filter((key) => typeof key === 'string')
  return names.length === 0 ? [] : [`items are told apart by ${names.join(', ')}`]
}

// CEL rules (KEP-2876); the message is what a user is told.
function validations(schema: SchemaMap): string[] {
  const rules = listIn(schema, 'x-kubernetes-validations').filter(isMap)
  return rules.map((rule) => textIn(rule, 'message') || textIn(rule, 'rule')).filter((text) => text !== '')
}
