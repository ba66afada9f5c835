import { isFields } from '../read.ts'
import type { Section } from '../schema.ts'
import type { Snapshot } from '../snapshot.ts'
import { lines, show } from './section.ts'

// Told elsewhere in every description.
const TOLD = ['apiVersion', 'kind', 'metadata']

/** An object of any kind: every field it has, as an outline with the names of the API. Conditions have a table of their own. */
export const genericSections = ({ object }: Snapshot): Section[] => {
  const own = Object.entries(object).filter(([field]) => !TOLD.includes(field))
  const scalars = own.filter(([, value]) => !isDeep(value))
  return [
    ...lines(
      'Fields',
      scalars.flatMap(([field, value]) => outline(field, value)),
    ),
    ...own
      .filter(([, value]) => isDeep(value))
      .flatMap(([field, value]) => lines(field, inner(withoutConditions(field, value)))),
  ]
}

const isDeep = (value: unknown): boolean =>
  Array.isArray(value) ? value.some((each) => typeof each === 'object') : isFields(value)

function withoutConditions(field: string, value: unknown): unknown {
  if (field !== 'status' || !isFields(value) || !Array.isArray(value['conditions'])) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'conditions'))
}

/** One field: in one line where it is simple, else its fields indented under it. */
function outline(name: string, value: unknown): string[] {
  if (!isDeep(value)) return show(value) === '' ? [] : [`${name}: ${show(value)}`]
  const content = inner(value)
  return content.length === 0 ? [] : [`${name}:`, ...content.map((each) => `  ${each}`)]
}

function inner(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(item)
  return isFields(value) ? Object.entries(value).flatMap(([name, each]) => outline(name, each)) : [show(value)]
}

function item(value: unknown): string[] {
  const [first = '', ...others] = inner(value)
  return [`- ${first}`, ...others.map((each) => `  ${each}`)]
}
