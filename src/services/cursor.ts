import { createHash } from 'node:crypto'
import { problems } from '../errors.ts'

/** Where a list goes on: the API server's own token, and how many rows of that page were given out already. */
export interface Cursor {
  token: string | undefined
  skip: number
}

// A cursor is opaque to the caller. It carries a fingerprint of the question, so that it cannot go on with another one unnoticed.
const fingerprint = (question: unknown) =>
  createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 12)

/** The `continue` token of an answer to `question`. */
export const writeCursor = (question: unknown, cursor: Cursor): string =>
  Buffer.from(JSON.stringify([1, fingerprint(question), cursor.skip, cursor.token ?? ''])).toString('base64url')

/** Reads a `continue` token back. Throws `bad_input` where it is damaged or of another question. */
export function readCursor(question: unknown, text: string | undefined): Cursor {
  if (text === undefined) return { token: undefined, skip: 0 }
  const parts = decode(text)
  if (parts === undefined) throw problems.badContinue('it is not a token of this server')
  const [, print, skip, token] = parts
  if (print !== fingerprint(question)) throw problems.badContinue('it belongs to a list with other parameters')
  return { token: token === '' ? undefined : token, skip }
}

function decode(text: string): [1, string, number, string] | undefined {
  const bytes = Buffer.from(text, 'base64url')
  // Decoding skips signs that are no base64url; a token that has any was not passed on unchanged.
  if (bytes.toString('base64url') !== text) return undefined
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return isCursor(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isCursor = (value: unknown): value is [1, string, number, string] =>
  Array.isArray(value) &&
  value.length === 4 &&
  value[0] === 1 &&
  typeof value[1] === 'string' &&
  Number.isInteger(value[2]) &&
  value[2] >= 0 &&
  typeof value[3] === 'string'
