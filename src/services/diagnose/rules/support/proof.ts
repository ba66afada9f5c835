import type { KubeObject } from '../../../../kubernetes/types.ts'
import type { Occurrence } from '../../../describe/events.ts'
import { clip, oneLine } from '../../../describe/words.ts'
import { nameOf } from '../../facts.ts'
import type { Proof } from '../../finding.ts'

const MOST_TEXT = 300

const line = (text: string): string => clip(oneLine(text), MOST_TEXT)

/** What stands at a path of an object. */
export const fieldProof = (object: KubeObject, path: string, text: string): Proof => ({
  object: nameOf(object),
  from: 'field',
  path,
  text: line(text),
})

/** An event about an object, with how often and when it was last seen. */
export const eventProof = (object: KubeObject, { reason, message, count, last }: Occurrence): Proof => ({
  object: nameOf(object),
  from: 'event',
  path: reason,
  text: line(message),
  count,
  ...(last === undefined ? {} : { at: last }),
})

/** Lines of a container's log, each a proof of its own. */
export const logProofs = (pod: KubeObject, container: string, lines: readonly string[]): Proof[] =>
  lines.map((text) => ({ object: nameOf(pod), from: 'log', path: container, text: line(text) }))

/** What the metrics API says about a container. */
export const metricProof = (pod: KubeObject, container: string, text: string): Proof => ({
  object: nameOf(pod),
  from: 'metric',
  path: container,
  text,
})

/** Proofs that are there. */
export const proofs = (...given: readonly (Proof | readonly Proof[] | undefined)[]): Proof[] =>
  given.flatMap((each) => each ?? [])
