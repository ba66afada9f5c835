import Type, { type Static } from 'typebox'
import { objectPage } from '../kubernetes/lists.ts'
import { BUILT_IN } from '../kubernetes/paths.ts'
import type { KubeObject } from '../kubernetes/types.ts'
import { Closed } from '../schema.ts'
import type { Cluster } from './cluster.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { age } from './describe/age.ts'
import { readEvent } from './describe/events.ts'
import { textAt } from './describe/read.ts'
import { joined, oneLine } from './describe/words.ts'
import { type ListAnswer, type ListInput, listNamespace } from './lists.ts'
import { maskObject } from './safety/mask-object.ts'
import { fieldTerm } from './selectors.ts'

/** An event as `kubectl get events -o wide` shows it. */
export const EventRow = Closed({
  lastSeen: Type.String({ description: 'Time since it last happened.' }),
  type: Type.String({ description: 'Normal or Warning.' }),
  reason: Type.String({ description: 'Reason.' }),
  object: Type.String({ description: 'What it is about, e.g. Pod/web-1.' }),
  subobject: Type.Optional(Type.String({ description: 'Part of the object, e.g. spec.containers{app}.' })),
  namespace: Type.String({ description: 'Namespace.' }),
  message: Type.String({ description: 'Message.' }),
  count: Type.Integer({ description: 'How often it happened.' }),
  source: Type.String({ description: 'Who reports it.' }),
  firstSeen: Type.String({ description: 'Time since it first happened.' }),
  lastTime: Type.Optional(Type.String({ description: 'When it last happened (RFC 3339).' })),
  name: Type.String({ description: 'Name of the Event object.' }),
})
export type EventRow = Static<typeof EventRow>

export interface EventsInput extends ListInput {
  kind?: string
  name?: string
  type?: 'Normal' | 'Warning'
  reason?: string
}

// The API server keeps events in no order of time, so all of a namespace (an hour's, by default) are read before the newest are known.
const PAGE = 500
const MOST_PAGES = 20
const TRUNCATED = `There are more than ${PAGE * MOST_PAGES} events, and only so many were read: newer ones may be among the rest. Ask for one namespace, object, type or reason.`

/** Events, newest first. */
export class Events {
  readonly #cluster: Cluster
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async list(input: EventsInput): Promise<ListAnswer<EventRow> & { truncated?: string }> {
    const { limit = 100, continue: token, format, ...question } = input
    const namespace = listNamespace(BUILT_IN.events, input, this.#cluster.namespace)
    const asked = [this.#cluster.context, 'events', question]
    const { skip } = readCursor(asked, token)
    const { found, more } = await this.#all(namespace, await this.#selector(input), input.labelSelector)
    const events = found.toSorted(newestFirst)
    const page = events.slice(skip, skip + limit)
    const remaining = events.length - skip - page.length
    const now = new Date()
    return {
      context: this.#cluster.context,
      ...(namespace === undefined ? {} : { namespace }),
      items:
        format === 'objects'
          ? page.map((each) => maskObject(each))
          : page.map((each) => eventRow(maskObject(each), now)),
      ...(remaining > 0
        ? { remaining, continue: writeCursor(asked, { token: undefined, skip: skip + page.length }) }
        : {}),
      ...(more ? { truncated: TRUNCATED } : {}),
    }
  }

  async #selector({ kind, name, type, reason, fieldSelector }: EventsInput): Promise<string | undefined> {
    const parts = {
      'involvedObject.kind': kind === undefined ? undefined : (await this.#cluster.resolve(kind)).kind,
      'involvedObject.name': name,
      type,
      reason,
    }
    const terms = Object.entries(parts).flatMap(([field, value]) =>
      value === undefined ? [] : [fieldTerm(field, value)],
    )
    const all = fieldSelector === undefined ? terms : [...terms, fieldSelector]
    return all.length === 0 ? undefined : all.join(',')
  }

  async #all(
    namespace: string | undefined,
    fieldSelector: string | undefined,
    labelSelector: string | undefined,
  ): Promise<{ found: KubeObject[]; more: boolean }> {
    const found: KubeObject[] = []
    let next: string | undefined
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const page = await objectPage(this.#cluster.api, BUILT_IN.events, {
        namespace,
        fieldSelector,
        labelSelector,
        limit: PAGE,
        continue: next,
      })
      found.push(...page.items)
      next = page.metadata.continue
      if (next === undefined || next === '') return { found, more: false }
    }
    return { found, more: true }
  }
}

const timeOf = (event: KubeObject) => Date.parse(readEvent(event).last ?? '') || 0
const newestFirst = (a: KubeObject, b: KubeObject) =>
  timeOf(b) - timeOf(a) || a.metadata.name.localeCompare(b.metadata.name)

// Component and where it runs, as kubectl says it; either API names them in its own way.
function sourceOf(event: KubeObject): string {
  const component = textAt(event, 'source.component') ?? textAt(event, 'reportingComponent')
  return joined([component, textAt(event, 'source.host') ?? textAt(event, 'reportingInstance')])
}

function eventRow(event: KubeObject, now: Date): EventRow {
  const read = readEvent(event)
  const subobject = textAt(event, 'involvedObject.fieldPath')
  return {
    lastSeen: age(now, read.last),
    type: read.type,
    reason: read.reason,
    object: `${read.kind}/${read.name}`,
    ...(subobject === undefined ? {} : { subobject }),
    namespace: event.metadata.namespace ?? '',
    message: oneLine(textAt(event, 'message') ?? ''),
    count: read.count,
    source: sourceOf(event),
    firstSeen: age(now, read.first),
    ...(read.last === undefined ? {} : { lastTime: read.last }),
    name: event.metadata.name,
  }
}
