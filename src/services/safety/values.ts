import type { Secrecy } from './names.ts'

/** Longer values are judged by their beginning, so that judging costs the same for each. */
const JUDGED = 512

const TRIVIAL =
  /^(?:true|false|yes|no|on|off|enabled?|disabled?|none|null|nil|undefined|unset|required|optional|basic|plain|login|bearer|oidc|ldap|mtls|iam|redacted|string|\[?redacted\]?|\(redacted\)|<[^<>]*>|\*+|x{3,}|\.{3,}|…|-|0|1|%[a-z])$/i
const TEMPLATE = /^(?:\$\([\w.-]+\)|\$\{[^{}]*\}|\$[A-Z_][A-Z0-9_]*|\{\{[^{}]*\}\}|%\([\w.-]+\)s|ENC\[[^\]]*\])$/

/** Says that a value stands for another, or for none: `$(PASSWORD)`, `{{ .Values.token }}`, `<masked>`, `true`, ''. */
export function isPlaceholder(value: string): boolean {
  if (value.trim() === '') return true
  return value.length < JUDGED && (TRIVIAL.test(value) || TEMPLATE.test(value))
}

const WORD = /^[A-Z]?[a-z]*(?:['’][a-z]+)?[.,:;!?)\]]*$/

/** A word of prose: letters only, at most the first a capital. */
export const isWord = (token: string): boolean => token.length < JUDGED && WORD.test(token)

/** What follows "password:" in messages that tell why one was refused. */
const REASON =
  /^(?:incorrect|invalid|wrong|bad|mismatch|missing|empty|expired|denied|rejected|failed|failure|unauthorized|forbidden|must|cannot|not|no|is|too|authentication|error|crypto|illegal|unknown|unsupported|object|integer|boolean|prompt)\b/i

export const isReason = (token: string): boolean => REASON.test(token)

const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i

/** Some part of it was made by a random generator: long, letters and digits mixed. */
export function looksRandom(value: string): boolean {
  const head = value.slice(0, JUDGED)
  return UUID.test(head) || head.split(/[^A-Za-z0-9+=]+/).some(isRandomRun)
}

function isRandomRun(run: string): boolean {
  if (run.length < 16 || !/[A-Za-z]/.test(run)) return false
  return /\d/.test(run) || (run.length >= 24 && /[a-z][A-Z]+[a-z]*[A-Z]/.test(run))
}

const OBJECT_NAME = /^(?:[a-z0-9][a-z0-9-]{0,62}\/)?[a-z]+(?:[-._][a-z0-9]{1,40}){0,20}$/
const LOWER_PATH = /^\/$|^(?:\/[a-z0-9._][a-z0-9._-]*){1,32}$/

/** Reads like the name of a Kubernetes object or of a key in it (`shop/db-credentials`, `tls.key`), or like a file's path. */
export function isObjectName(value: string): boolean {
  if (value.length > 253 || looksRandom(value)) return false
  return OBJECT_NAME.test(value) || LOWER_PATH.test(value)
}

const DESCRIPTION = /^[\w.,:/\\@%+=~*{}[\]() -]*$/
const DIGEST = /sha\d{3}:[0-9a-f]{64,128}/g

/** A path, name, address, number, duration, or a list of such. */
export function isDescription(value: string): boolean {
  if (value.length >= JUDGED || !DESCRIPTION.test(value)) return false
  const hasUser = value.includes('://') && value.includes('@')
  return !hasUser && !looksRandom(value.replace(DIGEST, ''))
}

/** A value that a `name: value` in the middle of prose would hardly have if it were not a secret. */
export function looksSecret(token: string): boolean {
  const mixed = token.length >= 8 && /\d/.test(token) && /[A-Za-z]/.test(token)
  return (mixed || token.length >= LONG) && !INNOCENT.test(token.slice(0, JUDGED)) && !isObjectNameLike(token)
}

/** No word is as long. */
const LONG = 64

const INNOCENT =
  /^(?:[a-z][a-z0-9+]*:\/\/|\/|sha\d+:|(?:\d{1,3}\.){3}\d{1,3}|[\w.-]+:\d{1,5}\b|\d{4}-\d\d-\d\d|[\d.]+(?:ns|us|µs|ms|s|m|h)\b|v?\d+\.\d+|0x|[\w.-]+\.(?:go|js|ts|py|java|rs):\d+|[()])/i

const isObjectNameLike = (token: string) => /[-/]/.test(token) && isObjectName(token.replace(/[.,:;]$/, ''))

/** The name is the secret's own. `--token-ttl duration` and `secret: db` tell something about one. */
export const isOwn = (secrecy: Secrecy): boolean =>
  secrecy !== 'described' && secrecy !== 'reference' && secrecy !== 'none'

/** Has `value`, named by something of this secrecy, to be masked? */
export function isSecretValue(secrecy: Secrecy, value: string): boolean {
  if (secrecy === 'none' || isPlaceholder(value)) return false
  if (secrecy === 'reference') return !isObjectName(value)
  if (secrecy === 'described') return !isDescription(value)
  if (secrecy === 'opaque') return looksRandom(value) || UNBROKEN.test(value)
  return !LOWER_PATH.test(value) && !(secrecy === 'secret' && FILE_NAME.test(value))
}

/** No name is as long. */
const UNBROKEN = /^\S{128}/
/** `--client-key ca-key.pem` */
const FILE_NAME = /^[\w./~-]{0,253}\.(?:pem|key|crt|cer|p12|pfx|jks|json|ya?ml|txt|conf|env)$/
