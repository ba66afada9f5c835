import type { TObject } from 'typebox'
import { inQuery, type Route } from './page.ts'
import { textReader } from './strings.ts'

/**
 * The input of a request with what is in its query and not declared gathered in the operation's field for further parameters, each text
 * read as their schema says. For every other operation, the input as it is.
 */
export async function withFurther(
  { operation, method }: Pick<Route, 'operation' | 'method'>,
  input: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { further } = operation.kind === 'read' ? operation : {}
  if (further === undefined || !inQuery(method)) return input
  const isDeclared = ([name]: Entry) => name !== further.field && Object.hasOwn(operation.input.properties, name)
  const declared = Object.fromEntries(Object.entries(input).filter(isDeclared))
  const others = Object.entries(input).filter((entry) => !isDeclared(entry))
  if (others.length === 0) return input
  const schema = await further.schema(declared)
  return { ...declared, [further.field]: Object.fromEntries(schema === undefined ? others : read(others, schema)) }
}

type Entry = [name: string, value: unknown]

function read(entries: readonly Entry[], schema: TObject): Entry[] {
  const value = textReader(schema)
  return entries
    .filter(([name, given]) => given !== '' || !(name in schema.properties) || isList(schema, name))
    .map(([name, given]) => [name, value(name, isList(schema, name) ? filled(given) : given)])
}

// Without script a form sends every field, and an empty one for what nobody filled in: that is no value.
const filled = (given: unknown) => [given].flat().filter((each) => each !== '')

const isList = ({ properties }: TObject, name: string): boolean => {
  const schema = properties[name]
  return schema !== undefined && 'type' in schema && schema.type === 'array'
}
