import { parseDocument } from 'yaml'

/** What stands above a page, and the page itself. */
export interface FrontMatter {
  fields: Readonly<Record<string, unknown>>
  body: string
}

const FENCE = /^\uFEFF?\s*---[ \t]*\r?\n(?:([\s\S]*?)\r?\n)?---[ \t]*(?:\r?\n|$)/

/** Takes the YAML above a Markdown page off it. Throws an error that says what is wrong with it. */
export function readFrontMatter(text: string): FrontMatter {
  const found = FENCE.exec(text)
  if (found === null) return { fields: {}, body: text }
  const document = parseDocument(found[1] ?? '', { uniqueKeys: false })
  const [fault] = document.errors
  if (fault !== undefined) throw new Error(`its front matter is not YAML: ${fault.message.split('\n')[0] ?? ''}`)
  const fields: unknown = document.toJS({ maxAliasCount: 10 }) ?? {}
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new Error('its front matter is not a map')
  return { fields: { ...fields }, body: text.slice(found[0].length) }
}

/** The text of a field; undefined where it is no text, or empty. */
export function textField(fields: FrontMatter['fields'], name: string): string | undefined {
  const value = fields[name]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** The texts of a list. */
export function listField(fields: FrontMatter['fields'], name: string): string[] {
  const value = fields[name]
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** The number of a field; undefined where it is none. */
export function numberField(fields: FrontMatter['fields'], name: string): number | undefined {
  const value = fields[name]
  return typeof value === 'number' ? value : undefined
}
