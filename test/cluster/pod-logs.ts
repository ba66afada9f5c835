import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { podLogFolder } from './control-plane.ts'

/** One line as a container runtime writes it. */
export interface LogLine {
  readonly text: string
  readonly stream?: 'stdout' | 'stderr'
  /** Now, by default. */
  readonly time?: Date
  /** Part of a longer line that goes on in the next entry. */
  readonly partial?: boolean
}

/** The log files of one container. */
export interface PodLogs {
  /** Paths of the running container's log and of the one before its last restart. */
  readonly current: string
  readonly previous: string
  /** Adds lines to the current log; a string is a line on stdout, now. */
  append(...lines: readonly (LogLine | string)[]): void
  /** Replaces the log of the container before its last restart. */
  writePrevious(...lines: readonly (LogLine | string)[]): void
  /** The container restarts: its current log becomes the previous one. */
  rotate(): void
}

// CRI log format: RFC 3339 time with nanoseconds, stream, tag (F: full line, P: partial), text.
function format(line: LogLine | string): string {
  const {
    text,
    stream = 'stdout',
    time = new Date(),
    partial = false,
  } = typeof line === 'string' ? { text: line } : line
  return `${time.toISOString().replace('Z', '000000Z')} ${stream} ${partial ? 'P' : 'F'} ${text}\n`
}

/** Log files of a container in the cluster with its files in `dir`; the current one exists from then on. */
export function podLogs(dir: string, namespace: string, pod: string, container: string): PodLogs {
  const folder = join(podLogFolder(dir), namespace, pod, container)
  mkdirSync(folder, { recursive: true })
  const current = join(folder, 'current.log')
  const previous = join(folder, 'previous.log')
  const append = (...lines: readonly (LogLine | string)[]): void => appendFileSync(current, lines.map(format).join(''))
  append()
  return {
    current,
    previous,
    append,
    writePrevious: (...lines) => writeFileSync(previous, lines.map(format).join('')),
    rotate() {
      renameSync(current, previous)
      append()
    },
  }
}
