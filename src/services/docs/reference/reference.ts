import { join } from 'node:path'
import { Problem } from '../../../errors.ts'
import type { Api } from '../../../kubernetes/api.ts'
import type { Resource } from '../../../kubernetes/types.ts'
import type { Cluster } from '../../cluster.ts'
import { ClusterDocuments, type Documented } from './cluster-documents.ts'
import type { Definitions } from './definitions.ts'
import { DocumentCache } from './document-cache.ts'
import { kindRow } from './explained.ts'
import { ReferenceLibrary } from './library.ts'
import { beside, explainLive, type Live } from './live-reference.ts'
import { kindsMeant } from './names.ts'
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

/** What a cluster has is taken as known for so long, where a word is in none of it. */
const LOOK_AGAIN_MS = 500
/** Kinds of one word whose schemas are read. */
const MOST_MEANT = 3

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

  /**
   * The kinds of a cluster that any of the words may mean, with their schemas. A kind may be a second old: it is looked again before the
   * answer is none. Throws what the API server's refusal means, `schema_unavailable`.
   */
  async documented(words: readonly string[], { api, discovery }: Cluster): Promise<Documented[]> {
    await this.#documents.version(api)
    const meant = (all: readonly Resource[]) => words.flatMap((word) => kindsMeant(all, word).found)
    const known = meant(await discovery.resources(api))
    const found = known.length > 0 ? known : meant(await discovery.resources(api, LOOK_AGAIN_MS))
    return Promise.all(found.slice(0, MOST_MEANT).map((resource) => this.#documented(api, resource)))
  }

  async #documented(api: Api, resource: Resource): Promise<Documented> {
    const { definitions, kind } = await this.#documents.of(api, resource)
    return { definitions, kind: { ...resource, type: kind.type } }
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
  return { context: cluster.context, notes: [whyNotOfCluster(cluster.context, live)] }
}

function whyNotOfCluster(context: string, { message }: Problem): string {
  const said = message.startsWith(`Context ${context} `) ? message : `Context ${context}: ${message}`
  return `${said.replace(/\.?$/, '.')} What is shown here is not of that cluster.`
}
