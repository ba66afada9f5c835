import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { isKubernetesObject, isRecord, type KubernetesObject } from './client.ts'

/** An event as it was recorded; the scheduler's have neither count nor times. */
export interface RecordedEvent {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly count: number | null
  readonly firstTimestamp: string | null
  readonly lastTimestamp: string | null
  /** Component that reported it. */
  readonly from: string
}

/** An object of recorded.json: what Kubernetes with a real kubelet wrote about it. */
export interface RecordedObject {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** The line that `kubectl get` printed. */
  readonly kubectl: string
  /** Owners as `Kind/name`, in the same namespace. */
  readonly owner?: readonly string[]
  readonly status?: Readonly<Record<string, unknown>>
  readonly events?: readonly RecordedEvent[]
  readonly endpoints?: readonly Readonly<Record<string, unknown>>[] | null
  readonly deletionTimestamp?: string
}

/** The troubles: what was applied, and what came of it. */
export interface Troubles {
  readonly manifests: readonly KubernetesObject[]
  readonly objects: readonly RecordedObject[]
}

const folder = join(import.meta.dirname, '..', 'data', 'troubles')
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
// What the kubelet writes for a container that never started; it is no moment of the recording.
const never = '1970-01-01T00:00:00Z'

const isMoment = (value: unknown): value is string =>
  typeof value === 'string' && timestamp.test(value) && value !== never

const seconds = (moment: number): string => new Date(moment).toISOString().replace(/\.\d+Z$/, 'Z')

function newest(text: string): number {
  let found = 0
  JSON.parse(text, (_, value: unknown) => {
    if (isMoment(value)) found = Math.max(found, Date.parse(value))
    return value
  })
  return found
}

function shifted(text: string, newestAt: number): unknown {
  const shift = newestAt - newest(text)
  return JSON.parse(text, (_, value: unknown) => (isMoment(value) ? seconds(Date.parse(value) + shift) : value))
}

const isRecordedObject = (value: unknown): value is RecordedObject =>
  isRecord(value) &&
  ['kind', 'namespace', 'name', 'kubectl'].every((field) => typeof value[field] === 'string') &&
  (value['events'] === undefined || Array.isArray(value['events']))

async function readManifests(): Promise<KubernetesObject[]> {
  const documents = parseAllDocuments(await readFile(join(folder, 'manifests.yaml'), 'utf8'))
  return documents.map((document): unknown => document.toJS()).filter(isKubernetesObject)
}

/**
 * Reads the troubles from test/data/troubles. All recorded times are moved by one span, so that the newest is `newestAt`
 * and each stands to the others as it did.
 */
export async function readTroubles(newestAt = new Date()): Promise<Troubles> {
  const [manifests, text] = await Promise.all([readManifests(), readFile(join(folder, 'recorded.json'), 'utf8')])
  const recorded = shifted(text, newestAt.getTime())
  const objects: unknown = isRecord(recorded) ? recorded['objects'] : undefined
  if (!Array.isArray(objects) || !objects.every(isRecordedObject))
    throw new Error('test/data/troubles/recorded.json does not have the shape that its README describes.')
  return { manifests, objects }
}
