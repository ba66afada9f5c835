import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import type { Ends } from './ends.ts'
import { until } from './process.ts'

// Runs a program on a pseudo terminal of its own: stdin and stdout of this script are that terminal's other end, and each line
// "COLUMNS ROWS" on descriptor 3 makes it another size.
const SCRIPT = `
import fcntl, os, pty, select, signal, struct, sys, termios
columns, rows = int(sys.argv[1]), int(sys.argv[2])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])
def end(*_):
    os.kill(pid, signal.SIGKILL)
signal.signal(signal.SIGTERM, end)
sources = [0, 3, terminal]
while True:
    ready, _, _ = select.select(sources, [], [])
    try:
        if terminal in ready:
            data = os.read(terminal, 65536)
            if not data: break
            os.write(1, data)
    except OSError:
        break
    if 0 in ready:
        data = os.read(0, 65536)
        if data: os.write(terminal, data)
        else: sources.remove(0)
    if 3 in ready:
        data = os.read(3, 100)
        if not data: sources.remove(3)
        else:
            columns, rows = map(int, data.decode().split())
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
            os.kill(pid, signal.SIGWINCH)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
`

/** Why a test cannot have a terminal here, or false. */
export const skipWithoutTerminal = (): string | false =>
  spawnSync('python3', ['-c', 'import pty']).status === 0 ? false : 'no python3 with its module pty'

export interface Terminal {
  /** Everything that came to it. */
  raw(): string
  /** The lines that it shows now, of a program that draws the whole screen each time; without colours. */
  lines(): string[]
  type(keys: string): void
  resize(columns: number, rows: number): void
  /** Waits until the screen says something. */
  shows(what: RegExp): Promise<string>
  exit: Promise<number | null>
}

/** Starts a program on a terminal; it is killed with the test. */
export function onTerminal(
  t: Ends,
  command: readonly string[],
  env: Record<string, string>,
  [columns, rows] = [80, 24],
): Terminal {
  const args = ['-c', SCRIPT, String(columns), String(rows), ...command]
  const child = spawn('python3', args, {
    env: { PATH: process.env['PATH'], TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  })
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error('python3 has no streams')
  let raw = ''
  stdout.setEncoding('utf8').on('data', (text: string) => (raw += text))
  const exit = once(child, 'close').then(() => child.exitCode)
  t.after(async () => {
    child.kill('SIGTERM')
    await exit
  })
  const lines = () => shown(raw)
  const sizes = child.stdio[3]
  return {
    raw: () => raw,
    lines,
    type: (keys) => void stdin.write(keys),
    resize: (wide, high) => {
      if (sizes !== null && sizes !== undefined && 'write' in sizes) sizes.write(`${wide} ${high}\n`)
    },
    shows: (what) =>
      until(`the terminal shows ${what}; it shows:\n${lines().join('\n')}`, () => {
        const text = lines().join('\n')
        return what.test(text) ? text : undefined
      }).catch((error: unknown) => {
        throw new Error(`the terminal does not show ${what}; it shows:\n${lines().join('\n')}`, { cause: error })
      }),
    exit,
  }
}

const HOME = '\u001b[H'
const END = '\u001b[J'

/** The last whole drawing. */
function shown(raw: string): string[] {
  const end = raw.lastIndexOf(END)
  const start = raw.lastIndexOf(HOME, end)
  if (start < 0 || end < start) return stripVTControlCharacters(raw).split(/\r?\n/)
  return stripVTControlCharacters(raw.slice(start, end)).split(/\r*\n/)
}
