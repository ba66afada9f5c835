import type { TSchema } from 'typebox'
import { type Problem, problems } from '../../errors.ts'
import { nearestNames } from '../../nearest.ts'
import type { Template } from './define.ts'
import type { ParameterRow } from './schema.ts'
import { pairOf } from './schemas.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The values of a template: those given, checked, and the defaults of the others. Throws `bad_input`, which names what is wrong. */
export function valuesOf(template: Template, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = Object.keys(template.parameters.properties)
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown !== undefined) throw unknownParameter(template, unknown, names)
  const filled = template.checker().Default(structuredClone(given))
  if (!isRecord(filled)) throw new TypeError('defaults of a template are no object')
  const wrong = [...new Set(template.checker().Errors(filled).map(parameterOf)), ...repeatedKeys(template, filled)]
  if (wrong.length > 0) throw badValues(template, wrong)
  const fault = template.check(filled)
  if (fault !== undefined) throw problems.badInput(`Template "${template.name}": ${fault}.`)
  return filled
}

const LONGEST_SHOWN = 100

function unknownParameter({ name }: Template, unknown: string, names: readonly string[]): Problem {
  const near = nearestNames(unknown.slice(0, LONGEST_SHOWN), names)
  const next =
    near.length > 0 ? `Did you mean ${near.map((each) => `"${each}"`).join(', ')}?` : `It has ${names.join(', ')}.`
  return problems.badInput(`Template "${name}" has no parameter "${unknown.slice(0, LONGEST_SHOWN)}".`, next)
}

const parameterOf = ({ instancePath }: { instancePath: string }): string => instancePath.split('/')[1] ?? ''

// Of two that are called the same Kubernetes would take one, and nobody could say which was meant.
function repeatedKeys({ parameters }: Template, values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(parameters.properties).flatMap(([name, schema]) => {
    const value = values[name]
    if (!('x-pairs' in schema) || !Array.isArray(value)) return []
    const keys = value.map((each) => pairOf(String(each))[0])
    return new Set(keys).size < keys.length ? [name] : []
  })
}

// The values themselves are not repeated: they may be long, or secret.
function badValues(template: Template, names: readonly string[]): Problem {
  const sentences = names.map((name) => `${name} must be ${allowedOf(template.parameters.properties[name])}`)
  return problems.badInput(
    `Template "${template.name}": ${sentences.join('; ')}.`,
    `Its parameters: ${Object.keys(template.parameters.properties).join(', ')}.`,
  )
}

/** Every parameter of a template; with its value where `values` has one. */
export const parameterRows = ({ parameters }: Template, values: Readonly<Record<string, unknown>>): ParameterRow[] =>
  Object.entries(parameters.properties).map(([name, schema]) => {
    const fields = fieldsOf(schema)
    return {
      name,
      type: typeOf(fields.type),
      description: fields.description ?? '',
      allowed: allowedOf(schema),
      ...(fields.enum === undefined ? {} : { choices: fields.enum }),
      ...(fields.minimum === undefined ? {} : { minimum: fields.minimum }),
      ...(fields.maximum === undefined ? {} : { maximum: fields.maximum }),
      ...(fields.isPairs ? { pairs: true } : {}),
      ...shown('default', fields.default),
      ...shown('value', values[name]),
    }
  })

function typeOf(type: string): ParameterRow['type'] {
  if (type === 'integer') return 'number'
  if (type === 'boolean') return 'flag'
  return type === 'array' ? 'list' : 'text'
}

type Value = NonNullable<ParameterRow['value']>

const isValue = (value: unknown): value is Value =>
  ['string', 'number', 'boolean'].includes(typeof value) || isTexts(value)
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')

const shown = <K extends 'default' | 'value'>(key: K, value: unknown): { [P in K]?: Value } | object =>
  isValue(value) ? { [key]: value } : {}

interface Fields {
  type: string
  description: string | undefined
  allowed: string | undefined
  enum: string[] | undefined
  minimum: number | undefined
  maximum: number | undefined
  items: unknown
  isSet: boolean
  isPairs: boolean
  default: unknown
}

/** What a schema says of itself, whatever kind of schema it is. */
function fieldsOf(schema: unknown): Fields {
  const words: Record<string, unknown> = isRecord(schema) ? schema : {}
  const text = (key: string) => (typeof words[key] === 'string' ? words[key] : undefined)
  const number = (key: string) => (typeof words[key] === 'number' ? words[key] : undefined)
  return {
    type: text('type') ?? '',
    description: text('description'),
    allowed: text('x-allowed'),
    enum: isTexts(words['enum']) ? words['enum'] : undefined,
    minimum: number('minimum'),
    maximum: number('maximum') ?? number('maxItems'),
    items: words['items'],
    isSet: words['uniqueItems'] === true || words['x-pairs'] === true,
    isPairs: words['x-pairs'] === true,
    default: words['default'],
  }
}

/** What a parameter may be, as words that follow "must be". */
function allowedOf(schema: TSchema | undefined): string {
  const fields = fieldsOf(schema)
  if (fields.enum !== undefined) return `one of ${fields.enum.join(', ')}`
  if (fields.type === 'integer') return `a whole number from ${fields.minimum} to ${fields.maximum}`
  if (fields.type === 'boolean') return 'true or false'
  return fields.type === 'array' ? listWords(fields) : (fields.allowed ?? 'a text')
}

function listWords({ items, maximum, isSet }: Fields): string {
  const item = fieldsOf(items)
  const each = item.enum === undefined ? (item.allowed ?? 'a text') : `one of ${item.enum.join(', ')}`
  return `a list of at most ${maximum}${isSet ? ', none of them twice' : ''}, each ${each}`
}
