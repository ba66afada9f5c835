/**
 * Why a kubeconfig, or an entry of it, cannot be used: one sentence for the reader, without a word of a secret.
 * Stays inside src/kubernetes: it becomes the `problem` of a context or of the whole connection.
 */
export class Unusable extends Error {
  override readonly name = 'Unusable'
}

/** A mapping whose fields nobody has looked at yet. */
export type Fields = Readonly<Record<string, unknown>>

/** True for a mapping: not a list, not null. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * One mapping of a kubeconfig, read field by field. A field of the wrong type throws `Unusable` and is never guessed at;
 * an absent, null or empty field is `undefined`, as kubectl reads it.
 */
export class Section {
  /** Names the mapping in sentences, for example `user "admin"`. */
  readonly where: string
  readonly #fields: Fields

  constructor(where: string, value: unknown) {
    if (value !== undefined && value !== null && !isFields(value)) throw new Unusable(`The ${where} is not a mapping.`)
    this.where = where
    this.#fields = value ?? {}
  }

  keys(): string[] {
    return Object.keys(this.#fields)
  }

  /** The field as it was read, for data that is only passed on. */
  data(key: string): unknown {
    return this.#fields[key]
  }

  text(key: string): string | undefined {
    const value = this.#fields[key] ?? ''
    if (typeof value !== 'string') throw this.#wrong(key, 'text')
    return value === '' ? undefined : value
  }

  flag(key: string): boolean {
    const value = this.text(key)?.toLowerCase() ?? 'false'
    if (value !== 'true' && value !== 'false') throw this.#wrong(key, 'true or false')
    return value === 'true'
  }

  section(key: string): Section | undefined {
    const value = this.#fields[key]
    return value === undefined || value === null ? undefined : new Section(`"${key}" of the ${this.where}`, value)
  }

  sections(key: string): Section[] {
    return this.#list(key).map((value) => new Section(`"${key}" entry of the ${this.where}`, value))
  }

  texts(key: string): string[] {
    return this.#list(key).map((value) => {
      if (typeof value !== 'string') throw this.#wrong(key, 'a list of texts')
      return value
    })
  }

  #list(key: string): readonly unknown[] {
    const value = this.#fields[key] ?? []
    if (!Array.isArray(value)) throw this.#wrong(key, 'a list')
    return value
  }

  #wrong(key: string, wanted: string): Unusable {
    return new Unusable(`The "${key}" of the ${this.where} is not ${wanted}.`)
  }
}
