import type { TypeText } from '../../src/services/docs/reference/definitions.ts'
import { hasModel, modelOf } from './pairs.ts'

interface Declared {
  type: string
  format: string
}

/** A client's type as a {@link TypeText}. `declared`: the same field's type in the declarations, where there is one. */
export function typeText({ type, format }: Declared, declared: string | undefined): TypeText {
  const list = /^Array<(.*)>$/.exec(type)?.[1]
  if (list !== undefined) return `[]${typeText({ type: list, format }, declared)}`
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1]
  if (map !== undefined) return `{}${typeText({ type: map, format }, declared)}`
  const model = modelOf(type)
  return hasModel(model) ? `#${model}` : scalar(type, format, declared ?? '')
}

function scalar(type: string, format: string, declared: string): TypeText {
  if (type === 'V1MicroTime') return 'string/date-time-micro'
  if (type === 'Date') return format === 'date-time-micro' ? 'string/date-time-micro' : 'string/date-time'
  if (type === 'IntOrString') return 'int-or-string'
  if (type === 'number') return number(format)
  if (type === 'string') return /Quantity\b/.test(declared) ? 'string/quantity' : formatted('string', format)
  if (type === 'any') return OPEN_OBJECT.test(declared) ? 'object' : 'any'
  return formatted(type, format)
}

// Types that the server declares as an object without naming its fields. The others that the client calls `any` take any JSON.
const OPEN_OBJECT = /RawExtension|FieldsV1|SubresourceStatus/

const number = (format: string) => formatted(format.startsWith('int') ? 'integer' : 'number', format)
const formatted = (type: string, format: string) => (format === '' ? type : `${type}/${format}`)
