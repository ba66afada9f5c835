import { problems } from '../errors.ts'
import type { Operation } from './define.ts'

/** The only place where input is checked and defaults are filled in. The caller's value is not changed. */
export function parse(operation: Operation, raw: unknown): unknown {
  const filled = operation.parse().Default(structuredClone(raw))
  if (!operation.parse().Check(filled)) throw problems.badInput(explain(operation, filled))
  return filled
}

function explain(operation: Operation, value: unknown): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return 'The input must be an object of named parameters.'
  const sentences = new Set(operation.parse().Errors(value).flatMap(sentence(operation)))
  return `${[...sentences].join('; ')}. Parameters of ${operation.name}: ${Object.keys(operation.input.properties).join(', ')}.`
}

interface Fault {
  keyword: string
  instancePath: string
  message: string
  params: unknown
}

// TypeBox reports a closed root twice: once per unknown field, once for the whole; the second says nothing to a reader.
const sentence =
  (operation: Operation) =>
  (fault: Fault): string[] => {
    const where = fault.instancePath.slice(1).replaceAll('/', '.')
    if (fault.keyword === 'boolean') return [`unknown parameter "${where}"`]
    if (fault.keyword === 'additionalProperties') return []
    const described = where === '' ? undefined : operation.input.properties[where]
    return [`${where === '' ? 'input' : where} ${fault.message}${hint(described)}`]
  }

/** A pattern says little to a reader; the field's description says it in words. */
function hint(schema: unknown): string {
  if (schema === null || typeof schema !== 'object') return ''
  if ('enum' in schema && Array.isArray(schema.enum)) return ` (${schema.enum.join(', ')})`
  return 'pattern' in schema && 'description' in schema ? ` (${String(schema.description)})` : ''
}
