/** A row of a list answer that has a name; the other fields are the operation's own. */
export interface NamedRow {
  name: string
  [field: string]: unknown
}

/** The rows of a list answer that have a name. Empty for anything else. */
export function namedRows(output: unknown): NamedRow[] {
  if (typeof output !== 'object' || output === null) return []
  const rows: unknown = 'items' in output ? output.items : undefined
  return Array.isArray(rows) ? rows.filter(isNamed) : []
}

const isNamed = (row: unknown): row is NamedRow =>
  typeof row === 'object' && row !== null && 'name' in row && typeof row.name === 'string'
