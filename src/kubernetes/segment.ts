import { problems } from '../errors.ts'

/** Space, and every control character of ASCII. */
const isControl = (sign: string) => sign <= ' ' || sign === '\u007f'

/**
 * The guard of every path segment: throws `bad_input` where a name could lead to another path than the one meant
 * (empty, `.`, `..`, a slash, an escape, a query or fragment sign, a control character, more than 253 characters).
 * client libraries that only percent-encode let `..` through: a delete of pod `..` deletes its namespace.
 */
export function segment(what: string, value: string): string {
  const reason = unsafe(value)
  if (reason !== undefined) throw problems.unsafeName(`${what} ${JSON.stringify(value.slice(0, 80))}`, reason)
  return value
}

function unsafe(value: string): string | undefined {
  if (value === '') return 'it is empty'
  if (value === '.' || value === '..') return 'it is a step in a path'
  if (value.length > 253) return 'it is longer than 253 characters'
  if (/[/%?#\\]/.test(value)) return 'it has one of / \\ % ? #'
  return value.split('').some(isControl) ? 'it has a space or control character' : undefined
}
