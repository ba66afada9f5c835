import { turn } from '../../kubernetes/turns.ts'

/** Objects that are worked on without letting others in. */
const AT_ONCE = 10

/** Synchronous work on every item, in turns with everybody else's: five thousand pods hold up nobody. Throws what the work throws. */
export async function eachInTurn<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index % AT_ONCE === 0) await turn()
    work(item)
  }
}
