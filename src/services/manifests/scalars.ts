// kubectl, and whatever else reads manifests by sigs.k8s.io/yaml, takes plain (unquoted) scalars as YAML 1.1 does; YAML 1.2, which
// editors and this server follow, takes some of them differently. Tried with kubectl 1.36 on every form below. What the two agree
// about is taken: 12:30 is text, 08 is 8 and 0o17 is 15 to both.

const WORDS: ReadonlyMap<string, unknown> = new Map(
  [
    { value: true, words: ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'] },
    { value: false, words: ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'] },
    { value: null, words: ['', '~', 'null', 'Null', 'NULL'] },
    { value: Number.POSITIVE_INFINITY, words: ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'] },
    { value: Number.NEGATIVE_INFINITY, words: ['-.inf', '-.Inf', '-.INF'] },
    { value: Number.NaN, words: ['.nan', '.NaN', '.NAN'] },
  ].flatMap(({ value, words }) => words.map((word) => [word, value])),
)

const INTEGER = /^([-+]?)(?:(0[xX][0-9a-fA-F]+)|(0[bB][01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
// Underscores may stand between digits only, where no other digit comes first.
const POINT_FIRST = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/

/** What kubectl makes of a plain scalar. */
export function kubectlReading(text: string): unknown {
  if (WORDS.has(text)) return WORDS.get(text)
  if (!/^[-+.0-9]/.test(text)) return text
  if (text.startsWith('.') && !POINT_FIRST.test(text)) return text
  return numberOf(text.replaceAll('_', '')) ?? text
}

function numberOf(digits: string): number | undefined {
  const whole = integerOf(digits)
  if (whole !== undefined) return whole
  const value = FLOAT.test(digits) ? Number(digits) : Number.POSITIVE_INFINITY
  return Number.isFinite(value) ? value : undefined
}

function integerOf(digits: string): number | undefined {
  const [, sign, hexadecimal, binary, octal, decimal] = INTEGER.exec(digits) ?? []
  if (sign === undefined) return undefined
  const size = Number(hexadecimal ?? binary ?? (octal === undefined ? decimal : `0o${octal}`))
  return sign === '-' ? -size : size
}

/**
 * What is wrong with a plain scalar as a value, as a sentence: read differently by kubectl and by YAML 1.2 (`value` is the latter's
 * reading), or not kept by JSON. Undefined: nothing.
 */
export function scalarFault(text: string, value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value))
    return `${text} has no place in JSON, so Kubernetes cannot store it. Write ${quoted(text)} for the text`
  const other = kubectlReading(text)
  if (isInexact(text, value) || isInexact(text, other))
    return `the integer ${text} is too large to be kept exactly. Write ${quoted(text)} for the text`
  if (isSame(value, other)) return undefined
  const meant = typeof value === 'string' ? '' : `, ${String(value)} for what YAML 1.2 reads`
  return `${text} is ${named(other)} to kubectl (YAML 1.1) and ${named(value)} to YAML 1.2. Write ${quoted(text)} for the text${meant}, ${String(other)} for what kubectl reads`
}

/** What is wrong with a plain scalar as the key of a mapping. Keys are text in JSON; what looks like something else is rewritten. */
export function keyFault(text: string, value: unknown): string | undefined {
  const wrong = [kubectlReading(text), value].find((reading) => !isKeptAsKey(reading, text))
  if (wrong === undefined) return undefined
  return `the key ${text === '' ? '(empty)' : text} is read as ${named(wrong)}, not as this text. Write ${quoted(text)}`
}

const isKeptAsKey = (reading: unknown, text: string) =>
  reading === text || ((typeof reading === 'boolean' || Number.isSafeInteger(reading)) && String(reading) === text)

const isInexact = (text: string, value: unknown) =>
  typeof value === 'number' && INTEGER.test(text.replaceAll('_', '')) && !Number.isSafeInteger(value)

// -0 and 0 are the same number to JSON.
const isSame = (a: unknown, b: unknown) => a === b || (Number.isNaN(a) && Number.isNaN(b))

const quoted = (text: string) => JSON.stringify(text)

function named(value: unknown): string {
  if (typeof value === 'string') return `the text ${quoted(value)}`
  return typeof value === 'boolean' ? `the boolean ${value}` : String(value)
}
