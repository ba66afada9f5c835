/** Why a field is as it is, by its key. */
export type Reasons = Readonly<Record<string, string>>

// Kept beside the objects, never in them: JSON and the API server get the object alone, and no value can become a comment.
const reasons = new WeakMap<object, Reasons>()

/** The same object, with the reasons for some of its fields. They become the comments of its YAML. */
export function why<T extends object>(object: T, because: { readonly [K in keyof T]?: string }): T {
  reasons.set(object, { ...reasons.get(object), ...because })
  return object
}

/** The reasons that an object was given. */
export const reasonsOf = (value: unknown): Reasons =>
  (typeof value === 'object' && value !== null ? reasons.get(value) : undefined) ?? {}

/** One object of several, with the reasons of each. */
export const joined = (...parts: readonly object[]): object =>
  why(Object.assign({}, ...parts), Object.assign({}, ...parts.map(reasonsOf)))
