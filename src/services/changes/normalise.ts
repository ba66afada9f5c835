import type { KubeObject } from '../../kubernetes/types.ts'
import { comparable, newFields } from '../manifests/comparable.ts'
import { type DiffRow, leafPaths, rowsBetween } from '../manifests/rows.ts'
import { maskObject } from '../safety/mask-object.ts'
import type { Change } from './plan.ts'

// Two dry runs of one change are never quite the same. What differs from one to the next stands for itself, or a plan would never
// equal the plan that is made again before it is executed.

/** Annotations whose value is chosen when a change is executed. */
const CHOSEN_LATE: Readonly<Record<string, string>> = { 'kubectl.kubernetes.io/restartedAt': '<time of execution>' }

/** What a change of an object comes to, for a reader: secrets masked, what the server chooses left out. */
export const changedRows = (before: KubeObject, after: KubeObject, given: readonly string[] = []): DiffRow[] =>
  meant(rowsBetween(comparable(maskObject(before)), settled(comparable(maskObject(after)), before), given))

/** Rows without what a controller may have written between the read and the dry run. */
export const meant = (rows: readonly DiffRow[]): DiffRow[] =>
  rows.filter(({ path }) => !path.startsWith("metadata.annotations['deployment.kubernetes.io/"))

/** The fields of an object that is not there yet; `asked`: as it was given. */
export const createdRows = (after: KubeObject, asked: KubeObject, given: readonly string[] = []): DiffRow[] =>
  rowsBetween({}, newFields(maskObject(after), asked), given)

/** What was asked for first, then what the API server fills in, marked. */
export function askedFirst(rows: readonly DiffRow[], asked: KubeObject): Change[] {
  const paths = leafPaths(newFields(asked, asked))
  const isAsked = ({ path }: DiffRow) => paths.some((each) => isWithin(path, each) || isWithin(each, path))
  const { given = [], filled = [] } = Object.groupBy(rows, (row) => (isAsked(row) ? 'given' : 'filled'))
  return [...given, ...filled.map((row): Change => ({ ...row, filled: true }))]
}

const isWithin = (path: string, outer: string) =>
  path === outer || (path.startsWith(outer) && '.['.includes(path.charAt(outer.length)))

function settled(after: KubeObject, before: KubeObject): KubeObject {
  const now = restartedAt(after)
  if (now === undefined || now === restartedAt(before)) return after
  const text = JSON.stringify(after, (key: string, value: unknown) =>
    key in CHOSEN_LATE && value === now ? CHOSEN_LATE[key] : value,
  )
  const value: KubeObject = JSON.parse(text)
  return value
}

const RESTARTED = /"kubectl\.kubernetes\.io\/restartedAt":"([^"]*)"/
const restartedAt = (object: KubeObject) => RESTARTED.exec(JSON.stringify(object['spec'] ?? {}))?.[1]
