import { Problem } from '../errors.ts'
import { nearestNames } from '../nearest.ts'
import { NoServer } from '../socket/client.ts'
import { isArgumentFault } from './arguments.ts'
import { approvals } from './approvals.ts'
import { auditExport, auditVerify } from './audit.ts'
import { type Command, type ConfigOf, print, remark, usage } from './command.ts'
import { diagnose } from './diagnose.ts'
import { docsImport, docsImportApi } from './docs.ts'
import { policyTest } from './policy.ts'
import { tokenCreate, tokenList, tokenRevoke } from './token.ts'

/** Every sub-command, in documented order. */
export const COMMANDS: readonly Command[] = [
  approvals,
  tokenCreate,
  tokenList,
  tokenRevoke,
  policyTest,
  diagnose,
  auditVerify,
  auditExport,
  docsImport,
  docsImportApi,
]

/** Runs a sub-command; resolves with the exit code. Throws {@link ConfigError} for what was typed wrongly. */
export async function runCommand(args: readonly string[], configOf: ConfigOf): Promise<number> {
  const found = COMMANDS.find(({ words }) => words.split(' ').every((word, index) => args[index] === word))
  if (found === undefined) return unknown(args)
  const rest = args.slice(found.words.split(' ').length)
  if (rest.includes('--help') || rest.includes('-h')) {
    print(found.help)
    return 0
  }
  try {
    return await found.run(rest, configOf)
  } catch (error) {
    const said = sentenceOf(error)
    if (said === undefined) throw error
    remark(`k8s-mcp: ${said}`)
    return 1
  }
}

/** What went wrong, for the reader; undefined for what was typed wrongly, and for faults of ours. */
function sentenceOf(error: unknown): string | undefined {
  if (error instanceof Problem) return error.next === undefined ? error.message : `${error.message} ${error.next}`
  if (error instanceof NoServer) return error.message
  const broken = error instanceof Error && 'code' in error && !isArgumentFault(error)
  return broken ? `the server cannot be talked to: ${error.message}` : undefined
}

/** Words that are no command: the help of a group, or what was probably meant. */
function unknown(args: readonly string[]): number {
  const [first = '', second] = args
  const group = COMMANDS.filter(({ words }) => words.startsWith(`${first} `))
  if (group.length > 0 && (second === undefined || second === '--help' || second === '-h')) {
    print(group.map(({ help }) => help).join('\n'))
    return second === undefined ? 64 : 0
  }
  if (group.length > 0) {
    const words = group.map((each) => each.words.slice(first.length + 1))
    throw usage(`"${first} ${second}" is not a command.${guess(second ?? '', words, `${first} `)}`)
  }
  const firsts = [...new Set(COMMANDS.map(({ words }) => words.split(' ')[0] ?? ''))]
  throw usage(`"${first}" is not a command.${guess(first, firsts, '')}`)
}

function guess(word: string, words: readonly string[], before: string): string {
  const [near] = nearestNames(word, words)
  const all = ` Commands: ${words.map((each) => before + each).join(', ')}.`
  return near === undefined ? all : ` Did you mean ${before}${near}?`
}
