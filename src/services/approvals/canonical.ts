/**
 * The canonical form of a JSON value (RFC 8785): no white space, members sorted by UTF-16 code units, numbers and strings as ECMAScript
 * prints them. Members that are undefined count as absent. Throws TypeError for what JSON cannot say exactly: NaN, infinities, lone
 * surrogates, functions, bigints, instances of classes, cycles and undefined array items.
 */
export function canonical(value: unknown): string {
  return written(value, [])
}

function written(value: unknown, path: readonly object[]): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number') return number(value)
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} has no canonical form.`)
  if (path.includes(value)) throw new TypeError('A value that contains itself has no canonical form.')
  const inside = [...path, value]
  return Array.isArray(value) ? array(value, inside) : object(value, inside)
}

// JSON.stringify prints -0 as 0 and every other finite number as RFC 8785 3.2.2.3 wants it.
function number(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical form.`)
  return JSON.stringify(value)
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('A string with a lone surrogate has no canonical form.')
  return JSON.stringify(value)
}

// Array.from: a hole must reach `written` and be refused, which map would skip.
const array = (value: readonly unknown[], path: readonly object[]) =>
  `[${Array.from(value, (item) => written(item, path)).join(',')}]`

// Sorted here and not by building a sorted object: an object puts keys like "10" and "9" first, whatever their order.
function object(value: object, path: readonly object[]): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError('Only plain objects have a canonical form.')
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${text(key)}:${written(member, path)}`)
  return `{${members.join(',')}}`
}
