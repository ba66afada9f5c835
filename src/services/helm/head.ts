import type { KubeObject, ObjectMeta } from '../../kubernetes/types.ts'
import { type ReleaseStatus, statusOf } from './status.ts'

/** What the labels of a stored revision say, without its payload. */
export interface ReleaseHead {
  /** Kind and name of the object that holds it. */
  stored: { kind: 'Secret' | 'ConfigMap'; name: string; uid: string; resourceVersion: string }
  namespace: string
  name: string
  revision: number
  status: ReleaseStatus
  /** Last write of the object as its labels say: seconds since 1970; undefined where they do not. */
  written: number | undefined
  /** Labels of the user's own; Helm's are left out. */
  labels: Readonly<Record<string, string>>
}

/** Labels of Helm's own. */
const SYSTEM_LABELS: ReadonlySet<string> = new Set(['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt'])

/** The head of a Secret or ConfigMap in which Helm keeps a revision; what its labels do not say is '' or 0. */
export function headOf(kind: 'Secret' | 'ConfigMap', metadata: ObjectMeta): ReleaseHead {
  const { name, namespace = '', uid = '', resourceVersion = '', labels = {} } = metadata
  const own = Object.entries(labels).filter(([label]) => !SYSTEM_LABELS.has(label))
  return {
    stored: { kind, name, uid, resourceVersion },
    namespace,
    name: labels['name'] ?? '',
    revision: revisionOf(labels['version']),
    status: statusOf(labels['status']),
    written: seconds(labels['modifiedAt'] ?? labels['createdAt']),
    labels: Object.fromEntries(own),
  }
}

const revisionOf = (label: string | undefined): number => (/^\d{1,9}$/.test(label ?? '') ? Number(label) : 0)

const seconds = (label: string | undefined): number | undefined =>
  label !== undefined && /^\d{1,11}$/.test(label) ? Number(label) : undefined

/** The head of any object, by the labels of Helm 3 and later; undefined where Helm keeps no revision in it. */
export function headIn({ kind, metadata }: KubeObject): ReleaseHead | undefined {
  if (metadata.labels?.['owner'] !== 'helm' || (kind !== 'Secret' && kind !== 'ConfigMap')) return undefined
  const head = headOf(kind, metadata)
  return head.name === '' || head.revision === 0 ? undefined : head
}
