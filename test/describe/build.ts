import type { KubeObject } from '../../src/kubernetes/types.ts'
import { describe, describeText } from '../../src/services/describe/describe.ts'
import type { Snapshot } from '../../src/services/describe/snapshot.ts'

/** The moment of every snapshot made here. */
export const now = new Date('2026-11-22T12:00:00Z')

/** A time some seconds before now, as the API writes times. */
export const ago = (seconds: number): string => new Date(now.getTime() - 1000 * seconds).toISOString()

export const HOUR = 3600
export const DAY = 24 * HOUR

interface Made {
  metadata?: Record<string, unknown>
  [field: string]: unknown
}

/** An object of a kind (`v1 Pod`), an hour old, in namespace shop, called web, but for what is given. */
export function make(type: string, { metadata, ...fields }: Made = {}): KubeObject {
  const [apiVersion = '', kind = ''] = type.split(' ')
  return {
    apiVersion,
    kind,
    ...fields,
    metadata: { name: 'web', namespace: 'shop', creationTimestamp: ago(HOUR), ...metadata },
  }
}

/** A snapshot of an object alone, but for what is given. */
export const snapshot = (object: KubeObject, around: Partial<Snapshot> = {}): Snapshot => ({
  object,
  owners: [],
  owned: [],
  related: [],
  events: [],
  limits: [],
  now,
  ...around,
})

/** A pod with one container `app` whose status is given. */
export function pod(
  status: Record<string, unknown>,
  { metadata, spec, podStatus }: { metadata?: object; spec?: object; podStatus?: object } = {},
): KubeObject {
  const ready = { type: 'Ready', status: status['ready'] === true ? 'True' : 'False', lastTransitionTime: ago(HOUR) }
  return make('v1 Pod', {
    metadata: { ...metadata },
    spec: { nodeName: 'node1', containers: [{ name: 'app', image: 'shop/web:v9' }], ...spec },
    status: {
      phase: 'Running',
      startTime: ago(HOUR),
      conditions: [{ type: 'PodScheduled', status: 'True' }, ready],
      containerStatuses: [{ name: 'app', ready: false, restartCount: 0, lastState: {}, ...status }],
      ...podStatus,
    },
  })
}

/** An event about an object, a minute old. */
export const event = (
  about: KubeObject,
  type: string,
  reason: string,
  message: string,
  more: Record<string, unknown> = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'shop' },
  involvedObject: { kind: about.kind, name: about.metadata.name },
  type,
  reason,
  message,
  count: 1,
  firstTimestamp: ago(60),
  lastTimestamp: ago(60),
  ...more,
})

/** The text of a description without its head and its metadata: what the kind has to say. */
export function told(object: KubeObject, around: Partial<Snapshot> = {}): string[] {
  const description = describe(snapshot(object, around), { maxBytes: 65_536 })
  const sections = description.sections.filter(({ title }) => title !== 'Metadata')
  return describeText({ ...description, sections })
    .split('\n')
    .slice(description.verdict === undefined ? 2 : 3)
}
