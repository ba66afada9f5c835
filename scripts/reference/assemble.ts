import { createRequire } from 'node:module'
import { FORMAT, Texts } from '../../src/services/docs/reference/definitions.ts'
import type { FieldExtras, FieldRow, ReferenceFile, TypeRow } from '../../src/services/docs/reference/definitions.ts'
import { type ClientKind, readKinds } from './client-apis.ts'
import { type ClientField, type ClientModel, readModel } from './client-models.ts'
import { announcedEnum, defaultOf, isOpenObject } from './announced.ts'
import { enumIn, type TextField, type TextModels } from './model-texts.ts'
import { type Pair, pairModels } from './pairs.ts'
import { typeText } from './types.ts'

export interface Source {
  /** Minor version of Kubernetes. */
  version: string
  /** Folder of the client package. */
  folder: string
  /** Whether kubernetes-models is of the same version. */
  sameTexts: boolean
}

const NOTE_OLDER = 'Allowed values, and descriptions of fields that hold objects, are those of a newer version.'

/** The reference of one version: every kind of the client's API methods with every type that it reaches. */
export function assemble(source: Source, texts: TextModels): ReferenceFile {
  const kinds = readKinds(source.folder).toSorted(inOrder)
  const read = reader(source.folder)
  const pairs = pairModels(kinds, texts, read)
  const pool = new Texts()
  const types: Record<string, TypeRow> = {}
  for (const [name, pair] of [...pairs].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    types[name] = typeRow(name, read(name), pair, { pool, newest: source.sameTexts })
  return {
    format: FORMAT,
    version: source.version,
    from: packageName(source.folder),
    notes: source.sameTexts ? [] : [NOTE_OLDER],
    kinds: kinds.map(({ model, ...kind }) => ({ ...kind, type: model })),
    types,
    texts: pool.list,
  }
}

function reader(folder: string): (name: string) => ClientModel {
  const known = new Map<string, ClientModel>()
  return (name) => {
    const model = known.get(name) ?? readModel(folder, name)
    known.set(name, model)
    return model
  }
}

function packageName(folder: string): string {
  const described: unknown = createRequire(import.meta.url)(`${folder}/package.json`)
  const { name, version } = Object(described)
  return `${String(name)} ${String(version)}`
}

interface Writing {
  pool: Texts
  newest: boolean
}

function typeRow(name: string, model: ClientModel, pair: Pair, writing: Writing): TypeRow {
  const description = writing.newest && pair.exact ? (pair.texts?.description ?? '') : ''
  const rows = model.fields.map((field) => fieldRow(name, field, pair, writing))
  return [writing.pool.number(description === '' ? model.description : description), ...rows]
}

function fieldRow(model: string, field: ClientField, { texts, exact }: Pair, { pool, newest }: Writing): FieldRow {
  const declared = texts?.fields.get(field.name)
  const row: FieldRow = [
    field.name,
    isOpenObject(model, field.name) ? 'object' : typeText(field, declared?.type),
    pool.number(descriptionOf(field, declared, newest && exact)),
    field.required ? 1 : 0,
  ]
  const extras = extrasOf(model, field.name, declared)
  if (extras !== undefined) row.push(extras)
  return row
}

// The declarations keep the lines of a text, the client does not; but they are of one version only.
function descriptionOf(field: ClientField, declared: TextField | undefined, prefersDeclared: boolean): string {
  const [first, second] = prefersDeclared
    ? [declared?.description ?? '', field.description]
    : [field.description, declared?.description ?? '']
  return first === '' ? second : first
}

function extrasOf(model: string, field: string, declared: TextField | undefined): FieldExtras | undefined {
  const values = enumOf(model, field, declared?.type ?? '')
  const value = defaultOf(model, field)
  if (values === undefined && value === undefined) return undefined
  return { ...(values === undefined ? {} : { enum: values }), ...(value === undefined ? {} : { default: value }) }
}

// The apiVersion and kind of a kind are declared as the one value they have; the API server does not call that an enum.
function enumOf(model: string, field: string, declared: string): readonly string[] | undefined {
  const values = announcedEnum(model, field) ?? enumIn(declared) ?? []
  const isOwnName = values.length === 1 && (field === 'apiVersion' || field === 'kind')
  return values.length === 0 || isOwnName ? undefined : values
}

// As the API server prefers them: the core group first, then by name; of a group's versions the most stable and newest first.
function inOrder(a: ClientKind, b: ClientKind): number {
  if (a.group !== b.group) return a.group < b.group ? -1 : 1
  return rank(b.version) - rank(a.version) || (a.name < b.name ? -1 : 1)
}

function rank(version: string): number {
  const [, major = '0', stage, minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? []
  const stability = stage === undefined ? 2 : stage === 'beta' ? 1 : 0
  return stability * 10_000 + Number(major) * 100 + Number(minor)
}
