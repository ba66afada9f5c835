import type { KubeObject } from '../../kubernetes/types.ts'

// Objects come as they are; these readers name a path and give the value in the type asked for, or nothing.

/** Fields of a part of an object, of unknown types. */
export type Fields = Record<string, unknown>

/** True for a JSON object (not null, not an array). */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

// Paths are written in the code, so there are few, and each is read thousands of times.
const paths = new Map<string, readonly string[]>()

function fieldsOf(path: string): readonly string[] {
  const known = paths.get(path) ?? path.split('.')
  paths.set(path, known)
  return known
}

/** What stands at a dotted path of field names; undefined where the path ends early. Paths never come from input. */
export function at(value: unknown, path: string): unknown {
  let found = value
  for (const field of fieldsOf(path)) {
    if (!isFields(found) || !Object.hasOwn(found, field)) return undefined
    found = found[field]
  }
  return found
}

/** The text at a path; undefined where there is none, or only an empty one. */
export function textAt(value: unknown, path: string): string | undefined {
  const found = at(value, path)
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** The number at a path. */
export function numberAt(value: unknown, path: string): number | undefined {
  const found = at(value, path)
  return typeof found === 'number' ? found : undefined
}

/** A text, number or boolean as text; undefined for anything else. */
export const scalar = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined

/** The scalar at a path as text: `25%`, `8080`, `true`. */
export const scalarAt = (value: unknown, path: string): string | undefined => scalar(at(value, path))

/** The JSON object at a path; an empty one where there is none. */
export function fieldsAt(value: unknown, path: string): Fields {
  const found = at(value, path)
  return isFields(found) ? found : {}
}

/** The JSON objects of the array at a path. */
export function listAt(value: unknown, path: string): Fields[] {
  const found = at(value, path)
  return Array.isArray(found) ? found.filter(isFields) : []
}

/** The texts of the array at a path. */
export function textsAt(value: unknown, path: string): string[] {
  const found = at(value, path)
  return Array.isArray(found) ? found.filter((each) => typeof each === 'string') : []
}

/** One entry of `status.conditions`, as the API conventions define it. */
export interface Condition {
  type: string
  status: string
  reason: string | undefined
  message: string | undefined
  /** Time of the last change of status. */
  since: string | undefined
}

/** The conditions at a path. */
export const conditionsAt = (value: unknown, path: string): Condition[] =>
  listAt(value, path).map((each) => ({
    type: textAt(each, 'type') ?? '',
    status: textAt(each, 'status') ?? '',
    reason: textAt(each, 'reason'),
    message: textAt(each, 'message'),
    since: textAt(each, 'lastTransitionTime'),
  }))

/** The condition of one type in `status.conditions`. */
export const conditionOf = (object: unknown, type: string): Condition | undefined =>
  conditionsAt(object, 'status.conditions').find((each) => each.type === type)

/** API group of an object; '' for the core group. */
export const groupOf = ({ apiVersion }: KubeObject): string => apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')))

/** Kind and group as tables here name them: `Pod`, `Deployment.apps`. */
export function kindKey(object: KubeObject): string {
  const group = groupOf(object)
  return group === '' ? object.kind : `${object.kind}.${group}`
}

/** `Pod/web-1`: an object as a word in a line. */
export const reference = (object: KubeObject): string => `${object.kind}/${object.metadata.name}`

/** True where the object says that `other` owns it. */
export const ownedBy = (object: KubeObject, other: KubeObject): boolean =>
  (object.metadata.ownerReferences ?? []).some((owner) =>
    other.metadata.uid === undefined
      ? owner.kind === other.kind && owner.name === other.metadata.name
      : owner.uid === other.metadata.uid,
  )
