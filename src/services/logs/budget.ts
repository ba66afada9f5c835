import type { ShownLine } from './lines.ts'

/** Bytes of a line in an answer, with its line end. */
export const bytesOf = ({ text }: ShownLine): number => Buffer.byteLength(text) + 1

/** Bytes of some lines. */
export const sizeOf = (lines: readonly ShownLine[]): number => lines.reduce((sum, line) => sum + bytesOf(line), 0)

/** The newest lines that fit: at most so many, with at most so many bytes. */
export function newestWithin(lines: readonly ShownLine[], most: number, mostBytes: number): ShownLine[] {
  let bytes = 0
  let first = lines.length
  for (const line of lines.toReversed()) {
    bytes += bytesOf(line)
    if (bytes > mostBytes || lines.length - first >= most) break
    first--
  }
  return lines.slice(first)
}

/** The most that each may have, so that all together have at most `total`: small ones whole, the others as much as each other. */
export function fairShare(sizes: readonly number[], total: number): number {
  let left = total
  for (const [index, size] of sizes.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (sizes.length - index))
    if (size > share) return share
    left -= size
  }
  return Number.POSITIVE_INFINITY
}
