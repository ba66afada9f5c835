import {
  type FieldExtras,
  type FieldRow,
  FORMAT,
  type ReferenceFile,
  Texts,
  type TypeRow,
  type TypeText,
} from './definitions.ts'
import { kindsOf } from './openapi-kinds.ts'
import { isMap, mapIn, type SchemaMap, textIn } from './openapi-read.ts'
import { rulesOf } from './openapi-rules.ts'

/** What a document is called, for those who read what came of it. */
export interface Origin {
  version: string
  from: string
}

// Structural schemas nest; nobody has a use for more than this, and a document may be made to hurt.
const DEEPEST = 60
const MOST_FIELDS = 200_000

/**
 * A reference of an OpenAPI document as the API server publishes it: version 3 of one group version, or version 2 of everything. Whatever
 * in it cannot be understood becomes `any` and is said in `notes`; nothing in it throws.
 */
export function fromOpenApi(document: unknown, { version, from }: Origin): ReferenceFile {
  const schemas = mapIn(mapIn(document, 'components'), 'schemas') ?? mapIn(document, 'definitions') ?? {}
  const reader = new Schemas(schemas)
  for (const name of Object.keys(schemas)) reader.add(name)
  return {
    format: FORMAT,
    version,
    from,
    notes: [...reader.notes],
    kinds: kindsOf(document, schemas),
    types: Object.fromEntries(reader.types),
    texts: reader.texts.list,
  }
}

/** Kubernetes' own scalars, which have schemas without a word about what they hold. */
const SCALARS: ReadonlyMap<string, TypeText> = new Map([
  ['io.k8s.apimachinery.pkg.apis.meta.v1.Time', 'string/date-time'],
  ['io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime', 'string/date-time-micro'],
  ['io.k8s.apimachinery.pkg.api.resource.Quantity', 'string/quantity'],
  ['io.k8s.apimachinery.pkg.util.intstr.IntOrString', 'int-or-string'],
])

class Schemas {
  readonly texts = new Texts()
  readonly types = new Map<string, TypeRow>()
  readonly notes = new Set<string>()
  readonly #schemas: SchemaMap
  #fields = 0
  constructor(schemas: SchemaMap) {
    this.#schemas = schemas
  }

  add(name: string): void {
    const schema = mapIn(this.#schemas, name)
    if (schema === undefined) this.notes.add(`The schema of ${name} is not one.`)
    else if (hasFields(schema)) this.#object(name, schema, 0)
  }

  // A type that has fields; `place` becomes its name.
  #object(place: string, schema: SchemaMap, depth: number): TypeText {
    const required = new Set(Array.isArray(schema['required']) ? schema['required'] : [])
    const entries = Object.entries(mapIn(schema, 'properties') ?? {})
    this.#fields += entries.length
    const rows = entries.map(([name, field]): FieldRow => {
      const flag = required.has(name) ? 1 : 0
      return this.#row(name, field, flag, { place: `${place}.${name}`, depth })
    })
    this.types.set(place, [this.texts.number(textIn(schema, 'description')), ...rows])
    return `#${place}`
  }

  #row(name: string, field: unknown, required: 0 | 1, at: Place): FieldRow {
    const schema = isMap(field) ? field : {}
    const row: FieldRow = [name, this.#type(field, at), this.texts.number(textIn(schema, 'description')), required]
    const extras = extrasOf(schema, at.place)
    if (extras !== undefined) row.push(extras)
    return row
  }

  #type(schema: unknown, at: Place): TypeText {
    if (!isMap(schema)) return this.#unclear(`The schema of ${at.place} is not one.`)
    if (at.depth > DEEPEST || this.#fields > MOST_FIELDS) return this.#unclear('It is too large: not all is shown.')
    const name = referenced(schema)
    if (name !== undefined) return this.#named(name, at)
    if (schema['x-kubernetes-int-or-string'] === true || schema['format'] === 'int-or-string') return 'int-or-string'
    const deeper = { ...at, depth: at.depth + 1 }
    if (schema['type'] === 'array') return `[]${this.#type(schema['items'] ?? {}, deeper)}`
    if (hasFields(schema)) return this.#object(at.place, schema, at.depth + 1)
    const values = schema['additionalProperties']
    if (values !== undefined && values !== false) return `{}${values === true ? 'any' : this.#type(values, deeper)}`
    return scalar(schema)
  }

  #named(name: string, at: Place): TypeText {
    const known = SCALARS.get(name)
    if (known !== undefined) return known
    const schema = mapIn(this.#schemas, name)
    if (schema === undefined) return this.#unclear(`The schema of ${name} is missing.`)
    return hasFields(schema) ? `#${name}` : this.#type(schema, { ...at, depth: at.depth + 1 })
  }

  #unclear(note: string): TypeText {
    if (this.notes.size < 20) this.notes.add(note)
    return 'any'
  }
}

interface Place {
  place: string
  depth: number
}

const hasFields = (schema: SchemaMap) => Object.keys(mapIn(schema, 'properties') ?? {}).length > 0

/** The name that a schema refers to, alone or as the only one of `allOf` (where it has a description or default of its own). */
function referenced(schema: SchemaMap): string | undefined {
  const all = schema['allOf']
  const inner: unknown = Array.isArray(all) && all.length === 1 ? all[0] : schema
  return /^#\/(?:components\/schemas|definitions)\/(.+)$/.exec(textIn(inner, '$ref'))?.[1]
}

const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'number', 'boolean', 'object'])

function scalar(schema: SchemaMap): TypeText {
  const type = textIn(schema, 'type')
  const format = textIn(schema, 'format')
  if (!TYPES.has(type)) return 'any'
  return format === '' ? type : `${type}/${format}`
}

function extrasOf(schema: SchemaMap, place: string): FieldExtras | undefined {
  const inner = mapIn(schema, 'items') ?? mapIn(schema, 'additionalProperties')
  const values = schema['enum'] ?? inner?.['enum']
  const rules = rulesOf(schema)
  const extras = {
    ...(Array.isArray(values) ? { enum: values } : {}),
    ...(hasDefault(schema, place) ? { default: schema['default'] } : {}),
    ...(rules.length === 0 ? {} : { rules }),
  }
  return Object.keys(extras).length === 0 ? undefined : extras
}

// The generator of Kubernetes' own schemas writes Go's zero value as the default of every field that is no pointer. It says nothing.
const ZEROS: ReadonlySet<string> = new Set(['""', '0', 'false', '{}'])
const hasDefault = (schema: SchemaMap, place: string) =>
  schema['default'] !== undefined && !(place.startsWith('io.k8s.') && ZEROS.has(JSON.stringify(schema['default'])))
