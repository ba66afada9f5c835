import type { Readable } from 'node:stream'
import { setTimeout as after } from 'node:timers/promises'
import { Problem, problems } from '../../../errors.ts'
import type { Api } from '../../../kubernetes/api.ts'
import { groupVersion } from '../../../kubernetes/discovery.ts'
import { turn } from '../../../kubernetes/turns.ts'
import type { Resource } from '../../../kubernetes/types.ts'
import { Definitions, type KindEntry } from './definitions.ts'
import type { DocumentCache } from './document-cache.ts'
import { fromOpenApi } from './openapi.ts'
import { mapIn, textIn } from './openapi-read.ts'

// OpenAPI v3 as the API server publishes it (KEP-2896): an index of group versions, each with the hash of its document.

const FRESH_MS = 1_000
const VERSION_FRESH_MS = 60_000
const INDEX_MS = 3_000
const DOCUMENT_MS = 15_000
const MOST_BYTES = 24 * 1024 * 1024
const MOST_DOCUMENTS = 12
/** How long after a kind is there its schema may be on its way. */
const PUBLISHED_MS = 4_000
const LOOK_MS = 150
/** A cluster that did not answer is not asked again for so long. */
const AWAY_MS = 10_000

interface State {
  index?: { at: number; hashes: ReadonlyMap<string, string> }
  version?: { at: number; text: string }
  documents: Map<string, { hash: string; definitions: Definitions }>
  /** What is being fetched; callers that come in the meantime wait for the same. */
  indexing: Promise<ReadonlyMap<string, string>> | undefined
  fetching: Map<string, Promise<Definitions>>
  /** Group versions that have published no schema for a kind, and since when that is known. */
  silent: Map<string, number>
  away?: { at: number; problem: Problem }
}

/** A kind of a cluster, with the document it is in. */
export interface Documented {
  definitions: Definitions
  kind: KindEntry
}

/** The schemas of the connected clusters, kept by hash in memory and on disk. */
export class ClusterDocuments {
  readonly #cache: DocumentCache
  readonly #states = new WeakMap<object, State>()
  constructor(cache: DocumentCache) {
    this.#cache = cache
  }

