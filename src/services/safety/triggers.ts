/** One way to find secrets in a text. */
export interface Scanner {
  /** A text that holds none of these (case apart) holds nothing for this scanner. At least three characters each. */
  readonly marks: readonly string[]
  /** The text with what was found masked; the same string where nothing was. Takes time linear in the text's length. */
  mask(text: string): string
}

/** From frequent to rare. What is no letter shares its five bits with one, but for the last. */
const BY_RARITY = ' etaonirsldhcmupgfywbvkxzjq'
/** Frequent in what Kubernetes writes, though their letters are not. */
const COMMON = new Set('con ing sec pri str age des kub ube acc abi web cre val cti cur app'.split(' '))
const BITS = 5
const LETTER = (1 << BITS) - 1
const THREE_LETTERS = (1 << (3 * BITS)) - 1

const fold = (code: number, character: number) => ((code << BITS) | (character & LETTER)) & THREE_LETTERS

/**
 * Tells in one cheap pass which of `scanners` can find anything in a text, as bits in their order. Looks for the rarest three
 * characters of every mark; a few texts too many pass, none too few.
 */
export function triggerOf(scanners: readonly Scanner[]): (text: string) => number {
  const table = new Uint16Array(THREE_LETTERS + 1)
  for (const [bit, scanner] of scanners.entries()) {
    for (const mark of scanner.marks) setBit(table, rarest(mark), 1 << bit)
  }
  return (text) => {
    let found = 0
    let code = 0
    for (let at = 0; at < text.length; at++) {
      code = fold(code, text.charCodeAt(at))
      found |= table[code] ?? 0
    }
    return found
  }
}

function setBit(table: Uint16Array, trigram: string, bit: number): void {
  const code = codeOf(trigram)
  table[code] = (table[code] ?? 0) | bit
}

const codeOf = (trigram: string) =>
  trigram.split('').reduce((code, character) => fold(code, character.charCodeAt(0)), 0)

function rarest(mark: string): string {
  const trigrams = Array.from({ length: mark.length - 2 }, (_, at) => mark.slice(at, at + 3))
  const candidates = trigrams.filter((trigram) => !COMMON.has(trigram.toLowerCase()))
  return (candidates.length > 0 ? candidates : trigrams).reduce((best, next) =>
    rarity(next) > rarity(best) ? next : best,
  )
}

const rarity = (trigram: string) =>
  trigram.split('').reduce((sum, character) => sum + rarityOf(character.charCodeAt(0) & LETTER), 0)

/** The letters share their five bits with digits and marks: `_` with none, so it is the rarest. */
function rarityOf(code: number): number {
  const letter = code === 0 ? ' ' : String.fromCharCode(code + 96)
  const rank = BY_RARITY.indexOf(letter)
  return rank === -1 ? BY_RARITY.length : rank
}
