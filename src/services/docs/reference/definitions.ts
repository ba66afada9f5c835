import type { Resource } from '../../../kubernetes/types.ts'

// One form for every source of a reference: what the build makes, what an import makes, what a cluster's documents become.

/**
 * A type as one short text: `string`, `integer`, `number`, `boolean`, `int-or-string`, `object` (of any fields), `any`, with a format
 * after a slash (`string/date-time`, `integer/int32`, `string/quantity`); `#Name` for a type with fields; `[]` before it for a list,
 * `{}` for a map from strings.
 */
export type TypeText = string

/** What few fields have. */
export interface FieldExtras {
  /** The values it takes; of a list or map, those of its elements. */
  enum?: readonly unknown[]
  default?: unknown
  /** Bounds, patterns and validation rules, each a sentence. */
  rules?: readonly string[]
}

/** Name, type, number of the description in `texts`, whether it is required (1) or not (0), and what few fields have. */
export type FieldRow = [name: string, type: TypeText, text: number, required: 0 | 1, extras?: FieldExtras]

/** Number of the description in `texts`, then the fields in order. */
export type TypeRow = [text: number, ...fields: FieldRow[]]

/** A kind that can be asked about. The `name` of a kind that only a subresource takes is that subresource: `pods/eviction`. */
export interface KindEntry extends Resource {
  /** Its type in `types`. */
  type: string
}

/** A whole reference as it is stored. Descriptions are kept once each. */
export interface ReferenceFile {
  format: typeof FORMAT
  /** Minor version of Kubernetes: `1.36`. */
  version: string
  /** What it was made from. */
  from: string
  /** What is not as it should be with this source. */
  notes: string[]
  kinds: KindEntry[]
  types: Record<string, TypeRow>
  texts: string[]
}

/** Goes up with every change of the form: what an older program has kept is made anew. */
export const FORMAT = 1

export interface Field extends FieldExtras {
  name: string
  type: TypeText
  description: string
  required: boolean
}

export interface ObjectType {
  description: string
  fields: readonly Field[]
}

/** The kinds and types of one source. Types are unfolded when first asked for. */
export class Definitions {
  readonly version: string
  readonly from: string
  readonly notes: readonly string[]
  readonly kinds: readonly KindEntry[]
  readonly #file: ReferenceFile
  readonly #types = new Map<string, ObjectType>()

  constructor(file: ReferenceFile) {
    this.#file = file
    this.version = file.version
    this.from = file.from
    this.notes = file.notes
    this.kinds = file.kinds
  }

  get typeNames(): readonly string[] {
    return Object.keys(this.#file.types)
  }

  /** The fields behind `#name` (without the `#`); undefined where the source names a type that it does not have. */
  type(name: string): ObjectType | undefined {
    const known = this.#types.get(name)
    if (known !== undefined) return known
    const row = Object.hasOwn(this.#file.types, name) ? this.#file.types[name] : undefined
    if (row === undefined) return undefined
    const made = this.#unfold(row)
    this.#types.set(name, made)
    return made
  }

  #unfold([text, ...rows]: TypeRow): ObjectType {
    const { texts } = this.#file
    const fields = rows.map(([name, type, description, required, extras]) => ({
      name,
      type,
      description: texts[description] ?? '',
      required: required === 1,
      ...extras,
    }))
    return { description: texts[text] ?? '', fields }
  }
}

/** Collects descriptions, each once. */
export class Texts {
  readonly list: string[] = ['']
  readonly #numbers = new Map<string, number>([['', 0]])

  /** The number of a description. */
  number(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.list.push(text) - 1
    this.#numbers.set(text, number)
    return number
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Whether a parsed file is a reference of this form. Its rows are our own making: they are not walked. */
export const isReferenceFile = (value: unknown): value is ReferenceFile =>
  isRecord(value) &&
  value['format'] === FORMAT &&
  typeof value['version'] === 'string' &&
  Array.isArray(value['kinds']) &&
  Array.isArray(value['texts']) &&
  isRecord(value['types'])