  /** The git version of a cluster: `v1.36.2`. Throws what the API server's refusal means. */
  async version(api: Api): Promise<string> {
    const state = this.#state(api)
    if (state.version !== undefined && isFresh(state.version.at, VERSION_FRESH_MS)) return state.version.text
    const text = await this.#answering(api, async () =>
      textIn(await api.detached(INDEX_MS).json({ path: ['version'] }), 'gitVersion'),
    )
    state.version = { at: performance.now(), text }
    return text
  }

  /**
   * A kind with its document. The schema of a CustomResourceDefinition follows the kind by a moment, which is waited for. Throws
   * `schema_unavailable` where there is none, and what the API server's refusal means.
   */
  async of(api: Api, resource: Resource): Promise<Documented> {
    const key = `${resource.group === '' ? 'api' : 'apis'}/${groupVersion(resource)}`
    const state = this.#state(api)
    const patience = isFresh(state.silent.get(key) ?? Number.NEGATIVE_INFINITY, AWAY_MS) ? 0 : PUBLISHED_MS
    const end = performance.now() + patience
    for (let age = FRESH_MS; ; age = 0) {
      const found = await this.#look(api, key, resource, age)
      if (found !== undefined) return found
      if (performance.now() >= end) break
      await after(LOOK_MS)
    }
    state.silent.set(key, performance.now())
    throw problems.schemaUnavailable(resource.kind, api.context, 'its API server publishes none')
  }

  async #look(api: Api, key: string, { kind }: Resource, age: number): Promise<Documented | undefined> {
    const hash = (await this.#index(api, age)).get(key)
    if (hash === undefined) return undefined
    const definitions = await this.#document(api, { key, hash, kind })
    const entry = definitions.kinds.find((each) => each.kind === kind)
    return entry === undefined ? undefined : { definitions, kind: entry }
  }

  #state({ connection: { identity } }: Api): State {
    const known = this.#states.get(identity)
    if (known !== undefined) return known
    const made = { documents: new Map(), indexing: undefined, fetching: new Map(), silent: new Map() }
    this.#states.set(identity, made)
    return made
  }

  // The first request to a cluster says whether it answers at all; what was learnt holds for a while, so that nobody waits for it twice.
  async #answering<T>(api: Api, ask: () => Promise<T>): Promise<T> {
    const state = this.#state(api)
    if (state.away !== undefined && isFresh(state.away.at, AWAY_MS)) throw state.away.problem
    try {
      return await within(INDEX_MS, ask(), api.context)
    } catch (error) {
      if (error instanceof Problem) state.away = { at: performance.now(), problem: error }
      throw error
    }
  }

  #index(api: Api, age: number): Promise<ReadonlyMap<string, string>> {
    const state = this.#state(api)
    if (state.index !== undefined && isFresh(state.index.at, age)) return Promise.resolve(state.index.hashes)
    state.indexing ??= this.#newIndex(api).finally(() => (state.indexing = undefined))
    return state.indexing
  }

  async #newIndex(api: Api): Promise<ReadonlyMap<string, string>> {
    const answer = await this.#answering(api, () => api.detached(INDEX_MS).json({ path: ['openapi', 'v3'] }))
    const hashes = hashesIn(answer)
    this.#state(api).index = { at: performance.now(), hashes }
    return hashes
  }

  #document(api: Api, wanted: Wanted): Promise<Definitions> {
    const { documents, fetching } = this.#state(api)
    const known = documents.get(wanted.key)
    if (known?.hash === wanted.hash) return Promise.resolve(known.definitions)
    const name = `${wanted.key} ${wanted.hash}`
    const running = fetching.get(name) ?? this.#keep(api, wanted).finally(() => fetching.delete(name))
    fetching.set(name, running)
    return running
  }

  async #keep(api: Api, wanted: Wanted): Promise<Definitions> {
    const definitions = await this.#read(api, wanted)
    const { documents } = this.#state(api)
    documents.delete(wanted.key)
    documents.set(wanted.key, { hash: wanted.hash, definitions })
    const [oldest] = documents.keys()
    if (oldest !== undefined && documents.size > MOST_DOCUMENTS) documents.delete(oldest)
    return definitions
  }

  async #read(api: Api, { key, hash, kind }: Wanted): Promise<Definitions> {
    const place = [api.connection.server, api.connection.caFingerprint ?? '', key, hash]
    const kept = await this.#cache.read(place)
    if (kept !== undefined) return new Definitions(kept)
    const document = await fetched(api, { key, hash, kind })
    await turn()
    const file = fromOpenApi(document, { version: await this.version(api), from: `/openapi/v3/${key}` })
    await this.#cache.write(place, file)
    return new Definitions(file)
  }
}

interface Wanted {
  key: string
  hash: string
  kind: string
}

// A connection that is being made cannot be cut short, and nobody should wait for it.
async function within<T>(milliseconds: number, work: Promise<T>, context: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(problems.clusterTimeout(context, milliseconds)), milliseconds)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

const isFresh = (at: number, age: number) => performance.now() - at <= age

// Of what the index says only the hash is used: where a document is follows from its key.
function hashesIn(index: unknown): Map<string, string> {
  const entries = Object.keys(mapIn(index, 'paths') ?? {}).map((key): [string, string] => {
    const address = textIn(mapIn(mapIn(index, 'paths'), key), 'serverRelativeURL')
    return [key, new URLSearchParams(address.split('?', 2)[1] ?? '').get('hash') ?? '']
  })
  return new Map(entries)
}

async function fetched(api: Api, { key, hash, kind }: Wanted): Promise<unknown> {
  const broken = (why: string) => problems.schemaUnavailable(kind, api.context, why)
  const text = await textOf(api, ['openapi', 'v3', ...key.split('/')], hash).catch((error: unknown) => {
    throw broken(error instanceof Problem ? error.message.replace(/\.$/, '') : 'its document broke off')
  })
  if (text === undefined) throw broken(`its document is larger than ${MOST_BYTES} bytes`)
  await turn()
  try {
    return JSON.parse(text)
  } catch {
    throw broken('its document is no JSON')
  }
}

async function textOf(api: Api, path: readonly string[], hash: string): Promise<string | undefined> {
  return bounded(await api.detached(DOCUMENT_MS).open({ path, ...(hash === '' ? {} : { query: { hash } }) }))
}

async function bounded(body: Readable): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    const piece = Buffer.from(chunk)
    bytes += piece.length
    if (bytes > MOST_BYTES) return undefined
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString()
}
