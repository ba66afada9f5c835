/** Names of the clients that are connected at once: the second of the same name gets a number, so that nobody is taken for another. */
export class Subjects {
  readonly #taken = new Set<string>()

  /** A name that nobody has, from the one that is wanted. Give it back with `free`. */
  take(wanted: string): string {
    let subject = wanted
    for (let number = 2; this.#taken.has(subject); number++) subject = `${wanted}#${number}`
    this.#taken.add(subject)
    return subject
  }

  free(subject: string): void {
    this.#taken.delete(subject)
  }
}

/** The name of one connection. */
export interface Named {
  /** Who it is, by the words that say so; without the last one as long as the client has not named itself. The first full name stays. */
  subjectOf(client: string | undefined): string
  free(): void
}

/** Names one connection of an account. */
export function nameIn(subjects: Subjects, account: string): Named {
  let named: string | undefined
  let unnamed: string | undefined
  return {
    subjectOf(client) {
      if (named !== undefined) return named
      if (client === undefined) return (unnamed ??= subjects.take(wordsOf('stdio', account)))
      named = subjects.take(wordsOf('stdio', account, client))
      return named
    },
    free() {
      for (const subject of [named, unnamed]) if (subject !== undefined) subjects.free(subject)
    },
  }
}

const wordsOf = (...words: string[]): string =>
  words.map((word) => word.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 64)).join(':')
