import { userInfo } from 'node:os'

/**
 * The operating-system account that runs this process, in the letters that a token's subject may have: the person who comes by the
 * socket and the one whom a token names must be one and the same.
 */
export const accountName = (): string =>
  rawName()
    .replaceAll(/[^A-Za-z0-9._@+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 128) || 'operator'

// An account without an entry in the user database (a container's random uid) has no name.
function rawName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
