import type { KubeObject, ObjectMeta } from '../../kubernetes/types.ts'

/** Where kubectl's client-side apply keeps what was applied last. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** Fields of metadata that only the API server writes (Kubernetes API conventions, "Metadata"). */
export const SERVER_METADATA = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
] as const

/** Fields of a manifest's metadata that it may not have, each with a sentence. */
export function ownedFaults(metadata: Record<string, unknown>): { field: string; text: string }[] {
  const given = SERVER_METADATA.filter((name) => !isAbsent(metadata[name], name))
  return given.map((name) => ({
    field: `metadata.${name}`,
    text: `${name} is written by the API server only: leave it out of the manifest`,
  }))
}

// Tools that print manifests from Go types cannot leave this one out.
const isAbsent = (value: unknown, name: string) =>
  value === undefined || (value === null && name === 'creationTimestamp')

/**
 * The object without what tools write into manifests and no apply can set: `status`, `creationTimestamp: null`, kubectl's record of
 * the last apply. What said something is noted.
 */
export function withoutGenerated(object: KubeObject): { object: KubeObject; notes: string[] } {
  const { status, metadata, ...rest } = object
  const { creationTimestamp: _, annotations, namespace, ...meta } = metadata
  const { [LAST_APPLIED]: applied, ...kept } = annotations ?? {}
  const named: ObjectMeta = {
    ...meta,
    ...present({ namespace }),
    ...present({ annotations: annotations ? kept : undefined }),
  }
  return {
    object: { ...rest, metadata: named },
    notes: [...(isEmpty(status) ? [] : [STATUS]), ...(applied === undefined ? [] : [APPLIED])],
  }
}

const STATUS = 'status was left out: only controllers write it.'
const APPLIED = `The annotation ${LAST_APPLIED} was left out: it is kubectl's own record.`

/** The fields that say something. */
const present = <T>(fields: Record<string, T>): Record<string, NonNullable<T>> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, value]])),
  )

const isEmpty = (value: unknown) =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
