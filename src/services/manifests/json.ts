/** An object of JSON. */
export type Fields = Record<string, unknown>

export const isRecord = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** A field's value; undefined where there is none, or nothing that could have one. */
export const fieldOf = (value: unknown, field: string): unknown =>
  isRecord(value) && Object.hasOwn(value, field) ? value[field] : undefined
