import type { ParseArgsOptionsConfig } from 'node:util'
import { type Config, ConfigError } from '../config.ts'
import { nearestNames } from '../nearest.ts'

/** Flags that every sub-command takes. */
export const COMMON = {
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig

export const COMMON_HELP = `  --data-dir FOLDER    folder of the server's store and socket (DATA_DIR)
  --config FILE        settings file (default: k8s-mcp.yaml in this folder)
  --json               the answer as JSON, for scripts
  --help
`

/** Reads the settings with these flags over them. */
export type ConfigOf = (values: Places) => { config: Config }
export interface Places {
  config?: string
  'data-dir'?: string
  kubeconfig?: string
}

/** One sub-command. */
export interface Command {
  /** As it is typed: `token create`. */
  words: string
  help: string
  /** Resolves with the exit code. Throws {@link ConfigError} for what was typed wrongly, and problems. */
  run(args: readonly string[], configOf: ConfigOf): Promise<number>
}

/** Only the two flags that say where the server is. */
export const placesIn = ({
  config,
  'data-dir': folder,
}: {
  config?: string | undefined
  'data-dir'?: string | undefined
}): Places => ({
  ...(config === undefined ? {} : { config }),
  ...(folder === undefined ? {} : { 'data-dir': folder }),
})

/** What was typed is wrong. */
export const usage = (sentence: string): ConfigError => new ConfigError([sentence])

/** The word of a list that a flag was given. Throws {@link ConfigError} with the nearest one. */
export function oneOf<const W extends string>(flag: string, given: string | undefined, words: readonly W[]): W {
  const found = words.find((word) => word === given)
  if (found !== undefined) return found
  const [near] = nearestNames(given ?? '', words)
  const guess = near === undefined ? '' : ` Did you mean ${near}?`
  if (given === undefined) throw usage(`${flag} is missing: one of ${words.join(', ')}.`)
  throw usage(`${flag} "${given}" is none of ${words.join(', ')}.${guess}`)
}

/** A flag that must be there. */
export function needed(flag: string, given: string | undefined): string {
  if (given === undefined || given === '') throw usage(`${flag} is missing.`)
  return given
}

export const print = (text: string): void => void process.stdout.write(`${text}\n`)
export const remark = (text: string): void => void process.stderr.write(`${text}\n`)
export const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2))
