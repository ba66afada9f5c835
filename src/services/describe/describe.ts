import { age } from './age.ts'
import { fit } from './budget.ts'
import { eventsAboutAny, mergeEvents } from './events.ts'
import { reference } from './read.ts'
import type { Description } from './schema.ts'
import { sections } from './sections.ts'
import type { Snapshot } from './snapshot.ts'
import { statusLine } from './status.ts'
import { verdict } from './verdict.ts'
import { clip, oneLine } from './words.ts'

export { describeText } from './text.ts'

/**
 * Describes the object of a snapshot: what is wrong with it, what it is, what it owns, what happened. At most `maxBytes` as JSON
 * and as text; what that costs is said in `truncated`. Below about 1 KiB the head alone may take more.
 */
export function describe(snapshot: Snapshot, { maxBytes }: { maxBytes: number }): Description {
  const { object, owners, owned, events, limits, now } = snapshot
  const { namespace, name, creationTimestamp } = object.metadata
  const wrong = verdict(snapshot)
  return fit(
    {
      apiVersion: object.apiVersion,
      kind: object.kind,
      ...(namespace === undefined ? {} : { namespace }),
      name,
      ...(wrong === undefined ? {} : { verdict: wrong }),
      status: statusLine(snapshot),
      age: age(now, creationTimestamp),
      owners: owners.map(reference),
      sections: sections(snapshot),
      events: mergeEvents(eventsAboutAny(events, [object, ...owned]), now),
      limits: bounded(limits),
    },
    maxBytes,
  )
}

const MOST_LIMITS = 8
const MOST_LIMIT = 200

function bounded(limits: readonly string[]): string[] {
  const rest = limits.length - MOST_LIMITS
  return [
    ...limits.slice(0, MOST_LIMITS).map((limit) => clip(oneLine(limit), MOST_LIMIT)),
    ...(rest > 0 ? [`${rest} more`] : []),
  ]
}
