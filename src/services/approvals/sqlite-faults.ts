import { Problem, problems } from '../../errors.ts'

// Result codes of SQLite (https://sqlite.org/rescode.html); the low byte is the primary one.
const BUSY = 5
const LOCKED = 6
const READ_ONLY = 8
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26

/** What an error of SQLite means to a caller. Anything that is not SQLite's comes back as it is. */
export function storeProblem(error: unknown, path: string): unknown {
  if (error instanceof Problem) return error
  switch (primaryCode(error)) {
    case undefined:
      return error
    case BUSY:
    case LOCKED:
      return problems.storeLocked(path)
    case READ_ONLY:
      return problems.storeUnavailable(`${path} or its folder is read-only`)
    case FULL:
      return problems.storeUnavailable(`the disk of ${path} is full`)
    case CORRUPT:
    case NOT_A_DATABASE:
      return problems.storeDamaged(`${path} is not a whole SQLite database`)
    case CANNOT_OPEN:
      return problems.storeUnavailable(`${path} cannot be opened`, 'Check DATA_DIR and its permissions.')
    case IO_ERROR:
      return problems.storeUnavailable(`the disk of ${path} fails`)
    default:
      return problems.storeUnavailable(`SQLite refused (${messageOf(error)})`)
  }
}

/**
 * After these nobody can tell what is on the disk (a failed fsync may have dropped the pages it was asked to keep), so that nothing may
 * be written until the store was opened anew.
 */
export function endsWriting(error: unknown): boolean {
  const code = primaryCode(error)
  return code === IO_ERROR || code === CORRUPT || code === NOT_A_DATABASE
}

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : 'no reason given')
