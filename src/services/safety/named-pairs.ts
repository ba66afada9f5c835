import { Masking, type Span } from './masking.ts'
import { secrecyOf } from './names.ts'
import { blockScalar, readValue, restOfLine, textOf } from './read-value.ts'
import type { Scanner } from './triggers.ts'
import { isSecretValue } from './values.ts'

/** `name: DB_PASSWORD` and, right after it, `value:`, in YAML, JSON, a diff, or any of them inside a string. */
const PAIR =
  /\b(?:name|key)\\{0,7}["']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,7}["']?([A-Za-z_][\w.-]{1,100})\\{0,7}["']?(?:[,\s+-]|\\n){1,80}\\{0,7}["']?value\\{0,7}["']?[ \t]{0,4}[:=][ \t]{0,4}/gi

/** Masks the value of a name-value pair (an environment variable, a header, a Helm parameter) written out in a text. */
export const namedPairs: Scanner = {
  marks: ['value'],
  mask: (text) => {
    const masking = new Masking(text)
    PAIR.lastIndex = 0
    for (let hit = PAIR.exec(text); hit !== null; hit = PAIR.exec(text)) {
      const span = valueAt(text, PAIR.lastIndex, hit[0].includes('\n'))
      if (!isSecretValue(secrecyOf(hit[1] ?? ''), textOf(text, span))) continue
      masking.mask(span)
      PAIR.lastIndex = span.end
    }
    return masking.text()
  },
}

function valueAt(text: string, at: number, ownLine: boolean): Span {
  const value = readValue(text, at)
  if (value.quoted) return value.span
  return blockScalar(text, at) ?? (ownLine ? restOfLine(text, at) : value.span)
}
