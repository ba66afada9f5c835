import { oneLine } from '../table.ts'
import { fit, wrap } from './width.ts'

/** How a line looks where there are colours; without them its words must say the same. */
export type Style =
  | 'plain'
  | 'head'
  | 'dim'
  | 'chosen'
  | 'added'
  | 'removed'
  | 'changed'
  | 'low'
  | 'medium'
  | 'high'
  | 'critical'

export interface Line {
  text: string
  style: Style
  /** Blanks before what is wrapped around. */
  indent?: number
}

/** A line of a text from elsewhere: what would steer the terminal or hide in it is written out. */
export const line = (text: string, style: Style = 'plain', indent = 0): Line => ({ text: oneLine(text), style, indent })

/** Lines that fit: the long ones go on in the next line, so that nothing is lost. */
export const wrapped = (lines: readonly Line[], columns: number): Line[] =>
  lines.flatMap(({ text, style, indent = 0 }) =>
    wrap(text, columns, Math.min(indent, Math.floor(columns / 2))).map((each) => ({ text: each, style })),
  )

/** Lines that fit, each cut where it is too long, with a sign. */
export const cut = (lines: readonly Line[], columns: number): Line[] =>
  lines.map(({ text, style }) => ({ text: fit(text, columns), style }))

const ESC = '\u001b'
const CODES: Readonly<Record<Style, string>> = {
  plain: '',
  head: '1',
  dim: '2',
  chosen: '7',
  added: '32',
  removed: '31',
  changed: '33',
  low: '32',
  medium: '33',
  high: '31',
  critical: '1;31',
}

/** Lines as a terminal takes them (ECMA-48 SGR). */
export const painted = (lines: readonly Line[], colors: boolean): string[] =>
  lines.map(({ text, style }) => (colors && CODES[style] !== '' ? `${ESC}[${CODES[style]}m${text}${ESC}[0m` : text))
