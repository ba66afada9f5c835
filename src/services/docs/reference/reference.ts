import { join } from 'node:path'
import { Problem } from '../../../errors.ts'
import type { Cluster } from '../../cluster.ts'
import { ClusterDocuments } from './cluster-documents.ts'
import type { Definitions } from './definitions.ts'
import { DocumentCache } from './document-cache.ts'
import { kindRow } from './explained.ts'
import { ReferenceLibrary } from './library.ts'
import { beside, explainLive, type Live } from './live-reference.ts'
import { type Beside, explainFrom, kindsFrom } from './own-reference.ts'
import type { Question } from './question.ts'
import type { Explained, KindList } from './schema.ts'

export interface ReferenceOptions {
  /** Folder that the build writes into (`built`); the references are in `reference` below it. */
  built: string
  /** Folder of the server's state: imported files and the schemas of clusters are in `openapi` below it. */
  data: string
  /** The version that is meant where none is named and no cluster is connected. Default: the newest. */
  version?: string | undefined
}

/** Folder of imported references in the server's state. */
export const importedFolder = (data: string): string => join(data, 'openapi', 'imported')

/** The API reference: what comes along, what was imported, and what the connected cluster says of itself, which wins. */
export class Reference {
  readonly #library: ReferenceLibrary
  readonly #documents: ClusterDocuments
  constructor({ built, data, version }: ReferenceOptions) {
    this.#library = new ReferenceLibrary({ built: join(built, 'reference'), imported: importedFolder(data), version })
    this.#documents = new ClusterDocuments(new DocumentCache(join(data, 'openapi', 'clusters')))
  }

  /** Versions there is a reference of without a cluster, newest first. Throws `docs_not_built`. */
  versions(): string[] {
    return this.#library.versions()
  }

  /** The kinds and types of a version that needs no cluster. Throws `unknown_api_version`, `docs_not_built`. */
  definitions(version?: string): Definitions {
    return this.#library.volume(version).definitions
  }

  /** Every kind of the cluster, or of the reference that comes along. Throws `unknown_api_version`, `docs_not_built`. */
  async kinds(cluster?: Cluster, question: Pick<Question, 'version' | 'insist'> = {}): Promise<KindList> {
    const versions = this.versions()
    const live = await this.#alive(cluster, question)
    const builtIn = new Set(this.#library.volume(versions[0]).definitions.kinds.map(({ group }) => group))
    if (live === undefined || live instanceof Problem || question.version !== undefined) {
      const volume = this.#library.volume(question.version)
      return { ...kindsFrom(volume, builtIn, aside(live, cluster, volume.definitions.version)), versions }
    }
    return {
      source: { from: 'cluster', version: live.version, context: live.cluster.context, notes: [] },
      versions,
      kinds: live.resources.map((each) => kindRow(each, builtIn)),
      unavailable: [...live.cluster.discovery.stale],
    }
  }

  /**
   * What a kind or one of its fields is. Throws `unknown_kind`, `ambiguous_kind`, `unknown_field`, `unknown_api_version`, `bad_input`,
   * `schema_unavailable`, `docs_not_built`.
   */
  async explain(question: Question, cluster?: Cluster): Promise<Explained> {
    const live = await this.#alive(cluster, question)
    if (live === undefined || live instanceof Problem || question.version !== undefined) {
      const volume = this.#library.volume(question.version)
      return explainFrom(volume, question, aside(live, cluster, volume.definitions.version))
    }
    return explainLive(question, live, { library: this.#library, documents: this.#documents })
  }

  // The cluster, or why it does not answer. A caller who named it must be told; the others get what comes along.
  async #alive(cluster: Cluster | undefined, { insist, version: asked }: Pick<Question, 'insist' | 'version'>) {
    if (cluster === undefined) return undefined
    try {
      const version = await this.#documents.version(cluster.api)
      const resources = asked === undefined ? await cluster.discovery.resources(cluster.api) : []
      return { cluster, version, resources }
    } catch (error) {
      if (!(error instanceof Problem) || insist === true || cluster.call.signal.aborted) throw error
      return error
    }
  }
}

// Whether what is shown is of the cluster's version, or why that cannot be said.
function aside(live: Live | Problem | undefined, cluster: Cluster | undefined, shown: string): Beside {
  if (live === undefined || cluster === undefined) return { notes: [] }
  if (!(live instanceof Problem)) return beside(live, shown)
  return { context: cluster.context, notes: [`Context ${cluster.context} does not answer: ${live.message}`] }
}
