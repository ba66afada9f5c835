import { problems } from '../../../errors.ts'
import { nearestNames } from '../../../nearest.ts'
import { parsePath } from '../../field-paths.ts'
import type { Definitions, Field, KindEntry } from './definitions.ts'
import { objectIn } from './type-text.ts'

/** A field of a kind, found by its path; the kind itself has the path ''. */
export interface Found {
  path: string
  field: Omit<Field, 'name'>
}

/**
 * The field at a path of a kind. Lists and maps may be stepped into (`spec.containers[0].image`, `spec.containers[].image`,
 * `metadata.labels['app']`) or walked through (`spec.containers.image`, as with kubectl). Throws `bad_input`, `unknown_field`.
 */
export function fieldAt(definitions: Definitions, kind: KindEntry, path: string): Found {
  let at: Found = { path: '', field: rootOf(definitions, kind) }
  for (const step of parsePath(path.replaceAll('[]', '[*]'))) {
    const next = typeof step === 'string' ? named(definitions, at, step) : item(at)
    if (next === undefined) throw unknownField(definitions, kind, at, step)
    at = next
  }
  return at
}

/** A kind as if it were a field: its whole object. */
export function rootOf(definitions: Definitions, { type }: KindEntry): Omit<Field, 'name'> {
  return { type: `#${type}`, description: definitions.type(type)?.description ?? '', required: true }
}

// A field by its name, or a key of a map. A map's values may have a field of that name, which is what is meant then.
function named(definitions: Definitions, at: Found, name: string): Found | undefined {
  const field = fieldsOf(definitions, at.field.type).find((each) => each.name === name)
  if (field !== undefined) return { path: joined(at.path, name), field }
  return at.field.type.startsWith('{}') ? inside(at) : undefined
}

const item = (at: Found): Found | undefined => (at.field.type.startsWith('[]') ? inside(at) : undefined)

const inside = ({ path, field }: Found): Found => ({ path, field: { ...field, type: field.type.slice(2) } })

/** The fields behind a type, whatever lists and maps are around it. */
export function fieldsOf(definitions: Definitions, type: string): readonly Field[] {
  const object = objectIn(type)
  return object === undefined ? [] : (definitions.type(object)?.fields ?? [])
}

/** The path of a field below a path; a name that is no plain one is quoted. */
export const joined = (path: string, name: string) => {
  const step = /^[^.[\]'"]+$/.test(name) ? name : `['${name}']`
  return path === '' || step.startsWith('[') ? path + step : `${path}.${step}`
}

function unknownField(definitions: Definitions, kind: KindEntry, at: Found, step: string | number | symbol): Error {
  const where = at.path === '' ? kind.kind : `${kind.kind} ${at.path}`
  if (typeof step !== 'string') return problems.unknownField(where, '[]', [], 'It is no list.')
  const fields = fieldsOf(definitions, at.field.type)
  const near = nearestNames(
    step,
    fields.map(({ name }) => name),
  ).map((name) => joined(at.path, name))
  const elsewhere = near.length > 0 ? [] : placesOf(definitions, kind, step)
  const has = fields.length === 0 ? 'It has no fields.' : `It has ${fields.map(({ name }) => name).join(', ')}.`
  return problems.unknownField(where, step, near.length > 0 ? near : elsewhere, has)
}

const MOST_PLACES = 3

/** Where else in a kind a field of this name is, the nearest to the root first. */
function placesOf(definitions: Definitions, kind: KindEntry, name: string): string[] {
  const found: string[] = []
  for (const { path, field } of everyField(definitions, kind)) {
    if (field.name.toLowerCase() === name.toLowerCase()) found.push(path)
    if (found.length === MOST_PLACES) break
  }
  return found
}

/** A field with its path from the kind. */
export interface Placed {
  path: string
  field: Field
}

/** Every field of a kind, level by level. A type is entered once, at its shortest path. */
export function* everyField(definitions: Definitions, kind: KindEntry): Generator<Placed> {
  const seen = new Set([kind.type])
  for (let level = placed(definitions, '', kind.type); level.length > 0; ) {
    yield* level
    level = level.flatMap(({ path, field }) => {
      const object = objectIn(field.type)
      if (object === undefined || seen.has(object)) return []
      seen.add(object)
      return placed(definitions, path, object)
    })
  }
}

const placed = (definitions: Definitions, path: string, type: string): Placed[] =>
  (definitions.type(type)?.fields ?? []).map((field) => ({ path: joined(path, field.name), field }))
