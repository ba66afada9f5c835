import { readFileSync } from 'node:fs'

/** Texts that would be markup, script or addresses of their own, were they not taken as text. */
export const HOSTILE: readonly string[] = readFileSync(new URL('hostile.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')

/** All of them. */
export const hostile = HOSTILE.join(' ')
