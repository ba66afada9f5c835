import { isRecord } from '../cluster/client.ts'
import { at, listAt } from './json.ts'

/** A JSON Schema inside another one, with the path that leads to it: `items[].name`. */
export interface Place {
  readonly path: string
  readonly schema: object
}

const alternatives = (schema: object): object[] => listAt(schema, 'anyOf').filter(isRecord)

function declared(schema: object, path: string): Place[] {
  const properties = at(schema, 'properties')
  if (!isRecord(properties)) return []
  return Object.entries(properties).flatMap(([name, each]) =>
    isRecord(each) ? [{ path: path === '' ? name : `${path}.${name}`, schema: each }] : [],
  )
}

function itemsOf(schema: object, path: string): Place[] {
  const items = at(schema, 'items')
  return isRecord(items) ? [{ path: `${path}[]`, schema: items }] : []
}

/** Every field of an object's schema at every depth, through lists and alternatives. */
export function fieldsOf(schema: object, path = ''): Place[] {
  const own = declared(schema, path)
  const others = [...alternatives(schema).map((each) => ({ path, schema: each })), ...itemsOf(schema, path)]
  return [...own, ...[...own, ...others].flatMap((each) => fieldsOf(each.schema, each.path))]
}

/** Every schema inside that says what fields an object has, the schema itself included. */
export function objectsOf(schema: object, path = ''): Place[] {
  const here = at(schema, 'properties') === undefined ? [] : [{ path, schema }]
  const others = alternatives(schema).map((each) => ({ path, schema: each }))
  const below = [...declared(schema, path), ...others, ...itemsOf(schema, path)]
  return [...here, ...below.flatMap((each) => objectsOf(each.schema, each.path))]
}

/** True where a field's own fields say what it holds: an object, or a list of objects. */
export const holdsFields = (schema: object): boolean =>
  [schema, ...alternatives(schema), ...itemsOf(schema, '').map((each) => each.schema)].some(
    (each) => at(each, 'properties') !== undefined || (each !== schema && holdsFields(each)),
  )
