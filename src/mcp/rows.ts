/** A row of a list answer that has a name; the other fields are the operation's own. */
export interface NamedRow {
  name: string
  [field: string]: unknown
}

/** The rows of a list answer that have a name, or a path in its place. Empty for anything else. */
export function namedRows(output: unknown): NamedRow[] {
  if (typeof output !== 'object' || output === null) return []
  const rows: unknown = ['items', 'templates', 'pages'].map((list) => Reflect.get(output, list)).find(Array.isArray)
  return Array.isArray(rows) ? rows.map(withName).filter(isNamed) : []
}

const withName = (row: unknown): unknown =>
  typeof row === 'object' && row !== null && 'path' in row && !('name' in row) ? { ...row, name: row.path } : row

const isNamed = (row: unknown): row is NamedRow =>
  typeof row === 'object' && row !== null && 'name' in row && typeof row.name === 'string'

/** What a list of approvals says of each. */
export interface ApprovalRow {
  id: string
  state: string
  operation: string
}

/** The approvals of a list. Empty for anything else. */
export function approvalRows(output: unknown): ApprovalRow[] {
  const rows: unknown =
    typeof output === 'object' && output !== null && 'approvals' in output ? output.approvals : undefined
  return Array.isArray(rows) ? rows.filter(isApproval) : []
}

const isApproval = (row: unknown): row is ApprovalRow =>
  typeof row === 'object' &&
  row !== null &&
  ['id', 'state', 'operation'].every((field) => typeof Reflect.get(row, field) === 'string')
