import { scrubText, scrubValue } from '../services/safety/scrub-text.ts'
import type { Operation } from './define.ts'

const MOST_PARAMETERS = 50
const MOST_ITEMS = 20
const LONGEST_NAME = 100
const LONGEST_VALUE = 1_000

/** Parameters as the log has them: masked, names that nobody declared too, and short, for a caller sends what it likes. */
export function loggable(operation: Operation, raw: unknown): unknown {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return brief(scrubValue(raw))
  const masked = scrubValue(sizesOnly(operation, raw))
  const shown = Object.entries(masked).slice(0, MOST_PARAMETERS)
  return Object.fromEntries(shown.map(([name, value]) => [nameOf(operation, name), brief(value)]))
}

/** No scanner of texts finds every secret that YAML or a command's input can hold, so of these the log has only the size. */
function sizesOnly({ yamlBody, unlogged = [] }: Operation, raw: object): object {
  const hidden = [...unlogged, ...(yamlBody === undefined ? [] : [yamlBody])]
  const sizes = hidden.flatMap((field) => {
    const value: unknown = Reflect.get(raw, field)
    return typeof value === 'string' ? [[field, `${Buffer.byteLength(value)} bytes`] as const] : []
  })
  return { ...raw, ...Object.fromEntries(sizes) }
}

const nameOf = ({ input }: Operation, name: string): string =>
  Object.hasOwn(input.properties, name) ? name : scrubText(name).slice(0, LONGEST_NAME)

// Every input is flat: what is nested is refused, and its keys are a stranger's words.
function brief(value: unknown): unknown {
  if (typeof value === 'string') return value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}...` : value
  if (Array.isArray(value))
    return value.slice(0, MOST_ITEMS).map((item) => (Array.isArray(item) ? 'a list' : brief(item)))
  return value !== null && typeof value === 'object' ? 'an object' : value
}
