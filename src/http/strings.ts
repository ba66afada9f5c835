import type { TObject } from 'typebox'

// Path and query are text. A text that is exactly one value of the wanted type becomes it; anything else stays text, so
// that `run` refuses it with the words it uses for every door. (TypeBox's Convert reads "" as 0 and "1.5" as 1.)
const INTEGER = /^-?(?:0|[1-9]\d{0,14})$/
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/

const integer = (text: string) => (INTEGER.test(text) ? Number(text) : text)
const number = (text: string) => (NUMBER.test(text) ? Number(text) : text)
const boolean = (text: string) => (text === 'true' ? true : text === 'false' ? false : text)

type Reader = (value: unknown) => unknown

const same: Reader = (value) => value
const ofText =
  (read: (text: string) => unknown): Reader =>
  (value) =>
    typeof value === 'string' ? read(value) : value

/** Reads the text of one field; a repeated parameter arrives as an array of texts. */
function readerOf(schema: unknown): Reader {
  switch (typeOf(schema)) {
    case 'integer':
      return ofText(integer)
    case 'number':
      return ofText(number)
    case 'boolean':
      return ofText(boolean)
    case 'array':
      return listOf(readerOf(itemsOf(schema)))
    default:
      return same
  }
}

const listOf =
  (item: Reader): Reader =>
  (value) =>
    Array.isArray(value) ? value.map(item) : [item(value)]

const typeOf = (schema: unknown) => (isObject(schema) && 'type' in schema ? schema.type : undefined)
const itemsOf = (schema: unknown) => (isObject(schema) && 'items' in schema ? schema.items : undefined)
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** What turns the text of a named parameter into the value its schema asks for; unknown names stay as they are. */
export function textReader(input: TObject): (name: string, value: unknown) => unknown {
  const readers = new Map(Object.entries(input.properties).map(([name, schema]) => [name, readerOf(schema)]))
  return (name, value) => (readers.get(name) ?? same)(value)
}
