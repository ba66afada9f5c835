import { Problem } from '../../errors.ts'
import type { Cluster } from '../cluster.ts'
import { inTurn } from '../in-turn.ts'
import { compareManifests, compareValues, type Comparison } from './compare.ts'
import { ReleaseMask } from './known-secrets.ts'
import { manifestOf, type RenderedManifest, type RenderedObject } from './manifest.ts'
import type { ReleaseHead } from './head.ts'
import type { Release } from './release.ts'
import type { Revision } from './schema.ts'
import type { ReleaseStorage } from './storage.ts'

const AT_ONCE = 4
/** Most rows of one object, rows of the values, and objects, that a revision's changes have. */
const MOST_ROWS = 50
const MOST_OBJECTS = 50

/** One revision; `release` undefined: `problem` says why it cannot be read. */
interface Read {
  head: ReleaseHead
  release: Release | undefined
  rendered: RenderedManifest | undefined
  problem: string | undefined
}

interface Wanted {
  limit: number
  changes: boolean
}

/** The newest of the revisions, each with what changed since the one before it that can be read. `heads`: newest first. */
export async function historyOf(
  cluster: Cluster,
  storage: ReleaseStorage,
  heads: readonly ReleaseHead[],
  { limit, changes }: Wanted,
): Promise<{ revisions: Revision[]; note: string }> {
  // One more than is told, to compare the oldest with.
  const wanted = heads.slice(0, changes ? limit + 1 : limit)
  const read = await inTurn(wanted, AT_ONCE, (head) => readRevision(cluster, storage, head, changes))
  const mask = new ReleaseMask(read.flatMap(({ rendered }) => (rendered === undefined ? [] : allOf(rendered))))
  const revisions = read.slice(0, limit).map((each, index) => {
    const before = changes ? read.slice(index + 1).find(({ release }) => release !== undefined) : undefined
    return mask.of({ ...factsAbout(each), ...changesSince(before, each, mask) })
  })
  return { revisions, note: changes ? NOTE : UNCOMPARED }
}

const NOTE = 'Secret values are neither shown nor compared: a change of nothing else does not appear.'
const UNCOMPARED = 'The revisions were not compared.'

async function readRevision(
  { call }: Cluster,
  storage: ReleaseStorage,
  head: ReleaseHead,
  changes: boolean,
): Promise<Read> {
  try {
    const release = await storage.readHead(head)
    return { head, release, rendered: changes ? await manifestOf(release, call.signal) : undefined, problem: undefined }
  } catch (error) {
    if (!(error instanceof Problem) || !['release_damaged', 'not_found'].includes(error.code)) throw error
    return { head, release: undefined, rendered: undefined, problem: error.message }
  }
}

function factsAbout({ head, release, problem }: Read): Revision {
  const { revision, status } = head
  if (release === undefined) return { revision, status, ...(problem === undefined ? {} : { problem }) }
  const { chart, lastDeployed, description, rollbackRevision } = release
  return {
    revision,
    status: release.status,
    ...(lastDeployed === undefined ? {} : { updated: lastDeployed }),
    chart: chart.name,
    chartVersion: chart.version,
    appVersion: chart.appVersion,
    description,
    ...(rollbackRevision === undefined ? {} : { rollbackRevision }),
  }
}

function changesSince(before: Read | undefined, now: Read, mask: ReleaseMask): Pick<Revision, 'since'> {
  if (before?.release === undefined || before.rendered === undefined) return {}
  if (now.release === undefined || now.rendered === undefined) return {}
  const values = compareValues(before.release.values, now.release.values, 'omit', (value) => mask.of(value))
  const objects = objectChanges(before.rendered, now.rendered, now.release.namespace, mask)
  const cut = Math.max(0, values.length - MOST_ROWS) + Math.max(0, objects.length - MOST_OBJECTS)
  return {
    since: {
      revision: before.head.revision,
      values: values.slice(0, MOST_ROWS),
      objects: objects.slice(0, MOST_OBJECTS),
      ...(cut === 0 ? {} : { cut }),
    },
  }
}

type ObjectChange = NonNullable<Revision['since']>['objects'][number]

function objectChanges(
  before: RenderedManifest,
  now: RenderedManifest,
  namespace: string,
  mask: ReleaseMask,
): ObjectChange[] {
  const comparison: Comparison = { namespace, secrets: 'omit', most: MOST_ROWS, mask: (value) => mask.of(value) }
  const told = (from: readonly RenderedObject[], to: readonly RenderedObject[], mark: string) =>
    compareManifests(from, to, comparison).map(
      ({ target, dryRun: _dryRun, ...change }): ObjectChange => ({ target: `${target}${mark}`, ...change }),
    )
  return [...told(before.objects, now.objects, ''), ...told(before.hooks, now.hooks, ' (hook)')]
}

const allOf = ({ objects, hooks }: RenderedManifest) => [...objects, ...hooks]
