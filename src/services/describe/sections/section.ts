import { at, type Fields, isFields, scalar } from '../read.ts'
import type { Section } from '../schema.ts'
import { joined, labelsText, oneLine } from '../words.ts'

/** One line of a section: its label, and where its value stands or how it is worded. What is empty is left out. */
export type Fact<T = Fields> = readonly [label: string, value: string | ((from: T) => unknown)]

/** `Label: value` for each fact that has a value. */
export const facts = <T extends Fields>(from: T, told: readonly Fact<T>[]): string[] =>
  told.flatMap(([label, value]) => fact(label, typeof value === 'string' ? at(from, value) : value(from)))

/** `Label: value`; nothing where the value is empty. */
export function fact(label: string, value: unknown): string[] {
  const text = show(value)
  return text === '' ? [] : [`${label}: ${text}`]
}

/** A value in one line: `a, b` for a list, `key=value, ...` for fields, deeper ones in brackets. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return joined(value.map(nested))
  if (isFields(value)) return joined(Object.entries(value).map(([key, inner]) => `${key}=${nested(inner)}`))
  return oneLine(scalar(value) ?? JSON.stringify(value))
}

const nested = (value: unknown): string => {
  if (Array.isArray(value)) return `[${show(value)}]`
  return isFields(value) ? `{${show(value)}}` : show(value)
}

/** A section of lines; none where there are no lines. */
export const lines = (title: string, content: readonly string[]): Section[] =>
  content.length === 0 ? [] : [{ title, lines: [...content] }]

/** A section that is a table; none where it has no rows. Columns that are empty in every row are left out. */
export function table(title: string, columns: readonly string[], rows: readonly (readonly unknown[])[]): Section[] {
  const cells = rows.map((row) => columns.map((_, index) => show(row[index])))
  const used = columns.map((_, index) => index).filter((index) => cells.some((row) => row[index] !== ''))
  if (rows.length === 0) return []
  return [
    {
      title,
      lines: [],
      table: {
        columns: used.map((index) => columns[index] ?? ''),
        rows: cells.map((row) => used.map((index) => row[index] ?? '')),
      },
    },
  ]
}

/** Lines under a label, one step deeper. */
export const under = (label: string, content: readonly string[]): string[] =>
  content.length === 0 ? [] : [`${label}:`, ...content.map((each) => `  ${each}`)]

/** A label selector as kubectl writes it: `app=web,tier in (a,b),!legacy`; `<all>` where it selects everything. */
export function selectorText(selector: unknown): string {
  if (!isFields(selector)) return ''
  const matchLabels = at(selector, 'matchLabels')
  const expressions = at(selector, 'matchExpressions')
  const parts = [
    isFields(matchLabels) ? labelsText(matchLabels) : '',
    ...(Array.isArray(expressions) ? expressions.map(expressionText) : []),
  ]
  return joined(parts, ',') || '<all>'
}

function expressionText(expression: unknown): string {
  const key = show(at(expression, 'key'))
  const values = at(expression, 'values')
  const set = Array.isArray(values) ? `(${values.map(show).join(',')})` : ''
  const words: Readonly<Record<string, string>> = {
    In: `${key} in ${set}`,
    NotIn: `${key} notin ${set}`,
    Exists: key,
    DoesNotExist: `!${key}`,
  }
  return words[show(at(expression, 'operator'))] ?? show(expression)
}
