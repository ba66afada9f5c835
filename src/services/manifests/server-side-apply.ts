import { json } from 'node:stream/consumers'
import { Problem, type RefusalCause } from '../../errors.ts'
import type { Api } from '../../kubernetes/api.ts'
import { pathOf } from '../../kubernetes/paths.ts'
import type { KubeObject, Resource } from '../../kubernetes/types.ts'
import type { Conflict } from './schema.ts'
import { readWarnings } from './warnings.ts'

/** Whom the fields belong to that this server applies. */
export const FIELD_MANAGER = 'k8s-mcp'

/** More than the API server waits for a webhook by default. */
const TIMEOUT = 12_000

/** An object and where it goes. */
export interface Target {
  resource: Resource
  /** Undefined: the kind has none. */
  namespace: string | undefined
  object: KubeObject
}

/** As whom an object is applied, where that is not this server; `force`: also fields of others. */
export interface Manner {
  manager: string
  force: boolean
}

/** What an apply would come to. */
export interface Applied {
  object: KubeObject
  warnings: string[]
  /** What other managers own of it; the object is then the one of a forced apply. */
  conflicts: Conflict[]
}

/**
 * A server-side apply (KEP-555) with `dryRun=All`: nothing is stored. Where fields belong to other managers it is tried again by
 * force, to show what that would do. Throws the API server's refusal.
 */
export async function dryRunApply(
  api: Api,
  target: Target,
  force: boolean,
  manager: string = FIELD_MANAGER,
): Promise<Applied> {
  try {
    return { ...(await send(api, target, force, manager)), conflicts: [] }
  } catch (error) {
    const conflicts = error instanceof Problem && error.status === 409 ? conflictsOf(error.facts.causes ?? []) : []
    if (conflicts.length === 0) throw error
    return { ...(await send(api, target, true, manager)), conflicts }
  }
}

async function send(
  api: Api,
  { resource, namespace, object }: Target,
  force: boolean,
  fieldManager: string,
): Promise<Omit<Applied, 'conflicts'>> {
  const answer = await api.send({
    method: 'PATCH',
    path: pathOf(resource, namespace, object.metadata.name),
    query: { dryRun: 'All', fieldManager, fieldValidation: 'Strict', force },
    contentType: 'application/apply-patch+yaml',
    timeout: TIMEOUT,
    body: yamlSafe({ ...object, metadata: { ...object.metadata, ...(namespace === undefined ? {} : { namespace }) } }),
  })
  return { object: objectOf(await json(answer.body)), warnings: readWarnings(answer.headers['warning']) }
}

/**
 * JSON that the API server's reader of YAML 1.1 takes as it is meant: it ends lines, and so folds texts, at U+0085, U+2028 and
 * U+2029, and refuses other characters that JSON leaves unescaped.
 */
export const yamlSafe = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const isObject = (value: unknown): value is KubeObject =>
  value !== null && typeof value === 'object' && 'metadata' in value && 'kind' in value

function objectOf(value: unknown): KubeObject {
  if (!isObject(value)) throw new TypeError('The API server answered an apply with something that is not an object.')
  return value
}

/** `conflict with "kubectl-client-side-apply" using apps/v1`, one cause a field. */
function conflictsOf(causes: readonly RefusalCause[]): Conflict[] {
  const fields = new Map<string, string[]>()
  for (const { reason, message = '', field = '' } of causes) {
    if (reason !== 'FieldManagerConflict') continue
    const manager = /^conflict with "([^"]*)"/.exec(message)?.[1] ?? message
    fields.set(manager, [...(fields.get(manager) ?? []), field])
  }
  return [...fields]
    .map(([manager, owned]) => ({ manager, fields: owned.toSorted() }))
    .toSorted((a, b) => a.manager.localeCompare(b.manager))
}
