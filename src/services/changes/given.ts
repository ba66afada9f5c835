import type { KubeObject } from '../../kubernetes/types.ts'
import { fieldsAt, isFields, textAt } from '../describe/read.ts'
import { fieldPath } from '../manifests/paths.ts'
import type { DiffRow } from '../manifests/rows.ts'

/**
 * The rows of a Secret with what becomes of each given value: `set` where there was none, `changed`, `unchanged`. It is worked out
 * here and never asked of the API server. For the approver alone: an agent could try guesses by it.
 */
export function withSecretChanges(rows: readonly DiffRow[], live: KubeObject | undefined, given: unknown): DiffRow[] {
  const values = givenValues(given)
  const known = fieldsAt(live, 'data')
  return rows
    .flatMap((row) => apart(row, values))
    .map((row) =>
      row.op === 'set' || values.has(row.path)
        ? { path: row.path, op: 'set', to: stateOf(values.get(row.path), known, row.path) }
        : row,
    )
}

/** All values of a new Secret can stand in one row; each is told by itself. */
function apart(row: DiffRow, values: ReadonlyMap<string, string>): DiffRow[] {
  const inside = [...values.keys()].filter((path) => path !== row.path && path.startsWith(row.path))
  return row.path === 'data' && inside.length > 0 ? inside.map((path) => ({ path, op: 'set' })) : [row]
}

type State = 'set' | 'changed' | 'unchanged'

function stateOf(value: string | undefined, known: Record<string, unknown>, path: string): State {
  const there = Object.entries(known).find(([key]) => fieldPath('data', key) === path)?.[1]
  if (there === undefined || value === undefined) return 'set'
  return there === value ? 'unchanged' : 'changed'
}

/** The values of a Secret (or a patch of one) by path, encoded as `data` has them. */
function givenValues(given: unknown): Map<string, string> {
  if (Array.isArray(given)) return new Map(given.flatMap(operationValue))
  const plain = Object.entries(fieldsAt(given, 'stringData')).map(
    ([key, value]) => [fieldPath('data', key), encoded(value)] as const,
  )
  const data = Object.entries(fieldsAt(given, 'data')).map(
    ([key, value]) => [fieldPath('data', key), String(value)] as const,
  )
  return new Map([...data, ...plain])
}

function operationValue(operation: unknown): [string, string][] {
  const [, part, key] = /^\/(data|stringData)\/(.+)$/.exec(textAt(operation, 'path') ?? '') ?? []
  if (!isFields(operation) || key === undefined) return []
  const value = operation['value']
  return [
    [
      fieldPath('data', key.replaceAll('~1', '/').replaceAll('~0', '~')),
      part === 'data' ? String(value) : encoded(value),
    ],
  ]
}

/**
 * A Secret with its `stringData` as `data`, which it becomes anyway: server-side apply does not take back the keys of `stringData` that
 * an object no longer has, since it looks for them under that name (tried on 1.36). As it is where not all of it is text.
 */
export function withoutStringData(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1' || !isFields(stringData)) return object
  if (!Object.values(stringData).every((value) => typeof value === 'string')) return object
  const added = Object.entries(stringData).map(([key, value]) => [key, encoded(value)])
  const { apiVersion, kind, metadata } = object
  return { ...rest, apiVersion, kind, metadata, data: { ...fieldsAt(object, 'data'), ...Object.fromEntries(added) } }
}

const encoded = (value: unknown) => Buffer.from(String(value)).toString('base64')
