const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const ASCII = /^[\x20-\x7e]*$/
// Unicode TR11 (wide and fullwidth) as terminals draw it, and pictures.
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u
const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

const widthOfOne = (grapheme: string): number => {
  if (NOTHING.test(grapheme)) return 0
  return WIDE.test(grapheme) ? 2 : 1
}

const charactersOf = (text: string): string[] =>
  ASCII.test(text) ? text.split('') : Array.from(graphemes.segment(text), ({ segment }) => segment)

/** Columns that a text without control characters takes on a terminal. */
export const widthOf = (text: string): number =>
  ASCII.test(text) ? text.length : charactersOf(text).reduce((sum, each) => sum + widthOfOne(each), 0)

/** A text in at most so many columns; what does not fit is shown to be missing. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  return `${startOf(text, Math.max(0, columns - 1))}…`
}

function startOf(text: string, columns: number): string {
  let start = ''
  let width = 0
  for (const character of charactersOf(text)) {
    width += widthOfOne(character)
    if (width > columns) return start
    start += character
  }
  return start
}

/** A text as lines of at most so many columns, whole words where they fit; lines after the first begin with `indent` blanks. */
export function wrap(text: string, columns: number, indent = 0): string[] {
  const lines: string[] = []
  let rest = text
  const room = () => Math.max(1, columns - (lines.length === 0 ? 0 : indent))
  while (widthOf(rest) > room()) {
    const start = startOf(rest, room()) || rest.slice(0, charactersOf(rest)[0]?.length ?? 1)
    const blank = start.lastIndexOf(' ')
    // Not within the indentation that the line itself has: nothing would be gained.
    const end = blank > start.length / 3 && rest[start.length] !== ' ' ? blank : start.length
    lines.push(indented(rest.slice(0, end), lines.length === 0 ? 0 : indent))
    rest = rest.slice(end).replace(/^ /, '')
  }
  return [...lines, indented(rest, lines.length === 0 ? 0 : indent)]
}

const indented = (text: string, indent: number) => ' '.repeat(indent) + text
