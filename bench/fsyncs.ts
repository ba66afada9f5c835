import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How often a process waits for the disk (fsync, fdatasync) during some work, by strace; undefined where there is none, or it may not attach. */
export async function countFsyncs(pid: number, work: () => Promise<void>): Promise<number | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'k8s-mcp-fsyncs-'))
  const file = join(folder, 'trace')
  try {
    const strace = await attached(pid, file)
    if (strace === undefined) return undefined
    await work()
    const ended = once(strace, 'exit')
    strace.kill('SIGINT')
    await ended
    return readFileSync(file, 'utf8').match(/\b(fsync|fdatasync)\(.*= 0$/gm)?.length ?? 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function attached(pid: number, file: string): Promise<ChildProcess | undefined> {
  const args = ['-f', '-e', 'trace=fsync,fdatasync', '-o', file, '-p', String(pid)]
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const gone = Promise.race([once(strace, 'error'), once(strace, 'exit')]).then(() => undefined)
  const ready = once(strace.stderr, 'data').then(([said]) => (/attached/.test(String(said)) ? strace : undefined))
  return Promise.race([ready, gone])
}
