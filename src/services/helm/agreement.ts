import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Fields, isFields } from '../describe/read.ts'
import { keyOf, labelOf } from '../manifests/list-keys.ts'
import { fieldPath, itemPath } from '../manifests/paths.ts'
import { objectKey } from './manifest.ts'
import type { RenderedManifest, RenderedObject } from './rendered.ts'

/** Stands for a value that is another one each time. */
const OTHER = '<differs each time>'

/** Objects by their key, hooks too. */
export type ByKey = ReadonlyMap<string, RenderedObject>

/** What a manifest makes, hooks too, by `objectKey`. */
export const byKey = ({ objects, hooks }: Pick<RenderedManifest, 'objects' | 'hooks'>, namespace: string): ByKey =>
  new Map([...objects, ...hooks].map((each) => [objectKey(each.object, namespace), each]))

/**
 * Paths of `one` that are otherwise in `other`, as a diff names them. What only the other one has is named by what holds it: its names
 * may come from the cluster.
 */
export function* differences(one: unknown, other: unknown, path = ''): Generator<string> {
  if (isDeepStrictEqual(one, other)) return
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) yield* inItems(one, other, path)
  else if (isFields(one) && isFields(other)) yield* inFields(one, other, path)
  else yield path
}

function* inItems(one: readonly unknown[], other: readonly unknown[], path: string): Generator<string> {
  const key = keyOf(one, other)
  for (const [index, item] of one.entries()) {
    const label = key === undefined ? undefined : labelOf(key, item)
    yield* differences(item, other[index], label === undefined ? `${path}[${index}]` : itemPath(path, label))
  }
}

function* inFields(one: Fields, other: Fields, path: string): Generator<string> {
  for (const field of Object.keys(one)) yield* differences(one[field], other[field], fieldPath(path, field))
  if (Object.keys(other).some((field) => !Object.hasOwn(one, field))) yield path
}

/** Keys of the objects that two renderings have both, with the paths in which they differ. */
export function disagreement(one: ByKey, other: ByKey): Map<string, string[]> {
  const found = [...one].flatMap(([key, { object }]): [string, string[]][] => {
    const partner = other.get(key)
    const paths = partner === undefined ? [] : [...differences(object, partner.object)]
    return paths.length === 0 ? [] : [[key, paths]]
  })
  return new Map(found)
}

/** The keys of `other` that `one` does not have. */
export const beyond = (one: ByKey, other: ByKey): string[] => [...other.keys()].filter((key) => !one.has(key))

/** SHA-256 (hex) of what two renderings agree in, whatever the order of objects and fields. */
export function agreedHash(one: ByKey, other: ByKey): string {
  const agreed = [...one]
    .toSorted(([a], [b]) => Number(a > b) - Number(a < b))
    .map(([key, { object }]) => [key, agreedIn(object, other.get(key)?.object)])
  return createHash('sha256').update(JSON.stringify(agreed)).digest('hex')
}

function agreedIn(one: unknown, other: unknown): unknown {
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length)
    return one.map((each, index) => agreedIn(each, other[index]))
  if (isFields(one) && isFields(other)) {
    const fields = [...new Set([...Object.keys(one), ...Object.keys(other)])].toSorted()
    return Object.fromEntries(fields.map((field) => [field, agreedIn(one[field], other[field])]))
  }
  return isDeepStrictEqual(one, other) ? one : OTHER
}
