import { getObject } from '../../kubernetes/lists.ts'
import { BUILT_IN } from '../../kubernetes/paths.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { maskObject } from '../safety/mask-object.ts'
import { scrubValue } from '../safety/scrub-text.ts'
import { certificatesIn } from './certificates.ts'
import { Facts } from './facts.ts'
import { EVENTS, GLOBAL, NAMESPACED, NAMESPACES, PODS } from './kinds.ts'
import { gatherObject } from './gather-object.ts'
import { objectsOf } from './judge.ts'
import { Reading } from './reading.ts'
import { objectText } from './scope.ts'
import type { Certificate, Gap, Scope, Snapshot } from './snapshot.ts'
import { tailsOf } from './tails.ts'
import { usageOf } from './usage.ts'

/** How a snapshot is gathered. */
export interface Gathering {
  /** What each of the two rounds may take. */
  milliseconds?: number
  /** The object of the scope, read and masked before, that is to be described: it is not read again, and its dull events are told too. */
  described?: KubeObject
}

/**
 * Reads everything a diagnosis of this scope is made of: a bounded set of lists in parallel, then the logs of what crashed. What could
 * not be read, or not in time, is in `gaps`. Throws `not_found` for a namespace or object that is not there, and what failed where nothing can be read.
 */
export async function gather(
  cluster: Cluster,
  scope: Scope,
  { milliseconds, described }: Gathering = {},
): Promise<Snapshot> {
  const now = new Date()
  const reading = new Reading(cluster, milliseconds)
  const [certificates] = await Promise.all([
    certificatesOf(reading, scope),
    gatherScope(cluster, reading, scope, described),
  ])
  if (scope.of !== 'object') reading.assertSome()
  const { objects, partial } = reading
  const read = { version: 1, context: cluster.context, scope, takenAt: now.toISOString(), objects, partial } as const
  // Of one object, only its own pods: a log that nobody asked for is no gap.
  const facts = new Facts({ ...read, certificates, tails: [], usage: [], gaps: [] })
  const pods = objectsOf(facts).filter(({ kind }) => kind === 'Pod')
  reading.begin()
  const [tails, usage] = await Promise.all([tailsOf(reading, pods, now), usageOf(reading, pods)])
  return { ...read, certificates, tails, usage, gaps: scrubValue(reading.gaps) }
}

function certificatesOf(reading: Reading, scope: Scope): Promise<Certificate[]> | Certificate[] {
  if (scope.of === 'object') return []
  return certificatesIn(reading, scope.of === 'cluster' ? undefined : scope.namespace)
}

async function gatherScope(
  cluster: Cluster,
  reading: Reading,
  scope: Scope,
  described: KubeObject | undefined,
): Promise<void> {
  if (scope.of === 'object') return gatherObject(cluster, reading, scope.object, described)
  const namespace = scope.of === 'cluster' ? undefined : scope.namespace
  if (scope.of === 'release') reading.gaps.push(...elsewhere(scope))
  const about = namespace === undefined ? reading.list(NAMESPACES, { namespace }) : gatherNamespace(reading, namespace)
  await Promise.all([
    about,
    ...[PODS, EVENTS, ...NAMESPACED].map((wanted) => reading.list(wanted, { namespace })),
    ...GLOBAL.map((wanted) => reading.list(wanted, { namespace: undefined })),
  ])
}

/** What a release made in other namespaces than its own. */
function elsewhere({ namespace, objects }: Extract<Scope, { of: 'release' }>): Gap[] {
  const others = objects.filter((each) => each.namespace !== undefined && each.namespace !== namespace)
  return others.map((each) => ({ what: objectText(each), why: 'it is in another namespace than its release.' }))
}

// A list of a namespace that is not there is empty, and would look as well as can be.
async function gatherNamespace(reading: Reading, name: string): Promise<void> {
  const found = await reading.noted(
    `namespace ${name}`,
    () => getObject(reading.api, BUILT_IN.namespaces, undefined, name),
    404,
  )
  if (found !== undefined) reading.add(maskObject(NAMESPACES.slim(found)))
}
