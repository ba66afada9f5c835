import type { Problem } from '../../errors.ts'
import type { KubeObject, Resource } from '../../kubernetes/types.ts'
import { maskObject } from '../safety/mask-object.ts'
import { comparable, newFields } from './comparable.ts'
import type { ParsedDocument } from './parse.ts'
import { refusalOf } from './refused.ts'
import { type DiffRow, rowsBetween } from './rows.ts'
import type { DocumentDiff } from './schema.ts'
import type { Disguised } from './secrets.ts'
import type { Applied } from './server-side-apply.ts'

// The entries of an answer, one an object of the manifest.

/** Which object an entry is about. */
export interface Identity extends Pick<DocumentDiff, 'index' | 'line' | 'apiVersion' | 'kind' | 'name'> {
  namespace: string | undefined
  notes: readonly string[]
}

/** An object that was tried. */
export interface Tried {
  document: ParsedDocument
  identity: Identity
  /** As it is now; undefined: not there. */
  live: KubeObject | undefined
  disguised: Disguised
}

/** `resource` undefined: the cluster does not know its kind, and so not whether it belongs to a namespace. */
export function identify(document: ParsedDocument, resource: Resource | undefined, fallback: string): Identity {
  const { index, line, object, notes } = document
  const { apiVersion, kind, metadata } = object
  const namespace = resource?.namespaced === true ? (metadata.namespace ?? fallback) : metadata.namespace
  return { index, line, apiVersion, kind, namespace, name: metadata.name, notes }
}

function head(identity: Identity, notes: readonly string[] = []) {
  const { namespace, notes: own, ...rest } = identity
  const all = [...own, ...notes]
  return { ...rest, ...(namespace === undefined ? {} : { namespace }), ...(all.length === 0 ? {} : { notes: all }) }
}

/** The entry of an object that could not be tried. */
export const untried = (identity: Identity, note: string): DocumentDiff => ({
  ...head(identity, [note]),
  action: 'not-dry-run',
  changes: [],
})

/** The entry of an object that was refused before it was tried. */
export const refused = (identity: Identity, problem: Problem): DocumentDiff => ({
  ...head(identity),
  action: 'refused',
  changes: [],
  error: refusalOf(problem),
})

/** The entry of an object that the API server refused when it was tried. */
export function refusedWhenTried({ identity, document, live, disguised }: Tried, problem: Problem): DocumentDiff {
  const isSecret =
    document.object.kind === 'Secret' || disguised.given.length > 0 || (live !== undefined && hasSecrets(live))
  const error = refusalOf(problem, { isSecret, clean: disguised.clean })
  return { ...head(identity, secretNotes(disguised)), action: 'refused', changes: [], error }
}

/** The entry of an object that can be applied. `most`: rows that there is room for. */
export function told(tried: Tried, applied: Applied, notes: readonly string[], most: number): DocumentDiff {
  const { live, disguised } = tried
  const rows = rowsOf(tried, applied)
  const changes = rows.slice(0, most)
  const warnings = warningsOf(tried, applied)
  const going = live?.metadata.deletionTimestamp === undefined ? [] : [GOING]
  return {
    ...head(tried.identity, [...notes, ...going, ...secretNotes(disguised)]),
    action: actionOf(live, rows),
    changes,
    ...(rows.length > changes.length ? { cut: rows.length - changes.length } : {}),
    ...(applied.conflicts.length === 0 ? {} : { conflicts: applied.conflicts }),
    ...(warnings.length === 0 ? {} : { warnings }),
  }
}

// The API server looks whether a certificate fits its key, and what it saw was neither.
const OF_STAND_INS = 'tls: failed to find any PEM data in certificate input'

const warningsOf = ({ document, disguised }: Tried, { warnings }: Applied): string[] =>
  warnings
    .filter((each) => document.object.kind !== 'Secret' || disguised.given.length === 0 || each !== OF_STAND_INS)
    .map((each) => disguised.clean(each))

const GOING = 'It is being deleted: an apply now would change what is about to go.'
const SECRET = 'Secret values were not sent and are not compared: "set" says only that the manifest gives one.'

const secretNotes = ({ given }: Disguised): string[] => (given.length === 0 ? [] : [SECRET])

function actionOf(live: KubeObject | undefined, rows: readonly DiffRow[]): DocumentDiff['action'] {
  if (live === undefined) return 'create'
  return rows.length === 0 ? 'unchanged' : 'change'
}

function rowsOf({ document, live, disguised }: Tried, applied: Applied): DiffRow[] {
  const result = disguised.reveal(applied.object)
  if (live === undefined) return rowsBetween({}, newFields(result, document.object), disguised.given)
  return rowsBetween(comparable(maskObject(live)), comparable(result), disguised.given)
}

function hasSecrets(object: KubeObject): boolean {
  const shown = comparable(object)
  return maskObject(shown) !== shown
}
