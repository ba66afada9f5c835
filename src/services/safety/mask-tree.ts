import { MASKED } from './masking.ts'
import { type Secrecy, secrecyOf } from './names.ts'
import { scrubText } from './text-scanners.ts'
import { isSecretValue } from './values.ts'

/** Nobody nests deeper than this but to exhaust the stack. */
const DEEPEST = 200
/** Annotations in which a controller keeps the whole object as it was applied. */
const APPLIED = /(?:^|\/)(?:last-applied(?:-configuration)?|applied|original)$/

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

/**
 * Masks the secrets in a JSON value: Kubernetes objects in it by their kind, values by their key, name-value pairs by their
 * name, arguments by the flag before them, every other string by its text. Keys stay. The same value where nothing changed,
 * else a copy of the changed paths.
 */
export function maskTree<T>(value: T): T
export function maskTree(value: unknown): unknown {
  return maskNode(value, 0)
}

function maskNode(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEEPEST) return MASKED
  if (Array.isArray(value)) return mapItems(value, (item) => maskNode(item, depth + 1))
  return isFields(value) ? maskFields(value, depth, kindOf(value)) : value
}

/** Its kind; a ConfigMap that Helm keeps a release in counts as a Secret, for the release has the values in it. */
function kindOf(fields: Fields, inList = ''): string {
  const kind = typeof fields.kind === 'string' ? fields.kind : inList
  return kind === 'ConfigMap' && isHelmRelease(fields) ? 'Secret' : kind
}

function isHelmRelease({ metadata, data }: Fields): boolean {
  if (!isFields(data) || typeof data.release !== 'string') return false
  const labels = isFields(metadata) && isFields(metadata.labels) ? metadata.labels : {}
  return /^(?:helm|tiller)$/i.test(String(labels.owner ?? labels.OWNER))
}

function maskFields(fields: Fields, depth: number, kind: string): Fields {
  const pair = pairSecrecy(fields)
  return mapFields(fields, (value, key) => {
    if (key === 'value' && pair !== 'none' && typeof value === 'string') return maskString(pair, value)
    if (typeof value === 'string') return maskString(secrecyOf(key), value)
    if (typeof value === 'number') return secrecyOf(key) === 'password' ? MASKED : value
    if (typeof value !== 'object' || value === null) return value
    return maskNested(key, value, depth, kind)
  })
}

const maskString = (secrecy: Secrecy, value: string) => (isSecretValue(secrecy, value) ? MASKED : scrubText(value))

/** `{name: DB_PASSWORD, value: x}`: an environment variable, header, Helm or pipeline parameter. */
function pairSecrecy(fields: Fields): Secrecy {
  if (typeof fields.value !== 'string') return 'none'
  const name = fields.name ?? fields.key
  return typeof name === 'string' ? secrecyOf(name) : 'none'
}

function maskNested(key: string, value: object, depth: number, kind: string): unknown {
  if (Array.isArray(value)) return maskList(key, value, depth, kind)
  if (!isFields(value)) return value
  if (key === 'stringData' || (key === 'data' && kind.endsWith('Secret'))) return maskAll(value)
  if (key === 'annotations')
    return mapFields(value, (each, name) => (typeof each === 'string' ? maskAnnotation(name, each, depth) : each))
  if (kind === 'ConfigMap' && (key === 'data' || key === 'binaryData')) return maskConfig(key, value)
  return maskNode(value, depth + 1)
}

const maskAll = (fields: Fields) => mapFields(fields, (value) => (value === null ? null : MASKED))

function maskList(key: string, list: readonly unknown[], depth: number, kind: string): unknown {
  const secrecy = secrecyOf(key)
  // Items of a typed list do not say their kind.
  const itemKind = key === 'items' && kind.endsWith('List') ? kind.slice(0, -'List'.length) : ''
  return mapItems(list, (item, index) => {
    if (typeof item === 'string')
      return maskString(secrecy === 'none' ? flagSecrecy(list[index - 1], item) : secrecy, item)
    if (itemKind === '' || depth >= DEEPEST || !isFields(item)) return maskNode(item, depth + 1)
    return maskFields(item, depth + 1, kindOf(item, itemKind))
  })
}

const FLAG = /^--?[A-Za-z][\w.-]{0,127}$/

/** `['--password', 'x']`: the value follows its flag, in whatever list of arguments. */
function flagSecrecy(flag: unknown, item: string): Secrecy {
  if (typeof flag !== 'string' || !flag.startsWith('-') || item.startsWith('-')) return 'none'
  return FLAG.test(flag) ? secrecyOf(flag) : 'none'
}

function maskAnnotation(name: string, value: string, depth: number): string {
  if (isSecretValue(secrecyOf(name), value)) return MASKED
  const parsed = /^\s*[{[]/.test(value) ? parseJson(value) : undefined
  if (parsed === undefined) return APPLIED.test(name) ? MASKED : scrubText(value)
  const masked = maskNode(parsed, depth + 1)
  return masked === parsed ? scrubText(value) : JSON.stringify(masked)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Keys of a ConfigMap that are files, and private ones. */
const PRIVATE_FILE = /\.(?:key|p12|pfx|jks|keystore|ppk)$|(?:^|[._-])id_(?:rsa|dsa|ecdsa|ed25519)$/i

function maskConfig(field: string, data: Fields): Fields {
  return mapFields(data, (value, key) => {
    if (typeof value !== 'string') return value
    if (PRIVATE_FILE.test(key)) return MASKED
    return field === 'data' ? maskString(secrecyOf(key), value) : maskBinary(key, value)
  })
}

/** Base64 that hides a text with a secret, or one under a secret's name. */
function maskBinary(key: string, value: string): string {
  const text = Buffer.from(value, 'base64').toString('utf8')
  return maskString(secrecyOf(key), text) === text ? value : MASKED
}

function mapItems(items: readonly unknown[], mask: (item: unknown, index: number) => unknown): readonly unknown[] {
  let copy: unknown[] | undefined
  for (let index = 0; index < items.length; index++) {
    const masked = mask(items[index], index)
    if (masked === items[index]) continue
    copy ??= [...items]
    copy[index] = masked
  }
  return copy ?? items
}

/** Copies by definition, not by assignment: a key may be called `__proto__`. */
function mapFields<F extends Fields>(fields: F, mask: (value: unknown, key: string) => unknown): F {
  let changes: [string, unknown][] | undefined
  for (const key of Object.keys(fields)) {
    const masked = mask(fields[key], key)
    if (masked !== fields[key]) (changes ??= []).push([key, masked])
  }
  return changes === undefined ? fields : { ...fields, ...Object.fromEntries(changes) }
}
