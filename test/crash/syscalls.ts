import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Why system calls cannot be traced here (value for a test's `skip` option), or false where they can. */
export function skipWithoutTrace(): string | false {
  const { status } = spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true'])
  return status === 0 ? false : 'needs strace, and the right to trace'
}

/** What a program is started under, so that each of its threads' system calls are in a file of their own that begins with `path`. */
export const traced = (path: string): string[] => [
  'strace',
  '-ff',
  '--seccomp-bpf',
  '-y',
  '--string-limit=48',
  `--output=${path}`,
  '--trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg',
  '--',
]

/** What one thread did that matters for what survives a power cut, in its order. */
export interface Durability {
  /** Syncs of the store's log (WAL). */
  syncs: number
  /** Answers of success, and requests to the API server that write, that left. */
  left: number
  /** Those that left while something of the log was not on disk. */
  unsynced: string[]
}

const LEAVES = /"(HTTP\/1\.1 20\d [\w ]+|(?:POST|PUT|PATCH|DELETE) [^ "]+)/

/** Reads the traces of a server: SQLite and the sockets are served by one thread, so that the order of its calls is the order of things. */
export function durabilityOf(path: string): Durability {
  const found = { syncs: 0, left: 0, unsynced: new Array<string>() }
  let isDirty = false
  for (const line of mainThread(path).split('\n')) {
    const [call = ''] = line.split('(')
    if (call === 'pwrite64' && line.includes('-wal>')) isDirty = true
    if (/^(fsync|fdatasync)$/.test(call) && line.includes('-wal>') && line.endsWith('= 0')) {
      isDirty = false
      found.syncs += 1
    }
    const [, what] = LEAVES.exec(line) ?? []
    if (what === undefined) continue
    found.left += 1
    if (isDirty) found.unsynced.push(what)
  }
  return found
}

function mainThread(path: string): string {
  const files = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.`))
  const traces = files.map((name) => readFileSync(join(dirname(path), name), 'utf8'))
  return traces.find((text) => text.includes('-wal>')) ?? ''
}
