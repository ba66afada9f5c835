import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '../manifests/json.ts'
import { keyOf, labelOf } from '../manifests/list-keys.ts'
import { fieldPath, itemPath } from '../manifests/paths.ts'

/** The values that masking took out, by their path as a diff names it. `masked`: what masking made of `value`. */
export const secretValues = (value: unknown, masked: unknown): Map<string, unknown> => new Map(found(value, masked, ''))

function* found(value: unknown, masked: unknown, path: string): Generator<[string, unknown]> {
  if (value === masked) return
  if (Array.isArray(value) && Array.isArray(masked)) yield* inItems(value, masked, path)
  else if (isRecord(value) && isRecord(masked))
    for (const field of Object.keys(value)) yield* found(value[field], masked[field], fieldPath(path, field))
  else yield [path, value]
}

function* inItems(value: readonly unknown[], masked: readonly unknown[], path: string): Generator<[string, unknown]> {
  const key = keyOf(value, masked)
  for (const [index, item] of value.entries()) {
    const label = key === undefined ? undefined : labelOf(key, item)
    yield* found(item, masked[index], label === undefined ? `${path}[${index}]` : itemPath(path, label))
  }
}

/** What becomes of the secret value at a path: `set` where there was none. */
export function stateOf(
  path: string,
  known: ReadonlyMap<string, unknown>,
  given: ReadonlyMap<string, unknown>,
): string {
  if (!known.has(path)) return 'set'
  return isDeepStrictEqual(known.get(path), given.get(path)) ? 'unchanged' : 'changed'
}
