import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { nearestNames } from '../nearest.ts'

/** The values of a command line without positional words. Throws the fault of `parseArgs`, with the nearest flag where one is unknown. */
export function parsed<O extends ParseArgsOptionsConfig>(args: readonly string[], options: O) {
  return guessing(options, () => parseArgs({ args: [...args], options, strict: true }).values)
}

/** The same where words may stand beside the flags. */
export function parsedWithWords<O extends ParseArgsOptionsConfig>(args: readonly string[], options: O) {
  return guessing(options, () => parseArgs({ args: [...args], options, strict: true, allowPositionals: true }))
}

function guessing<T>(options: ParseArgsOptionsConfig, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof Error && isArgumentFault(error) ? shorter(error, Object.keys(options)) : error
  }
}

// Node's own sentence goes on to explain how a word that begins with a dash is given: true, and never what was meant.
function shorter(error: Error, flags: readonly string[]): Error {
  const [, unknown] = /^Unknown option '--?([^']*)'/.exec(error.message) ?? []
  if (unknown === undefined) return error
  const [near] = nearestNames(unknown, flags)
  error.message = `Unknown option '--${unknown}'.${near === undefined ? ' See --help.' : ` Did you mean --${near}?`}`
  return error
}

/** Whether `parseArgs` threw it. */
export const isArgumentFault = (error: Error): boolean =>
  'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
