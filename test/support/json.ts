import { isRecord } from '../cluster/client.ts'

/** The value that these keys and indices lead to; undefined where there is none. */
export function at(value: unknown, ...keys: (string | number)[]): unknown {
  return keys.reduce<unknown>(
    (each, key) => (isRecord(each) || Array.isArray(each) ? Reflect.get(each, key) : undefined),
    value,
  )
}

/** The list that these keys lead to; empty where there is none. */
export function listAt(value: unknown, ...keys: (string | number)[]): unknown[] {
  const found = at(value, ...keys)
  return Array.isArray(found) ? found : []
}

/** The text that these keys lead to; '' where there is none. */
export function textAt(value: unknown, ...keys: (string | number)[]): string {
  const found = at(value, ...keys)
  return typeof found === 'string' ? found : ''
}

/** Names of the fields of an object; none of anything else. */
export const keysAt = (value: unknown, ...keys: (string | number)[]): string[] => {
  const found = at(value, ...keys)
  return isRecord(found) ? Object.keys(found) : []
}

/** The text, number or boolean that these keys lead to, as text; '' where there is none. */
export function scalarAt(value: unknown, ...keys: (string | number)[]): string {
  const found = at(value, ...keys)
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? String(found) : ''
}
