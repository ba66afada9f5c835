import type { KubeObject } from '../../kubernetes/types.ts'
import type { Finding } from '../diagnose/finding.ts'
import { age } from './age.ts'
import { fit } from './budget.ts'
import { eventsAboutAny, mergeEvents } from './events.ts'
import { kindKey } from './read.ts'
import type { Description } from './schema.ts'
import { sections } from './sections.ts'
import type { Snapshot } from './snapshot.ts'
import { statusLine } from './status.ts'
import { clip, oneLine } from './words.ts'

export { describeText } from './text.ts'

/**
 * Describes the object of a snapshot: what is wrong with it, what it is, what it owns, what happened. At most `maxBytes` as JSON
 * and as text; what that costs is said in `truncated`. Below about 1 KiB the head alone may take more.
 */
export function describe(
  snapshot: Snapshot,
  { maxBytes, findings = [] }: { maxBytes: number; findings?: readonly Finding[] },
): Description {
  const { object, owners, owned, events, limits, now } = snapshot
  const { namespace, name, creationTimestamp } = object.metadata
  const wrong = verdict(object, findings)
  return fit(
    {
      apiVersion: object.apiVersion,
      kind: object.kind,
      ...(namespace === undefined ? {} : { namespace }),
      name,
      ...(wrong === undefined ? {} : { verdict: wrong }),
      findings: within(findings, Math.floor(maxBytes / 3)),
      status: statusLine(snapshot),
      age: age(now, creationTimestamp),
      owners: [...owners],
      sections: sections(snapshot),
      events: mergeEvents(eventsAboutAny(events, [object, ...owned]), now),
      limits: bounded(limits),
    },
    maxBytes,
  )
}

/** Most characters of a verdict: a Pod Security refusal fits whole. */
const MOST_VERDICT = 640

/** What is wrong with the object itself, before what is wrong with what belongs to it, which has to be worth more than a word. */
function verdict(object: KubeObject, findings: readonly Finding[]): string | undefined {
  const own = findings.find(({ object: { kind, name } }) => kind === kindKey(object) && name === object.metadata.name)
  const first = own ?? findings.find(({ severity }) => severity !== 'info')
  return first === undefined ? undefined : clip(oneLine(first.cause), MOST_VERDICT)
}

/** As many findings as there is room for, each whole. */
function within(findings: readonly Finding[], bytes: number): Finding[] {
  let room = bytes
  return findings.filter((each) => (room -= Buffer.byteLength(JSON.stringify(each))) >= 0)
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
