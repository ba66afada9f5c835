/** One row of the table: what was measured, raw and ours, the target, and whether it is met. */
export interface Row {
  work: string
  raw: string
  ours: string
  ratio: string
  target: string
  met: boolean
}

const COLUMNS = ['work', 'raw', 'ours', 'ratio', 'target', 'met'] as const

/** The table for a person. */
export function tableOf(rows: readonly Row[]): string {
  const cells = [
    COLUMNS.map(String),
    ...rows.map((row) => COLUMNS.map((column) => (column === 'met' ? (row.met ? 'yes' : 'NO') : row[column]))),
  ]
  const widths = COLUMNS.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)))
  return cells
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`
export const rate = (value: number) => `${value.toFixed(0)}/s`
export const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MiB`
export const times = (value: number) => `${value.toFixed(2)}x`
