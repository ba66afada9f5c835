import { BLANK, skip } from './characters.ts'
import type { Name } from './find-name.ts'
import type { Span } from './masking.ts'
import type { Secrecy } from './names.ts'
import { JUDGED, readValue, textOf } from './read-value.ts'
import { isOwn, isSecretValue, isWord } from './values.ts'

/** The value behind a name without `=` or `:`: `--password x`, SQL's `PASSWORD 'x'` and `IDENTIFIED BY 'x'`, `the password is x`. */
export function unsigned(text: string, name: Name, secrecy: Secrecy): Span | undefined {
  const at = valueStart(text, name, secrecy)
  if (at === undefined) return undefined
  const head = readValue(text, at, JUDGED)
  const shown = textOf(text, head.span)
  if (!isSecretValue(secrecy, shown)) return undefined
  return head.quoted || isArgument(shown) ? readValue(text, at).span : undefined
}

const VERB = /[ \t]{1,4}(?:is|was)(?: set to| now)?:?[ \t]{1,4}/y

function valueStart(text: string, name: Name, secrecy: Secrecy): number | undefined {
  const at = skip(text, name.end, BLANK, 8)
  if (at === name.end) return undefined
  if (name.flag) return isOwn(secrecy) ? at : undefined
  if (secrecy !== 'password' || text.startsWith("'", at)) return secrecy === 'password' ? at : undefined
  VERB.lastIndex = name.end
  return VERB.test(text) ? VERB.lastIndex : undefined
}

const isArgument = (token: string) => !isWord(token) && /^[^\s()[\]|,;:-]/.test(token)
