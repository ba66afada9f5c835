/** A page that can be found. */
export interface IndexedPage {
  /** Address, without anchor. */
  url: string
  title: string
  /** How much the score of its sections counts. */
  weight: number
}

/** A section that can be found: its page, anchor, title, and where its text is in the texts (bytes). */
export type SectionRow = readonly [page: number, anchor: string, title: string, start: number, end: number]

/** An inverted index of sections. */
export interface IndexData {
  pages: readonly IndexedPage[]
  sections: readonly SectionRow[]
  /** In order of their code units. */
  terms: readonly string[]
  /** Of each term, where its postings begin; the next one's beginning is its end. */
  starts: Uint32Array
  /** Sections. */
  postings: Uint32Array
  /** How often, packed (postings.ts). */
  counts: Uint32Array
  /** Terms in each field of each section, field by field. */
  lengths: Uint32Array
  /** The texts of all sections, one after the other. */
  texts: Buffer
}

const ARRAYS = ['starts', 'postings', 'counts', 'lengths'] as const
interface Header {
  /** Changes with what is in the file: another one is not read. */
  format: number
  pages: IndexedPage[]
  sections: SectionRow[]
  sizes: Record<(typeof ARRAYS)[number] | 'terms' | 'texts', number>
}
const FORMAT = 1
/** Typed arrays begin at a multiple of four. */
const aligned = (size: number) => (size + 3) & ~3

/** The index as bytes: length of the header, header (JSON), numbers (little-endian), terms, texts. */
export function encodeIndex({ pages, sections, terms, texts, ...numbers }: IndexData): Buffer {
  const words = Buffer.from(terms.join('\n'))
  const arrays = ARRAYS.map((name) =>
    Buffer.from(numbers[name].buffer, numbers[name].byteOffset, numbers[name].byteLength),
  )
  const sizes = {
    starts: numbers.starts.byteLength,
    postings: numbers.postings.byteLength,
    counts: numbers.counts.byteLength,
    lengths: numbers.lengths.byteLength,
    terms: words.length,
    texts: texts.length,
  }
  const header = Buffer.from(JSON.stringify({ format: FORMAT, pages, sections, sizes }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  const gap = Buffer.alloc(aligned(header.length) - header.length)
  return Buffer.concat([length, header, gap, ...arrays, words, texts])
}

/** Reads what {@link encodeIndex} wrote. The numbers are views of the bytes, not copies. Throws where they are something else. */
export function decodeIndex(bytes: Buffer): IndexData {
  const headerLength = bytes.readUInt32LE(0)
  const header: unknown = JSON.parse(bytes.toString('utf8', 4, 4 + headerLength))
  if (!isHeader(header)) throw new Error('it is no index of this version')
  const { pages, sections, sizes } = header
  let at = 4 + aligned(headerLength)
  const part = (size: number) => bytes.subarray(at, (at += size))
  const numbers = (size: number) => {
    const { buffer, byteOffset } = part(size)
    return new Uint32Array(buffer, byteOffset, size / 4)
  }
  const [starts, postings] = [numbers(sizes.starts), numbers(sizes.postings)]
  const [counts, lengths] = [numbers(sizes.counts), numbers(sizes.lengths)]
  const words = part(sizes.terms).toString('utf8')
  const texts = part(sizes.texts)
  if (texts.length !== sizes.texts) throw new Error('it is cut off')
  return { pages, sections, terms: words === '' ? [] : words.split('\n'), starts, postings, counts, lengths, texts }
}

const isHeader = (value: unknown): value is Header =>
  typeof value === 'object' && value !== null && 'format' in value && value.format === FORMAT
