import { plainText } from '../services/safety/visible-text.ts'
import { widthOf } from './terminal/width.ts'

/** Rows as columns of text, a head above them. What a cell holds is made visible first. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(oneLine))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ''))))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)))).join('  ')
  return cells.map((row) => line(row).trimEnd()).join('\n')
}

/** A text as one line: nothing in it steers the terminal, and what hides is written out. */
export const oneLine = (text: string): string => plainText(text).replaceAll('\n', '\\n').replaceAll('\t', '  ')
