import { Problem, problems } from '../../errors.ts'
import { Api } from '../../kubernetes/api.ts'
import { metadataPage, objectPage } from '../../kubernetes/lists.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import { kindKey } from '../describe/read.ts'
import { maskObject } from '../safety/mask-object.ts'
import { eachInTurn } from './each-in-turn.ts'
import { keyOf, type Wanted } from './kinds.ts'
import type { Gap } from './snapshot.ts'

/** Objects of one request: a page of 500 pods takes 30 ms to parse, and on a busy machine more than anybody else should wait. */
const PAGE = 200
/** What each of the two rounds of a diagnosis may take; what is not there by then is a gap. */
const MOST_MS = 20_000

/** Where a list is read. */
export interface Place {
  namespace: string | undefined
  labelSelector?: string
  fieldSelector?: string
}

/** The reading for one snapshot: objects masked and slim, and what could not be read in `gaps`, which nothing else fails for. */
export class Reading {
  readonly gaps: Gap[] = []
  readonly objects: Record<string, KubeObject[]> = {}
  readonly partial: string[] = []
  readonly #cluster: Cluster
  readonly #milliseconds: number
  readonly #failures = new Map<string, Problem>()
  #deadline: AbortSignal
  #api: Api
  #read = 0

  constructor(cluster: Cluster, milliseconds = MOST_MS) {
    this.#cluster = cluster
    this.#milliseconds = milliseconds
    this.#deadline = AbortSignal.timeout(milliseconds)
    this.#api = this.#within(this.#deadline)
  }

  get api(): Api {
    return this.#api
  }

  /** What follows has its own time: a list that never came takes none from the logs. */
  begin(): void {
    this.#deadline = AbortSignal.timeout(this.#milliseconds)
    this.#api = this.#within(this.#deadline)
  }

  #within(deadline: AbortSignal): Api {
    const { api, call } = this.#cluster
    const signal = AbortSignal.any([call.signal, deadline])
    return new Api(api.connection, { signal, requests: call.requests, grant: call.grant })
  }

  /** Reads a kind. One that this cluster does not have is left out without a word. */
  async list(wanted: Wanted, place: Place): Promise<void> {
    const key = keyOf(wanted)
    const found = await this.#pages(wanted, place)
    if (found === undefined) return
    const { items, more } = found
    this.objects[key] = [...(this.objects[key] ?? []), ...items]
    this.#read += 1
    if (more === undefined) return
    this.partial.push(key)
    this.gaps.push({ what: wanted.type.name, why: `only the first ${items.length} were read: ${more}` })
  }

  /** Reads something else; what fails is a gap, but for failures of the status `fatal`, which are thrown. */
  async noted<T>(what: string, read: () => Promise<T>, fatal?: number): Promise<T | undefined> {
    try {
      return await read()
    } catch (error) {
      const problem = this.#why(error)
      if (problem.status === fatal) throw problem
      this.gaps.push({ what, why: whyOf(problem) })
      return undefined
    }
  }

  /** Adds objects that were read otherwise. */
  add(object: KubeObject): void {
    const key = kindKey(object)
    this.objects[key] = [...(this.objects[key] ?? []), object]
  }

  /** Throws where nothing at all could be read: then there is nothing to say but why. */
  assertSome(): void {
    const failure = this.#failures.get('pods') ?? this.#failures.values().next().value
    if (this.#read === 0 && failure !== undefined) throw failure
  }

  /** The objects of all pages, or of those before one that failed, and why there are more. Undefined: none could be read. */
  async #pages(wanted: Wanted, place: Place): Promise<{ items: KubeObject[]; more?: string } | undefined> {
    const items: KubeObject[] = []
    let next: string | undefined
    try {
      do {
        const page = await this.#page(wanted, place, next)
        await keep(items, page.items, wanted)
        next = page.metadata.continue
        if (next && items.length >= wanted.most) return { items, more: 'there are more than a diagnosis reads.' }
      } while (next)
      return { items }
    } catch (error) {
      return this.#failed(wanted, items, this.#why(error))
    }
  }

  #page({ type, metadata, fieldSelector }: Wanted, place: Place, next: string | undefined) {
    const request = { ...place, limit: PAGE, continue: next }
    const selector = place.fieldSelector ?? fieldSelector
    return (metadata === true ? metadataPage : objectPage)(this.api, type, { ...request, fieldSelector: selector })
  }

  #failed({ type }: Wanted, items: KubeObject[], problem: Problem) {
    if (items.length > 0) return { items, more: problem.code === 'continue_expired' ? CHANGED : problem.message }
    if (problem.status === 404) return undefined
    this.#failures.set(type.name, problem)
    this.gaps.push({ what: type.name, why: whyOf(problem) })
    return undefined
  }

  // Throws what is no fault of reading: the caller has left, or an error of ours.
  #why(error: unknown): Problem {
    this.#cluster.call.signal.throwIfAborted()
    if (this.#deadline.aborted) return problems.clusterTimeout(this.api.context, this.#milliseconds)
    if (error instanceof Problem) return error
    throw error
  }
}

// What one identity may not read is one gap, whatever it is.
const whyOf = ({ status, message }: Problem): string => (status === 403 ? 'forbidden to this identity.' : message)

const CHANGED = 'they changed too much while they were read.'

// Slim first, which is what makes masking cheap; it keeps whole fields only, so that nothing escapes the masks by being cut.
const keep = (items: KubeObject[], page: readonly KubeObject[], { slim, type }: Wanted): Promise<void> =>
  eachInTurn(page, (object) => {
    items.push(maskObject(slim(named(object, type))))
  })

// A metadata-only answer names its own kind in each item.
const named = (object: KubeObject, { group, version, kind }: Wanted['type']): KubeObject =>
  object.kind === kind ? object : { ...object, kind, apiVersion: group === '' ? version : `${group}/${version}` }
