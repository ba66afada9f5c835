import type { KubeObject } from '../../../kubernetes/types.ts'
import { age } from '../age.ts'
import { conditionsAt, numberAt } from '../read.ts'
import type { Section } from '../schema.ts'
import type { Snapshot } from '../snapshot.ts'
import { clip, labelsText } from '../words.ts'
import { type Fact, facts, lines, show, table, under } from './section.ts'

// A copy of the object itself, and what a controller keeps for itself.
const HIDDEN = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
  'control-plane.alpha.kubernetes.io/leader',
]
const MOST_ANNOTATION = 200

const METADATA: readonly Fact<KubeObject>[] = [
  ['Labels', (it) => labelsText(it.metadata.labels ?? {})],
  ['Finalizers', 'metadata.finalizers'],
  ['Deletion asked', 'metadata.deletionTimestamp'],
  ['Created', 'metadata.creationTimestamp'],
  ['Generation', (it) => generation(it)],
]

/** What every object has: labels, annotations, finalizers, times. */
export const metadataSection = ({ object }: Snapshot): Section[] =>
  lines('Metadata', [...facts(object, METADATA), ...under('Annotations', annotations(object))])

// Worth a line only where the controller lags behind.
function generation(object: KubeObject): string {
  const { generation: wanted } = object.metadata
  const seen = numberAt(object, 'status.observedGeneration')
  return wanted === undefined || seen === undefined || seen === wanted
    ? ''
    : `${wanted}, its controller has seen ${seen}`
}

const annotations = ({ metadata }: KubeObject): string[] =>
  Object.entries(metadata.annotations ?? {})
    .filter(([name]) => !HIDDEN.includes(name))
    .map(([name, value]) => `${name}: ${clip(show(value), MOST_ANNOTATION)}`)

/** The conditions of an object. */
export function conditionsSection({ object, now }: Snapshot): Section[] {
  const rows = conditionsAt(object, 'status.conditions').map(({ type, status, reason, message, since }) => [
    type,
    status,
    since === undefined ? '' : age(now, since),
    reason,
    message,
  ])
  return table('Conditions', ['type', 'status', 'for', 'reason', 'message'], rows)
}
