// How a document that others wrote is read: what is not of the expected form is not there.

export type SchemaMap = Readonly<Record<string, unknown>>

export const isMap = (value: unknown): value is SchemaMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The map under a key, where there is one. */
export function mapIn(value: unknown, key: string): SchemaMap | undefined {
  if (!isMap(value) || !Object.hasOwn(value, key)) return undefined
  const inner = value[key]
  return isMap(inner) ? inner : undefined
}

/** The text under a key, or ''. */
export function textIn(value: unknown, key: string): string {
  const text = isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return typeof text === 'string' ? text : ''
}

/** The list under a key, or an empty one. */
export function listIn(value: unknown, key: string): readonly unknown[] {
  const list = isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return Array.isArray(list) ? list : []
}
