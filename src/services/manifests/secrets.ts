import { randomBytes, randomInt } from 'node:crypto'
import type { KubeObject } from '../../kubernetes/types.ts'
import { maskObject } from '../safety/mask-object.ts'
import { MASKED } from '../safety/masking.ts'
import { type Fields, isRecord } from './json.ts'
import { keyOf, labelOf } from './list-keys.ts'
import { fieldPath, itemPath } from './paths.ts'

// No oracle (security.md 3): who may ask for a diff could try guesses of a secret until the diff says that one is right. So a secret
// value of a caller's never reaches the API server by a dry run. In its stead goes the value that is there already (a Job's or Pod's
// template may not change), or a random placeholder, in Secrets always the latter. What comes back, refusals, conflicts and time
// included, is the same for every guess.

/** An object as it may be sent for a dry run. */
export interface Disguised {
  object: KubeObject
  /** Paths of the secret values that it gives, as a diff names them. */
  given: readonly string[]
  /** What the API server made of it, as a caller may see it. */
  reveal: (answer: KubeObject) => KubeObject
  /** A text of the API server without the placeholder. */
  clean: (text: string) => string
}

/** Replaces every secret value of an object; `live` is what is there now. */
export function disguise(object: KubeObject, live: KubeObject | undefined): Disguised {
  const placeholder = new Placeholder()
  const masked = maskObject(object)
  if (masked === object) return { object, given: [], reveal: maskObject, clean: (text) => text }
  const there = live === undefined || object.kind === 'Secret' ? NOTHING : { value: live, masked: maskObject(live) }
  const replacement = new Replacement(placeholder, object.kind)
  return {
    object: objectOf(replacement.of({ value: object, masked }, there, '')),
    given: [...replacement.given],
    reveal: (answer) => objectOf(placeholder.cleanAll(maskObject(answer))),
    clean: (text) => placeholder.clean(text),
  }
}

/** A value beside its masked form. */
interface Pair {
  value: unknown
  masked: unknown
}

const NOTHING: Pair = { value: undefined, masked: undefined }

class Replacement {
  readonly given = new Set<string>()
  readonly #placeholder: Placeholder
  readonly #kind: string

  constructor(placeholder: Placeholder, kind: string) {
    this.#placeholder = placeholder
    this.#kind = kind
  }

  of({ value, masked }: Pair, live: Pair, path: string): unknown {
    if (value === masked) return value
    if (Array.isArray(value) && Array.isArray(masked)) return this.#items(value, masked, live, path)
    if (isRecord(value) && isRecord(masked)) return this.#fields(value, masked, live, path)
    this.given.add(this.#told(path))
    if (masked === MASKED && live.masked === MASKED && typeof live.value === typeof value) return live.value
    if (typeof value === 'number') return this.#placeholder.number()
    return this.#standIn(path, typeof masked === 'string' ? masked : MASKED)
  }

  #standIn(path: string, masked: string): string {
    if (this.#isEncoded(path)) return this.#placeholder.encoded
    return this.#isText(path) ? this.#placeholder.json : this.#placeholder.text(masked)
  }

  #fields(value: Fields, masked: Fields, live: Pair, path: string): Fields {
    const each = (field: string) =>
      this.of({ value: value[field], masked: masked[field] }, fieldOf(live, field), fieldPath(path, field))
    return Object.fromEntries(Object.keys(value).map((field) => [field, each(field)]))
  }

  #items(value: readonly unknown[], masked: readonly unknown[], live: Pair, path: string): unknown[] {
    const there: readonly unknown[] = Array.isArray(live.value) ? live.value : []
    const key = keyOf(value, there)
    return value.map((item, index) => {
      const label = key === undefined ? undefined : labelOf(key, item)
      const partner = key === undefined ? index : there.findIndex((other) => labelOf(key, other) === label)
      const here = label === undefined ? `${path}[${index}]` : itemPath(path, label)
      return this.of({ value: item, masked: masked[index] }, itemOf(live, partner), here)
    })
  }

  // The API server moves stringData into data.
  #told(path: string): string {
    return this.#isText(path) ? path.replace(/^stringData/, 'data') : path
  }

  #isText(path: string): boolean {
    return this.#kind === 'Secret' && /^stringData\b/.test(path)
  }

  #isEncoded(path: string): boolean {
    return (
      (this.#kind === 'Secret' && /^data\b/.test(path)) || (this.#kind === 'ConfigMap' && /^binaryData\b/.test(path))
    )
  }
}

const fieldOf = ({ value, masked }: Pair, field: string): Pair =>
  isRecord(value) && isRecord(masked) ? { value: value[field], masked: masked[field] } : NOTHING

const itemOf = ({ value, masked }: Pair, index: number): Pair =>
  Array.isArray(value) && Array.isArray(masked) ? { value: value[index], masked: masked[index] } : NOTHING

class Placeholder {
  readonly #word = `k8s-mcp-${randomBytes(12).toString('hex')}`
  /** As every type of Secret takes its values: a JSON object. */
  readonly json = JSON.stringify({ 'k8s-mcp': this.#word })
  readonly encoded = Buffer.from(this.json).toString('base64')

  text(masked: string): string {
    return masked.replaceAll(MASKED, this.#word)
  }

  number(): number {
    return randomInt(1, 2 ** 31 - 1)
  }

  clean(text: string): string {
    return text.replaceAll(this.encoded, MASKED).replaceAll(this.json, MASKED).replaceAll(this.#word, MASKED)
  }

  cleanAll(value: unknown): unknown {
    if (typeof value === 'string') return this.clean(value)
    if (Array.isArray(value)) return value.map((each) => this.cleanAll(each))
    if (!isRecord(value)) return value
    return Object.fromEntries(Object.entries(value).map(([field, each]) => [field, this.cleanAll(each)]))
  }
}

const isObject = (value: unknown): value is KubeObject => isRecord(value) && isRecord(value['metadata'])

function objectOf(value: unknown): KubeObject {
  if (!isObject(value)) throw new TypeError('Masking changed what an object is.')
  return value
}
