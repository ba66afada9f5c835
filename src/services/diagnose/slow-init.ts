import { elapsed } from '../describe/age.ts'
import type { Container } from '../describe/containers.ts'
import { textAt } from '../describe/read.ts'

// Waiting for a dependency, or moving data, may take minutes: for so long it is worth a word.
const LONG = 3 * 60_000

/** How long an init container has run that still runs, in milliseconds; undefined where it does not, or has only begun. */
export function slowInit({ role, status }: Container, now: Date): number | undefined {
  const running = elapsed(now, textAt(status, 'state.running.startedAt')) ?? 0
  return role === 'init container' && running >= LONG ? running : undefined
}
