import type { ApiRequest } from '../../kubernetes/api.ts'
import { Problem } from '../../errors.ts'
import type { ResourceType } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import type { Effect } from './compose.ts'
import { changedRows } from './normalise.ts'
import type { Execution, Plan } from './plan.ts'
import { hasSecrets, secretPlaces } from './patch-body.ts'
import { type ObjectRef, objectRef } from './targets.ts'
import { discreet, guarded, managerOf, objectOf, precondition, refPath, rehearse, write } from './writes.ts'

/** The kinds of patches (Kubernetes API concepts, "Patch"). */
export type PatchType = 'merge' | 'strategic' | 'json'

const MEDIA_TYPES: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
}

/** A patch of one object, or of a subresource of it. */
export interface Patch {
  type: PatchType
  body: unknown
  subresource?: string
}

/** The metadata that a patch may be about; a version only where it is really sent. */
interface Guard {
  uid: string
  resourceVersion?: string
}

/** Puts uid and resourceVersion into a patch: the API server refuses it where they are not those of the object. */
function withGuard({ type, body }: Patch, guard: Guard): unknown {
  if (type === 'json') return [...guardOperations(guard), ...(Array.isArray(body) ? body : [])]
  const fields = isFields(body) ? body : {}
  return { ...fields, metadata: { ...(isFields(fields['metadata']) ? fields['metadata'] : {}), ...guard } }
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

// Not by `test`, whose failure (422) could not be told from an invalid patch: a version that does not match is a 409.
const guardOperations = (guard: Guard) =>
  Object.entries(guard).map(([field, value]: [string, unknown]) => ({ op: 'add', path: `/metadata/${field}`, value }))

function requestOf(ref: ObjectRef, patch: Patch, guard: Guard, fieldManager: string): ApiRequest {
  const { subresource } = patch
  return {
    method: 'PATCH',
    path: [...refPath(ref), ...(subresource === undefined ? [] : [subresource])],
    query: { fieldManager, fieldValidation: 'Strict' },
    contentType: MEDIA_TYPES[patch.type],
    body: JSON.stringify(withGuard(patch, guard)),
  }
}

/** What the patch would make of an object, by the API server's dry run. Throws its refusal. */
export async function rehearsePatch(
  cluster: Cluster,
  ref: ObjectRef,
  patch: Patch,
  isSecret = false,
): Promise<{ after: KubeObject; warnings: string[] }> {
  const written = await told(rehearse(cluster, requestOf(ref, patch, { uid: ref.uid }, managerOf('plan'))), isSecret)
  return { after: objectOf(written), warnings: written.warnings }
}

/** A refusal in words that quote no secret. */
async function told<T>(answer: Promise<T>, isSecret: boolean): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw error instanceof Problem ? discreet(error, isSecret) : error
  }
}

/** Sends a patch with the preconditions of the last plan; answers the object as it is then. */
export async function sendPatch(
  cluster: Cluster,
  ref: ObjectRef,
  patch: Patch,
  run: { execution: Execution; fresh: Pick<Plan<unknown>, 'targets' | 'versions'> },
): Promise<KubeObject> {
  const { execution, fresh } = run
  const manager = managerOf(execution.id)
  return guarded({ cluster, execution, fresh }, async (versions) =>
    objectOf(await write(cluster, requestOf(ref, patch, precondition(ref, versions), manager), execution)),
  )
}

/** The effect of a patch on a whole object. */
export async function patchEffect(
  cluster: Cluster,
  type: ResourceType,
  before: KubeObject,
  patch: Patch,
  given: readonly string[] = [],
): Promise<{ effect: Effect & { before: KubeObject; after: KubeObject }; notes: string[] }> {
  const { after, warnings } = await rehearsePatch(cluster, objectRef(type, before), patch, hasSecrets(before))
  const secrets = [...given, ...secretPlaces(patch.type, patch.body, after)]
  const effect = {
    type,
    action: 'change' as const,
    before,
    after,
    rows: changedRows(before, after, secrets),
    dryRun: true,
  }
  return { effect, notes: warnings.map((each) => `The API server warns: ${each}`) }
}
