import { createHash } from 'node:crypto'

/** A name for a text, short enough for a cursor. */
export const shortHash = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 10)
