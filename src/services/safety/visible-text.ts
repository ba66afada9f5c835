/** The control character that starts a terminal sequence. */
export const ESC = String.fromCharCode(0x1b)
const BEL = String.fromCharCode(0x07)
const CONTROL = '[^\\p{Cc}]'

/** Terminal sequences (ECMA-48): CSI with its parameters, and control strings such as OSC where they end within reach. */
const SEQUENCE = new RegExp(
  `(?:${ESC}\\[|\\x9b)[0-?]{0,64}[ -\\/]{0,8}[@-~]|(?:${ESC}[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])${CONTROL}{0,2048}(?:${BEL}|${ESC}\\\\|\\x9c)`,
  'gu',
)
/** Controls, what Unicode says to ignore (zero width, bidi, tags), what breaks lines or stands for nothing. */
const HIDING = '[\\p{Cc}\\p{Default_Ignorable_Code_Point}\\p{Cs}\\u2028\\u2029\\u2800\\ufff9-\\ufffb]'
/** The two selectors of emoji presentation mean something behind one character that is seen and no ASCII. */
const STRAY_SELECTOR = `(?<=^|[\\p{ASCII}${HIDING}])[\\ufe0e\\ufe0f]`
const UNSEEN = new RegExp(`[${HIDING}--[\\n\\t\\ufe0e\\ufe0f]]|${STRAY_SELECTOR}`, 'v')
const EVERY_UNSEEN = new RegExp(UNSEEN.source, 'gv')
const LINE_RETURN = /\r(?=\n|$)/g

/**
 * A text as a person or a model may see it: what steers a terminal is taken out, what hides text or turns its direction is
 * written as an escape (`\u202e`). Line breaks and tabs stay; emoji keep their presentation. Linear.
 */
export function plainText(text: string): string {
  if (!UNSEEN.test(text)) return text
  return text.replace(SEQUENCE, '').replace(LINE_RETURN, '').replace(EVERY_UNSEEN, escaped)
}

/** Escapes are made once each: a binary file in a log has millions. */
const escapes = new Map<string, string>()

function escaped(character: string): string {
  const known = escapes.get(character)
  if (known !== undefined) return known
  const code = (character.codePointAt(0) ?? 0).toString(16)
  const made = code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
  escapes.set(character, made)
  return made
}
