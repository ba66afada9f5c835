/** One range of an Accept header (RFC 9110, 12.5.1). */
interface Range {
  type: string
  subtype: string
  quality: number
}

const RANGE = /^\s*([\w!#$%&'*+.^`|~-]+)\/([\w!#$%&'*+.^`|~-]+)\s*(?:;(.*))?$/
const QUALITY = /(?:^|;)\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)/i

/** More ranges than any client has reason to name. */
const MOST_RANGES = 50

function ranges(accept: string): Range[] {
  return accept.split(',', MOST_RANGES).flatMap((text) => {
    const [, type, subtype, parameters = ''] = RANGE.exec(text) ?? []
    if (type === undefined || subtype === undefined) return []
    return [
      { type: type.toLowerCase(), subtype: subtype.toLowerCase(), quality: Number(QUALITY.exec(parameters)?.[1] ?? 1) },
    ]
  })
}

/** `text/plain; charset=utf-8` without its parameters. */
export const essence = (type: string): string => (type.split(';', 1)[0] ?? type).trim()

interface Liking {
  quality: number
  /** 3: named; 2: `text/*`; 1: any. What is named wins over what is only not excluded. */
  precision: number
}

function liking(offer: string, wanted: readonly Range[]): Liking {
  const [type, subtype] = essence(offer).split('/')
  const precision = (range: Range) => {
    if (range.type === '*' && range.subtype === '*') return 1
    if (range.type !== type) return 0
    return range.subtype === '*' ? 2 : range.subtype === subtype ? 3 : 0
  }
  const [best] = wanted
    .map((range) => ({ quality: range.quality, precision: precision(range) }))
    .filter((each) => each.precision > 0)
    .toSorted((a, b) => b.precision - a.precision)
  return best ?? { quality: 0, precision: 0 }
}

/**
 * The media type to answer with: of what is offered, best first, what the client likes best; between equals what it names
 * rather than what a wildcard lets pass. Undefined where nothing fits.
 */
export function choose<T extends string>(accept: string | undefined, offers: readonly T[]): T | undefined {
  const [first] = offers
  if (accept === undefined || accept === '' || accept === '*/*') return first
  const wanted = ranges(accept)
  const [best] = offers
    .map((offer) => ({ offer, ...liking(offer, wanted) }))
    .filter((each) => each.quality > 0)
    .toSorted((a, b) => b.quality - a.quality || b.precision - a.precision)
  return best?.offer
}
