import type { Facts } from '../../facts.ts'

/** What follows from the facts alone is worked out once for all the objects that ask for it: thousands of pods ask of the same nodes. */
export function oncePerFacts<T>(make: (facts: Facts) => T): (facts: Facts) => T {
  const made = new WeakMap<Facts, { value: T }>()
  return (facts) => {
    const known = made.get(facts) ?? { value: make(facts) }
    made.set(facts, known)
    return known.value
  }
}

/** The same for each text that is asked about. */
export function oncePerText<T>(make: (text: string, facts: Facts) => T): (text: string, facts: Facts) => T {
  const made = oncePerFacts(() => new Map<string, { value: T }>())
  return (text, facts) => {
    const known = made(facts).get(text) ?? { value: make(text, facts) }
    made(facts).set(text, known)
    return known.value
  }
}
