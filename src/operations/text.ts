import type { ListAnswer } from '../services/lists.ts'

/** Most characters of a text a model sees. What is cut is said, with the way to the rest. */
export const MOST_TEXT = 24_000

/** Rows as a small table: a header, then one line a row, two spaces between cells. */
export function table(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const lines = rows.map((row) => row.map(cellText).join('  '))
  return [columns.map(heading).join('  '), ...lines].join('\n')
}

/** `upToDate` → `UP TO DATE`. */
const heading = (column: string): string => column.replace(/[A-Z]/g, ' $&').toUpperCase()

function cellText(cell: unknown): string {
  if (cell === undefined || cell === null || cell === '') return '-'
  return (typeof cell === 'string' ? cell : JSON.stringify(cell)).replaceAll('\n', ' ')
}

/** The text of a list: what it is about, its rows as a table (whole objects as JSON lines), and how to get more. */
export function listText<Row extends object>(
  what: string,
  answer: ListAnswer<Row>,
  columns: readonly (keyof Row & string)[],
): string {
  return listing(what, answer, columns)
}

/** The same for rows whose columns are known only when they are there. */
export function anyListText(what: string, answer: ListAnswer<object>): string {
  const columns = Object.keys(answer.items.find(isRow) ?? {})
  return listing(
    what,
    answer,
    columns.toSorted((a, b) => Number(b === 'namespace') - Number(a === 'namespace')),
  )
}

function listing(what: string, answer: ListAnswer<object>, columns: readonly string[]): string {
  const where = `${answer.namespace === undefined ? 'all namespaces' : `namespace ${answer.namespace}`}, context ${answer.context}`
  const head = `${answer.items.length} ${what} (${where})`
  const shown = answer.items.length === 0 ? [] : [body(answer.items, columns)]
  return bounded([head, ...shown].join('\n'), more(answer))
}

const isRow = (item: object) => !('metadata' in item)

const says = (cell: unknown) => cell !== undefined && cell !== '' && cell !== '<none>'

// A column in which no row has anything costs a model tokens and says nothing.
function body(items: readonly object[], columns: readonly string[]): string {
  if (!items.every(isRow)) return items.map((item) => JSON.stringify(item)).join('\n')
  const cell = (row: object, column: string): unknown => Reflect.get(row, column)
  const used = columns.filter((column) => items.some((row) => says(cell(row, column))))
  return table(
    used,
    items.map((row) => used.map((column) => cell(row, column))),
  )
}

function more(answer: { continue?: string; remaining?: number }): string {
  if (answer.continue === undefined) return ''
  const count = answer.remaining === undefined ? 'More' : `${answer.remaining} more`
  return `\n${count}: pass continue="${answer.continue}"`
}

/** Cuts a text at a line end, and says what was cut. `tail` (how to go on) is always kept. */
export function bounded(text: string, tail = ''): string {
  if (text.length + tail.length <= MOST_TEXT) return text + tail
  const cut = text.lastIndexOf('\n', MOST_TEXT)
  const kept = text.slice(0, cut > 0 ? cut : MOST_TEXT)
  const lines = text.slice(kept.length).split('\n').length - 1
  return `${kept}\n... cut here: ${lines} more lines of this answer. Ask for less at once (limit, a selector, fields).${tail}`
}
