import type { IndexData, IndexedPage, SectionRow } from './index-data.ts'
import { FIELDS, type Field, pack } from './postings.ts'
import { partsOf, termOf, wordsOf } from './words.ts'

/** A section to be indexed. */
export interface NewSection {
  anchor: string
  title: string
  text: string
  /** Words a reader may look for that do not stand in the text. */
  keywords?: string
}

type Counts = Record<Field, number>
/** Section after section, how often a term stands in each of its fields. */
interface Posting {
  sections: number[]
  counts: number[]
}

/** Gathers sections into an index. */
export class IndexBuilder {
  readonly #terms = new Map<string, Posting>()
  readonly #pages: IndexedPage[] = []
  readonly #sections: SectionRow[] = []
  readonly #lengths: number[] = []
  readonly #texts: Buffer[] = []
  #size = 0

  add(page: IndexedPage, sections: readonly NewSection[]): void {
    const at = this.#pages.push(page) - 1
    for (const { anchor, title, text, keywords = '' } of sections) {
      const bytes = Buffer.from(text)
      const id = this.#sections.push([at, anchor, title, this.#size, this.#size + bytes.length]) - 1
      this.#texts.push(bytes)
      this.#size += bytes.length
      this.#count(id, { page: page.title, title, keywords, text })
    }
  }

  get sections(): number {
    return this.#sections.length
  }

  #count(id: number, fields: Readonly<Record<Field, string>>): void {
    const counts = new Map<string, Counts>()
    for (const field of FIELDS) this.#lengths.push(countTerms(fields[field], field, counts))
    for (const [term, count] of counts) {
      const posting = this.#terms.get(term) ?? { sections: [], counts: [] }
      this.#terms.set(term, posting)
      posting.sections.push(id)
      posting.counts.push(pack(count))
    }
  }

  finish(): IndexData {
    const terms = [...this.#terms.keys()].toSorted()
    const postings = terms.map((term) => this.#terms.get(term) ?? { sections: [], counts: [] })
    const starts = new Uint32Array(terms.length + 1)
    for (const [index, { sections }] of postings.entries()) starts[index + 1] = (starts[index] ?? 0) + sections.length
    return {
      pages: this.#pages,
      sections: this.#sections,
      terms,
      starts,
      postings: Uint32Array.from(postings.flatMap(({ sections }) => sections)),
      counts: Uint32Array.from(postings.flatMap(({ counts }) => counts)),
      lengths: Uint32Array.from(this.#lengths),
      texts: Buffer.concat(this.#texts),
    }
  }
}

/** Counts the terms of a field; answers how many there are. */
function countTerms(text: string, field: Field, counts: Map<string, Counts>): number {
  let length = 0
  for (const word of wordsOf(text).flatMap((each) => [each, ...partsOf(each)])) {
    const term = termOf(word)
    if (term === undefined) continue
    length += 1
    const count = counts.get(term) ?? { page: 0, title: 0, keywords: 0, text: 0 }
    count[field] += 1
    counts.set(term, count)
  }
  return length
}
