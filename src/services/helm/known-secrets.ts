import type { KubeObject } from '../../kubernetes/types.ts'
import { fieldsAt, isFields } from '../describe/read.ts'
import { maskTree } from '../safety/mask-tree.ts'
import { MASKED } from '../safety/masking.ts'
import type { RenderedObject } from './rendered.ts'

/** Keys of Secrets whose values are no secrets: masking them would take the names of databases and users out of every text. */
const PLAIN_KEY = /(?:^|[._-])(?:user(?:name)?|host(?:name)?|port|database|db(?:name)?|name|email|type|region)$/i
/** Shorter ones are words of every text. */
const LEAST_EQUAL = 4
const LEAST_INSIDE = 8
/** Most that are looked for inside of other texts, the longest: each is one more pass over all of them. */
const MOST_INSIDE = 100

/**
 * Masks what a release says beside its Secrets. A value that ends up in a Secret of the manifest is a secret under whatever name the
 * chart takes it, and wherever else it is repeated: in the values, the notes, an environment variable. All else is masked as everywhere.
 */
export class ReleaseMask {
  readonly #values = new Set<string>()
  readonly #texts: readonly string[]

  constructor(objects: readonly RenderedObject[]) {
    for (const { object } of objects) if (object.kind === 'Secret') this.#learn(object)
    this.#texts = [...this.#values]
      .filter((each) => each.length >= LEAST_INSIDE)
      .toSorted((a, b) => b.length - a.length)
      .slice(0, MOST_INSIDE)
  }

  /** A JSON value as a caller may see it; the same one where there is nothing to mask. */
  of<T>(value: T): T
  of(value: unknown): unknown {
    const masked = maskTree(value)
    return this.#values.size === 0 ? masked : this.#within(masked)
  }

  #learn(secret: KubeObject): void {
    const encoded = Object.entries(fieldsAt(secret, 'data')).map(([key, value]) => [key, decoded(value)] as const)
    for (const [key, value] of [...encoded, ...Object.entries(fieldsAt(secret, 'stringData'))])
      if (typeof value === 'string' && value.trim().length >= LEAST_EQUAL && !PLAIN_KEY.test(key))
        this.#values.add(value.trim())
  }

  #within(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'number') return this.#values.has(String(value)) ? MASKED : value
    if (Array.isArray(value))
      return kept(
        value,
        value.map((each) => this.#within(each)),
      )
    if (!isFields(value)) return value
    const fields = Object.entries(value).map(([key, each]) => [key, this.#within(each)] as const)
    return fields.every(([key, each]) => each === value[key]) ? value : Object.fromEntries(fields)
  }

  #text(text: string): string {
    if (this.#values.has(text.trim())) return MASKED
    return this.#texts.reduce((rest, secret) => rest.replaceAll(secret, MASKED), text)
  }
}

const decoded = (value: unknown) => (typeof value === 'string' ? Buffer.from(value, 'base64').toString() : undefined)

const kept = (before: readonly unknown[], after: readonly unknown[]) =>
  after.every((each, index) => each === before[index]) ? before : after
