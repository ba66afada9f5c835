import type { ShownLine } from './lines.ts'

/** A line and the index of the source it is from. */
export interface SourcedLine {
  source: number
  line: ShownLine
}

/** Lines of several sources in the order of time; those of one source keep theirs, also where its clock was set back. */
export function merge(sources: readonly (readonly ShownLine[])[]): SourcedLine[] {
  if (sources.length === 1) return timed(sources[0] ?? [], 0)
  return sources.flatMap(timed).toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

function timed(lines: readonly ShownLine[], source: number): (SourcedLine & { at: string })[] {
  let at = ''
  return lines.map((line) => {
    if (line.time > at) at = line.time
    return { source, line, at }
  })
}
