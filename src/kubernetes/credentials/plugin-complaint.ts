import { stripVTControlCharacters } from 'node:util'

const LENGTH_LIMIT = 300
const SECRET_NAME = /secret|token|passw|credential|key|assertion/i
const SECRET_LENGTH = 4

/** Long runs of letters and digits mixed: tokens, keys, session ids. Words, paths, host names and versions are not. */
const TOKEN = /(?<![\w+=-])(?=[\w+=-]*\d)(?=[\w+=-]*[a-z])[\w+=-]{20,}/gi
/** What stands behind a name that sounds like a secret's, as `name=value`, `name: value`, or `--name value` with a digit. */
const NAMED =
  /((?:secret|token|passw(?:or)?d|credential|api-?key|assertion)[\w-]*["']?(?:\s*[=:]\s*|\s+(?=\S*\d)))["']?[^\s"',;]+/gi

/**
 * The last line a plugin wrote to stderr, as `: <line>`, fit to be shown: control characters out, one line, 300
 * characters, and nothing that may be a secret. '' where it wrote nothing.
 */
export function complaintOf(stderr: string, secrets: readonly string[]): string {
  const lines = stripVTControlCharacters(stderr).split(/[\r\n]+/)
  const last = lines.map((line) => line.trim()).findLast((line) => line !== '') ?? ''
  if (last === '') return ''
  const known = secrets.reduce((text, secret) => text.replaceAll(secret, '<masked>'), last)
  return `: ${plain(known.replace(NAMED, '$1<masked>').replace(TOKEN, '<masked>')).slice(0, LENGTH_LIMIT)}`
}

/** Values of an environment and of arguments that are secrets by the name they go by. */
export function secretsOf(environment: Readonly<Record<string, string>>, args: readonly string[]): string[] {
  const named = Object.entries(environment).filter(([name]) => SECRET_NAME.test(name))
  const inline = args.map((each) => each.split(/=(.*)/s, 2))
  const spoken = args.map((each, index) => [args[index - 1] ?? '', each])
  return [...named, ...inline, ...spoken]
    .filter(([name = '', value = '']) => SECRET_NAME.test(name) && value.length >= SECRET_LENGTH)
    .map(([, value = '']) => value)
}

/** Control, bidirectional and zero-width characters out: the line is shown to people and agents. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
