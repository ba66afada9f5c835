import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The paths that a .dockerignore lets into the build, of a list that begins with `*` and names what comes in with `!path`.
 * Throws for any other line.
 */
export function contextPaths(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const [first, ...more] = lines
  const strange = more.find((line) => !/^![\w./-]+$/.test(line))
  if (first !== '*' || strange !== undefined)
    throw new Error(`.dockerignore begins with * and then names what comes in, !path each: ${strange ?? first}`)
  return more.map((line) => line.slice(1))
}

/** The build context of a checkout, copied: what a COPY names and this has not got is missing in a real build too. */
export function copyContext(checkout: string, to: string): void {
  for (const path of contextPaths(readFileSync(join(checkout, '.dockerignore'), 'utf8'))) {
    if (!existsSync(join(checkout, path))) throw new Error(`.dockerignore lets ${path} in, and it does not exist`)
    mkdirSync(dirname(join(to, path)), { recursive: true })
    cpSync(join(checkout, path), join(to, path), { recursive: true })
  }
}
