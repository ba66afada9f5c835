import type { KubeObject } from '../../kubernetes/types.ts'
import { firstOf } from '../first-of.ts'
import { age, elapsed } from './age.ts'
import { type Fields, at, fieldsAt, numberAt, reference, textAt } from './read.ts'
import type { MergedEvent } from './schema.ts'
import { oneLine, stable } from './words.ts'

/** One Event, whichever of the two APIs it came by. */
export interface Occurrence {
  type: string
  reason: string
  message: string
  kind: string
  name: string
  /** UID of the object it is about, where the event names one. */
  uid: string | undefined
  /** Container it is about, where it is about one. */
  container: string | undefined
  count: number
  first: string | undefined
  last: string | undefined
}

// core/v1 and events.k8s.io/v1 name the same things differently, and any of them may be null; the first that is there counts.
const FIRST = ['firstTimestamp', 'deprecatedFirstTimestamp', 'eventTime', 'metadata.creationTimestamp']
const LAST = [
  'series.lastObservedTime',
  'lastTimestamp',
  'deprecatedLastTimestamp',
  'eventTime',
  'metadata.creationTimestamp',
]
const COUNT = ['series.count', 'count', 'deprecatedCount']

/** Reads an Event of either API. */
export function readEvent(event: KubeObject): Occurrence {
  const about = regarding(event)
  return {
    type: textAt(event, 'type') ?? 'Normal',
    reason: textAt(event, 'reason') ?? '',
    message: oneLine(textAt(event, 'message') ?? textAt(event, 'note') ?? '').replace(
      '(combined from similar events): ',
      '',
    ),
    kind: textAt(about, 'kind') ?? '',
    name: textAt(about, 'name') ?? '',
    uid: textAt(about, 'uid'),
    container: /\{(.+)\}$/.exec(textAt(about, 'fieldPath') ?? '')?.[1],
    count: firstOf(COUNT, (path) => numberAt(event, path)) ?? 1,
    first: firstOf(FIRST, (path) => textAt(event, path)),
    last: firstOf(LAST, (path) => textAt(event, path)),
  }
}

/** The object that an Event of either API is about. */
export const regarding = (event: KubeObject): Fields =>
  fieldsAt(event, at(event, 'involvedObject') === undefined ? 'regarding' : 'involvedObject')

// A namespace may have thousands of events, and every pod asks for its own: each list is read once.
const indexes = new WeakMap<readonly KubeObject[], Map<string, Indexed[]>>()

interface Indexed {
  event: KubeObject
  occurrence: Occurrence
}

function indexOf(events: readonly KubeObject[]): Map<string, Indexed[]> {
  const known = indexes.get(events)
  if (known !== undefined) return known
  const all = events.map((event) => ({ event, occurrence: readEvent(event) }))
  const index = Map.groupBy(
    all.toSorted((one, other) => newestFirst(one.occurrence, other.occurrence)),
    ({ occurrence: { kind, name } }) => `${kind}/${name}`,
  )
  indexes.set(events, index)
  return index
}

const indexed = (events: readonly KubeObject[], object: KubeObject): Indexed[] =>
  (indexOf(events).get(reference(object)) ?? []).filter(({ occurrence }) => isAbout(occurrence, object))

/** Events about one object, read, newest first. Those without any time come last. `events` is not changed afterwards. */
export const eventsAbout = (events: readonly KubeObject[], object: KubeObject): Occurrence[] =>
  indexed(events, object).map(({ occurrence }) => occurrence)

/** Events about any of the objects, as they came. */
export const eventsAboutAny = (events: readonly KubeObject[], objects: readonly KubeObject[]): KubeObject[] =>
  objects.flatMap((object) => indexed(events, object).map(({ event }) => event))

/** Whether an event of this kind and name is about this object: a pod that was made again under the same name has another uid. */
export function isAbout(event: Occurrence, object: KubeObject): boolean {
  const known = identities(object)
  return event.uid === undefined || known.length === 0 || known.includes(event.uid)
}

// A kubelet names a node by its name, and a static pod by the hash of its file, where others name the uid.
function identities({ kind, metadata }: KubeObject): string[] {
  const mirror = metadata.annotations?.['kubernetes.io/config.mirror']
  const name = kind === 'Node' ? metadata.name : undefined
  return metadata.uid === undefined ? [] : [metadata.uid, mirror, name].filter((each) => each !== undefined)
}

const timeOf = ({ last }: { last?: string | undefined }): number => (last === undefined ? 0 : Date.parse(last) || 0)
const newestFirst = (one: { last?: string | undefined }, other: { last?: string | undefined }): number =>
  timeOf(other) - timeOf(one)

/**
 * Events that tell the same as one: same type, reason and object, and the same message but for ids, generated names, addresses and
 * times; pods of one generated name count as one object, since three hundred replicas tell the same three hundred times. Counts
 * are added up, with the first and last time and the newest message. Newest first.
 */
export function mergeEvents(events: readonly KubeObject[], now: Date): MergedEvent[] {
  const groups = Map.groupBy(events.map(readEvent).toSorted(newestFirst), likeness)
  return [...groups.values()].flatMap(([newest, ...others]) =>
    newest === undefined ? [] : [merged(newest, others, now)],
  )
}

const likeness = ({ type, reason, kind, name, message }: Occurrence): string =>
  JSON.stringify([type, reason, kind, kind === 'Pod' ? stable(name) : name, stable(message)])

function merged(newest: Occurrence, others: readonly Occurrence[], now: Date): MergedEvent {
  const count = others.reduce((sum, event) => sum + event.count, newest.count)
  const [first] = [newest, ...others]
    .map((event) => event.first)
    .filter((time) => time !== undefined)
    .toSorted(byTime)
  return {
    type: newest.type,
    reason: newest.reason,
    object: subject(newest, others),
    message: newest.message,
    count,
    age: age(now, newest.last),
    ...(count > 1 && elapsed(now, first) !== undefined ? { over: age(now, first) } : {}),
    ...(first === undefined || first === newest.last ? {} : { first }),
    ...(newest.last === undefined ? {} : { last: newest.last }),
  }
}

function subject(newest: Occurrence, others: readonly Occurrence[]): string {
  const more = new Set(others.map((other) => other.name).filter((other) => other !== newest.name)).size
  return `${newest.kind}/${newest.name}${more === 0 ? '' : ` and ${more} more`}`
}

const byTime = (one: string, other: string): number => Date.parse(one) - Date.parse(other)
