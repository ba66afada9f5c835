import { setTimeout as sleep } from 'node:timers/promises'
import type { KubernetesRequest } from '../../call.ts'
import { Api } from '../../kubernetes/api.ts'
import type { Cluster } from '../cluster.ts'
import { Handover } from './handover.ts'
import { LOOK_SECONDS, LONGEST_SHOWN, MOST_SOURCES } from './limits.ts'
import { LineReader, type ShownLine } from './lines.ts'
import { type Position, sinceTimeOf } from './position.ts'
import type { Question } from './question.ts'
import { showAll } from './read.ts'
import { findSources, type Source } from './sources.ts'

/** What a follower hears of one container: new lines, or that its log ended, or broke off. */
export type News = { source: Source; lines: readonly ShownLine[] } | { source: Source; ended: true; failure?: unknown }

/** What is followed, and from where. */
export interface Following {
  question: Question
  sources: readonly Source[]
  /** Where each begins, by key. */
  places: ReadonlyMap<string, Position>
}

/**
 * Follows logs as they are written. One pod's one container ends with it. With a selector, or all containers, those that
 * come later or start again are found and read from their beginning; it ends when none is left that may write.
 */
export class Live {
  readonly #following: Following
  readonly #places: Map<string, Position>
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #api: Api
  /** For looking, again and again: its requests are not kept, since a follower may stay for days. */
  readonly #looking: Api
  readonly #requests: KubernetesRequest[] = []
  readonly #news = new Handover<News>()
  readonly #open = new Set<string>()
  readonly #ended = new Map<string, string>()
  #failure: unknown

  constructor({ api, call }: Cluster, following: Following) {
    this.#following = following
    this.#places = new Map(following.places)
    this.#signal = AbortSignal.any([call.signal, this.#stop.signal])
    const { requests, grant } = call
    this.#api = new Api(api.connection, { signal: this.#signal, requests, grant })
    this.#looking = new Api(api.connection, { signal: this.#signal, requests: this.#requests, grant })
  }

  /** Ends every request, and with them the news. */
  stop(): void {
    this.#stop.abort()
  }

  /** Throws what broke where one log alone is followed, or nobody could look for others; ends quietly with the call's signal. */
  async *news(): AsyncGenerator<News, void, void> {
    const close = () => this.#news.close()
    this.#signal.addEventListener('abort', close)
    if (this.#signal.aborted) return
    this.#begin()
    try {
      for (let next = await this.#news.take(); next !== undefined; next = await this.#news.take()) yield next
      if (this.#failure !== undefined && !this.#signal.aborted) throw this.#failure
    } finally {
      this.#signal.removeEventListener('abort', close)
      close()
      this.stop()
    }
  }

  get #isOne(): boolean {
    const { name, allContainers } = this.#following.question.subject
    return name !== undefined && !allContainers
  }

  #begin(): void {
    for (const source of this.#following.sources) {
      if (this.#isOne || source.running) this.#start(source)
      else this.#ended.set(source.key, source.run)
    }
    if (!this.#isOne) void this.#keepLooking()
  }

  #start(source: Source): void {
    this.#open.add(source.key)
    void this.#pump(source)
  }

  /** Never rejects. */
  async #pump(source: Source): Promise<void> {
    const key = source.key
    let failure: unknown
    try {
      await this.#read(source, this.#places.get(key))
      this.#ended.set(key, source.run)
    } catch (error) {
      failure = error
    }
    this.#open.delete(key)
    if (this.#signal.aborted) return
    await this.#news.give({ source, ended: true, ...(failure === undefined ? {} : { failure }) })
    if (this.#isOne) this.#finish(failure)
  }

  async #read(source: Source, from: Position | undefined): Promise<void> {
    const { question } = this.#following
    const reader = new LineReader({ from, words: question.words, longest: LONGEST_SHOWN })
    const stream = await source.open(this.#api, {
      follow: true,
      ...(from === undefined ? {} : { sinceTime: sinceTimeOf(from) }),
    })
    for await (const batch of stream) {
      const lines = showAll(reader, batch)
      if (lines.length > 0 && !(await this.#news.give({ source, lines }))) return
      if (reader.position !== undefined) this.#places.set(source.key, reader.position)
    }
  }

  /** Never rejects. */
  async #keepLooking(): Promise<void> {
    try {
      while (await this.#look()) await sleep(LOOK_SECONDS * 1000, undefined, { signal: this.#signal })
      this.#finish(undefined)
    } catch (error) {
      this.#finish(error)
    }
  }

  /** Starts what has come; whether anything may still be written. */
  async #look(): Promise<boolean> {
    const { sources, alive } = await findSources(this.#looking, this.#following.question.subject)
    this.#requests.length = 0
    for (const source of sources) {
      const key = source.key
      if (this.#open.has(key) || this.#open.size >= MOST_SOURCES) continue
      if (source.running || this.#ended.get(key) !== source.run) this.#start(source)
    }
    return alive || this.#open.size > 0
  }

  #finish(failure: unknown): void {
    this.#failure = failure
    this.#news.close()
  }
}
