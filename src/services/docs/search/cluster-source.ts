import { setTimeout as after } from 'node:timers/promises'
import { Problem } from '../../../errors.ts'
import { scrubValue } from '../../safety/scrub-text.ts'
import type { Cluster } from '../../cluster.ts'
import type { Documented } from '../reference/cluster-documents.ts'
import { type Named, namedIn, namesIn } from './reference-source.ts'

/** Reads the kinds of a cluster that any of the words may mean, with their schemas. Throws where the cluster does not answer. */
export type ReadKinds = (words: readonly string[], cluster: Cluster) => Promise<Documented[]>

/** What a cluster has that a question names. */
export interface FoundInCluster {
  named: Named[]
  /** Why its own kinds were not looked through; empty where they were. */
  notes: string[]
}

const NOTHING: FoundInCluster = { named: [], notes: [] }
/** A search waits so long for a cluster, the first time and where a kind is new; pages are found without it. */
const PATIENCE_MS = 1_500
/** A cluster that took longer is left alone for so long. */
const LEFT_ALONE_MS = 5_000

/** Looks for kinds and fields in the connected cluster's own reference, without ever waiting long for it. */
export class ClusterSource {
  readonly #read: ReadKinds
  readonly #slow = new WeakMap<object, number>()

  constructor(read: ReadKinds) {
    this.#read = read
  }

  /** Kinds and fields that a question names. What a cluster says is masked: it is nobody's own text. */
  async find(text: string, cluster: Cluster): Promise<FoundInCluster> {
    const names = namesIn(text)
    const [first] = names
    if (first === undefined) return NOTHING
    if (this.#isLeftAlone(cluster)) return withoutIt(cluster, 'it takes long to answer')
    try {
      const kinds = await this.#inTime(cluster, this.#read([...new Set([first, names.join('')])], cluster))
      if (kinds === undefined) return withoutIt(cluster, 'it takes long to answer')
      const named = kinds.flatMap(({ definitions, kind }) => namedIn(text, definitions, [kind]))
      return { named: named.map((each) => ({ ...scrubValue(each), context: cluster.context })), notes: [] }
    } catch (error) {
      if (!(error instanceof Problem) || cluster.call.signal.aborted) throw error
      return withoutIt(cluster, error.message)
    }
  }

  async #inTime<T>(cluster: Cluster, work: Promise<T>): Promise<T | undefined> {
    const end = new AbortController()
    const late = after(PATIENCE_MS, undefined, { signal: end.signal, ref: false }).catch(() => undefined)
    try {
      const found = await Promise.race([work, late])
      if (found === undefined) this.#slow.set(cluster.api.connection.identity, performance.now())
      return found
    } finally {
      end.abort()
    }
  }

  #isLeftAlone({ api }: Cluster): boolean {
    const since = this.#slow.get(api.connection.identity)
    return since !== undefined && performance.now() - since < LEFT_ALONE_MS
  }
}

const withoutIt = ({ context }: Cluster, why: string): FoundInCluster => ({
  named: [],
  notes: [`Kinds that only context ${context} has were not looked through: ${why.replace(/\.?$/, '.')}`],
})
