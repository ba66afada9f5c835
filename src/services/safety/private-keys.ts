import { Masking, type Span } from './masking.ts'
import type { Scanner } from './triggers.ts'

/** The first and last line of a private key (RFC 7468, OpenSSH, PGP), also where `\n` is written out. */
export const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
export const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
/** A longer distance between the two lines is no key any more. */
export const LONGEST_KEY = 65_536

/** What a key without its last line is made of: base64, line breaks, header lines, what JSON and YAML put around. */
const BODY = /(?:[A-Za-z0-9+/=\s\\:,]|-(?!----))*/y
const BASE64_LINE = /[A-Za-z0-9+/=]{40}/

/** Masks private keys from their first line to their last, or as far as one goes that was cut. */
export const privateKeys: Scanner = {
  marks: ['PRIVATE KEY'],
  mask: (text) => {
    const masking = new Masking(text)
    let end: Span | undefined = { start: -1, end: -1 }
    for (let begin = next(KEY_BEGIN, text, 0); begin !== undefined; begin = next(KEY_BEGIN, text, begin.end)) {
      if (begin.start < masking.done) continue
      if (end !== undefined && end.start < begin.end) end = next(KEY_END, text, begin.end)
      const block = blockOf(text, begin, end)
      if (block !== undefined) masking.mask(block)
    }
    return masking.text()
  },
}

function blockOf(text: string, begin: Span, end: Span | undefined): Span | undefined {
  if (end !== undefined && end.start - begin.end <= LONGEST_KEY) return { start: begin.start, end: end.end }
  BODY.lastIndex = begin.end
  const body = BODY.exec(text)?.[0] ?? ''
  return BASE64_LINE.test(body) ? { start: begin.start, end: begin.end + body.trimEnd().length } : undefined
}

function next(pattern: RegExp, text: string, from: number): Span | undefined {
  pattern.lastIndex = from
  const found = pattern.exec(text)
  return found === null ? undefined : { start: found.index, end: pattern.lastIndex }
}
