import Type, { type Static } from 'typebox'
import { Closed, OneOf } from '../../schema.ts'
import { type Change, changesBetween, type Step } from './changes.ts'
import { keyOf, labelOf } from './list-keys.ts'
import { fieldPath, itemPath } from './paths.ts'
import { short, sidesOf } from './printed.ts'

export const DiffRow = Closed({
  path: Type.String({ description: 'Field; list items by name: spec.template.spec.containers[app].image.' }),
  op: OneOf(
    ['add', 'remove', 'change', 'order', 'set'],
    'What happens to it. order: list items change places. set: a secret value is given; whether it differs is never said.',
  ),
  from: Type.Optional(Type.String({ description: 'Value now; long ones cut, with their size.' })),
  to: Type.Optional(Type.String({ description: 'Value then.' })),
})
export type DiffRow = Static<typeof DiffRow>

/**
 * What makes `to` of `from`, for a reader: one row a field, short values. Give it masked values only. The paths in `given` are of
 * secret values: each that has no other row is `set`, be it equal or not.
 */
export function rowsBetween(from: unknown, to: unknown, given: readonly string[] = []): DiffRow[] {
  const rows = changesBetween(from, to).flatMap(rowsOf)
  const unnamed = given.filter((path) => !rows.some((row) => isAbout(row, path)))
  return [...rows, ...unnamed.map((path): DiffRow => ({ path, op: 'set' }))]
}

const isAbout = (row: DiffRow, path: string) =>
  path === row.path || (row.op === 'add' && path.startsWith(row.path) && '.['.includes(path.charAt(row.path.length)))

function rowsOf(change: Change): DiffRow[] {
  const path = pathOf(change.steps)
  if (change.op === 'add')
    return leaves(change.to, path).map(({ at, value }) => ({ path: at, op: 'add', to: short(value) }))
  if (change.op === 'remove')
    return leaves(change.from, path).map(({ at, value }) => ({ path: at, op: 'remove', from: short(value) }))
  if (change.op === 'order')
    return [{ path, op: 'order', from: short(change.from.join(', ')), to: short(change.to.join(', ')) }]
  return [{ path, op: 'change', ...sidesOf(change.from, change.to) }]
}

const pathOf = (steps: readonly Step[]): string =>
  steps.reduce((path, step) => {
    if ('field' in step) return fieldPath(path, step.field)
    return 'item' in step ? itemPath(path, step.item) : `${path}[${step.index}]`
  }, '')

interface Leaf {
  at: string
  value: unknown
}

/** What is small enough for one row stays whole; a larger object or list is shown by its parts. */
function leaves(value: unknown, at: string, isWhole = isSmall): Leaf[] {
  if (value === null || typeof value !== 'object' || isWhole(value)) return [{ at, value }]
  return Array.isArray(value)
    ? itemsOf(value, at, isWhole)
    : Object.entries(value).flatMap(([field, each]) => leaves(each, fieldPath(at, field), isWhole))
}

/** The path of every value inside a value, however small what holds them. */
export const leafPaths = (value: unknown): string[] => leaves(value, '', () => false).map(({ at }) => at)

const MOST_WHOLE = 80
const isSmall = (value: object) => isFlat(value) && JSON.stringify(value).length <= MOST_WHOLE
const isFlat = (value: object) => Object.values(value).every((each) => each === null || typeof each !== 'object')

function itemsOf(items: readonly unknown[], at: string, isWhole: (value: object) => boolean): Leaf[] {
  const key = keyOf(items, [])
  return items.flatMap((item, index) =>
    leaves(item, key === undefined ? `${at}[${index}]` : itemPath(at, labelOf(key, item) ?? ''), isWhole),
  )
}

/** Rows as the lines of a diff: `-` and `+` before the field and its value. */
export const unifiedLines = (rows: readonly DiffRow[]): string[] => rows.flatMap(linesOf)

function linesOf({ path, op, from, to }: DiffRow): string[] {
  if (op === 'set') return [`  ! ${path}: set (a secret value; never compared)`]
  if (op === 'order') return [`  ~ ${path}: order ${from} → ${to}`]
  return [...side('-', path, from), ...side('+', path, to)]
}

function side(sign: string, path: string, value: string | undefined): string[] {
  if (value === undefined) return []
  if (!value.includes('\n')) return [`  ${sign} ${path}: ${value}`]
  return [`  ${sign} ${path}: |`, ...value.split('\n').map((line) => `  ${sign}   ${line}`)]
}
