import { problems } from '../../errors.ts'
import type { HelmVersion } from './version.ts'

/** The commands of helm that this server runs. */
export type HelmCommand = 'install' | 'upgrade' | 'rollback' | 'uninstall' | 'template'

/** What a flag may be given, by its kind. A switch that is false is not passed; `seconds` is a duration. */
interface Values {
  switch: boolean
  text: string
  number: number
  seconds: number
  list: readonly string[]
  labels: Readonly<Record<string, string>>
}

interface Flag<K extends keyof Values> {
  kind: K
  /** Letters of the commands that take it: Install, Upgrade, Rollback, uNinstall, Template. */
  of: string
  /** Its name in Helm 3, where that is another; false: Helm 3 has no such thing. */
  helm3?: string | false
}

const flag = <const K extends keyof Values>(kind: K, of: string, helm3?: string | false): Flag<K> => ({
  kind,
  of,
  ...(helm3 === undefined ? {} : { helm3 }),
})

/** Everything that can be passed. No post-renderer, no plugin, no file, no URL, no DNS, no other cluster. */
const FLAGS = {
  'api-versions': flag('list', 't'),
  cascade: flag('text', 'n'),
  'cleanup-on-fail': flag('switch', 'ur'),
  'create-namespace': flag('switch', 'it'),
  debug: flag('switch', 'iurnt'),
  description: flag('text', 'iurn'),
  'disable-openapi-validation': flag('switch', 'iu'),
  'dry-run': flag('text', 'iut'),
  'force-conflicts': flag('switch', 'iur', false),
  'force-replace': flag('switch', 'iur', 'force'),
  'hide-notes': flag('switch', 'iu'),
  'history-max': flag('number', 'ur'),
  'include-crds': flag('switch', 't'),
  'is-upgrade': flag('switch', 't'),
  'keep-history': flag('switch', 'n'),
  'kube-version': flag('text', 't'),
  labels: flag('labels', 'iu'),
  namespace: flag('text', 'iurnt'),
  'no-hooks': flag('switch', 'iurn'),
  output: flag('text', 'iu'),
  'reset-then-reuse-values': flag('switch', 'u'),
  'reset-values': flag('switch', 'u'),
  'reuse-values': flag('switch', 'u'),
  'rollback-on-failure': flag('switch', 'iu', 'atomic'),
  'skip-crds': flag('switch', 'iut'),
  'skip-schema-validation': flag('switch', 'iut'),
  'skip-tests': flag('switch', 't'),
  'take-ownership': flag('switch', 'iu'),
  timeout: flag('seconds', 'iurn'),
  wait: flag('switch', 'iurn'),
  'wait-for-jobs': flag('switch', 'iur'),
} as const

/** Flags by their names in Helm 4; nothing else can be passed. */
export type HelmFlags = { readonly [F in keyof typeof FLAGS]?: Values[(typeof FLAGS)[F]['kind']] }

const LETTERS: Readonly<Record<HelmCommand, string>> = {
  install: 'i',
  upgrade: 'u',
  rollback: 'r',
  uninstall: 'n',
  template: 't',
}

/**
 * The arguments for flags, in the words of this version of helm. Each is one argument with its value in it, so that no value can be
 * taken for a flag. Throws `helm_too_old` for what Helm 3 does not have, `bad_input` for a flag or value that helm would read otherwise.
 */
export function flagArguments(command: HelmCommand, flags: HelmFlags, version: HelmVersion): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    const known: Flag<keyof Values> | undefined = Object.entries(FLAGS).find(([each]) => each === name)?.[1]
    if (known === undefined || !known.of.includes(LETTERS[command]))
      throw problems.badInput(`helm ${command} is not given the flag "${name}" here.`)
    if (value === undefined || value === false) return []
    return argumentsOf(nameIn(name, command, known, version), value)
  })
}

// Helm 3's rollback cannot be described: the description is only for people.
function nameIn(name: string, command: HelmCommand, { helm3 }: Flag<keyof Values>, { major, text }: HelmVersion) {
  if (major > 3) return name
  if (helm3 === false) throw problems.helmTooOld(text, `"${name}" needs Helm 4`)
  return name === 'description' && command === 'rollback' ? undefined : (helm3 ?? name)
}

type Given = Exclude<Values[keyof Values], false>

function argumentsOf(name: string | undefined, value: Given): string[] {
  if (name === undefined) return []
  if (value === true) return [`--${name}`]
  if (typeof value === 'string') return [`--${name}=${value}`]
  if (typeof value === 'number') return [`--${name}=${wholeNumber(name, value)}${name === 'timeout' ? 's' : ''}`]
  return isList(value)
    ? value.map((each) => `--${name}=${withoutComma(name, each)}`)
    : Object.entries(value).map(([label, text]) => `--${name}=${withoutComma(name, label)}=${withoutComma(name, text)}`)
}

const isList = (value: readonly string[] | Readonly<Record<string, string>>): value is readonly string[] =>
  Array.isArray(value)

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw problems.badInput(`"${name}" is ${value}, which is not a whole number.`)
}

// helm reads these as a line of CSV: a comma, a quote or a second "=" would make more values of one.
function withoutComma(name: string, text: string): string {
  if (/^[\w./-]*$/.test(text)) return text
  throw problems.badInput(`"${text}" cannot be passed as "${name}".`, 'Letters, digits, and -_./ can.')
}
