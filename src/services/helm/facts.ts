import type { Api } from '../../kubernetes/api.ts'
import { turn } from '../../kubernetes/turns.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { Problem } from '../../errors.ts'
import type { Cluster } from '../cluster.ts'
import { inTurn } from '../in-turn.ts'
import { maskTree } from '../safety/mask-tree.ts'
import type { ReleaseHead } from './head.ts'
import { Damaged } from './release.ts'
import type { ReleaseRow } from './schema.ts'
import type { ReleaseStorage } from './storage.ts'

/** What a row has of the payload, masked; or why that cannot be read. */
export type Facts = Pick<ReleaseRow, 'updated' | 'chart' | 'chartVersion' | 'appVersion' | 'problem'>

/** From so many releases on their payloads come with a list rather than one by one. */
const MANY = 8
const AT_ONCE = 8
const MOST_REMEMBERED = 20_000

// A stored revision does not change without its resourceVersion, and Helm writes to few of them: what was read of a payload is kept, a
// few hundred bytes each, as long as the configuration of the context is the same. Nobody gets at it who has not just listed the object.
const remembered = new WeakMap<object, Map<string, Facts>>()

function memoryOf({ connection }: Api): Map<string, Facts> {
  const known = remembered.get(connection.identity) ?? new Map<string, Facts>()
  remembered.set(connection.identity, known)
  return known
}

const keyOf = ({ stored }: ReleaseHead) => `${stored.uid}/${stored.resourceVersion}`

/** Of each head what only its payload says, in the same order; one that is damaged harms no other. Throws `forbidden`. */
export async function factsOf(
  cluster: Cluster,
  storage: ReleaseStorage,
  heads: readonly ReleaseHead[],
): Promise<Facts[]> {
  const memory = memoryOf(cluster.api)
  const unknown = heads.filter((head) => !memory.has(keyOf(head)))
  if (unknown.length > MANY) await readMany(storage, unknown, memory)
  const left = unknown.filter((head) => !memory.has(keyOf(head)))
  await inTurn(left, AT_ONCE, async (head) => remember(memory, head, await readOne(storage, head)))
  return heads.map((head) => memory.get(keyOf(head)) ?? { problem: GONE })
}

const GONE = 'it was deleted or changed while the list was read: ask again'

function remember(memory: Map<string, Facts>, head: ReleaseHead, facts: Facts): void {
  if (facts.problem === GONE) return
  for (const oldest of memory.keys()) {
    if (memory.size < MOST_REMEMBERED) break
    memory.delete(oldest)
  }
  memory.set(keyOf(head), facts)
}

async function readMany(
  storage: ReleaseStorage,
  heads: readonly ReleaseHead[],
  memory: Map<string, Facts>,
): Promise<void> {
  const wanted = new Map(heads.map((head) => [keyOf(head), head]))
  const namespaces = new Set(heads.map(({ namespace }) => namespace))
  const [only] = namespaces.size === 1 ? namespaces : []
  for await (const objects of storage.current(only)) {
    for (const object of objects) {
      const head = wanted.get(`${object.metadata.uid ?? ''}/${object.metadata.resourceVersion ?? ''}`)
      if (head !== undefined) remember(memory, head, await decoded(storage, head, object))
    }
  }
}

async function readOne(storage: ReleaseStorage, head: ReleaseHead): Promise<Facts> {
  try {
    return await decoded(storage, head, await storage.object(head))
  } catch (error) {
    if (error instanceof Problem && error.code === 'not_found') return { problem: GONE }
    throw error
  }
}

async function decoded(storage: ReleaseStorage, head: ReleaseHead, object: KubeObject): Promise<Facts> {
  await turn()
  try {
    const { chart, lastDeployed } = await storage.decode(head, object)
    return maskTree({
      ...(lastDeployed === undefined ? {} : { updated: lastDeployed }),
      chart: chart.name,
      chartVersion: chart.version,
      appVersion: chart.appVersion,
    })
  } catch (error) {
    if (error instanceof Damaged) return { problem: error.message }
    throw error
  }
}
