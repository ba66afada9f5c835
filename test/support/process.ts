import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Ends } from './ends.ts'

const ENTRY = join(import.meta.dirname, '../../src/server.ts')

/** Our server as a process of its own, as users start it. */
export interface ServerProcess {
  child: ChildProcess
  /** What it wrote to stdout so far. */
  stdout(): string
  stderr(): string
  /** Resolves with the exit code. */
  exit: Promise<number | null>
}

/** Starts the command line with these arguments and settings; whatever still runs is killed with the test. */
export function startProcess(
  t: TestContext,
  args: readonly string[],
  settings: Record<string, string> = {},
): ServerProcess {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', DATA_DIR: folder(t), ...settings }
  const child = spawn(process.execPath, [ENTRY, ...args], { env, cwd: tmpdir(), stdio: ['pipe', 'pipe', 'pipe'] })
  const out: string[] = []
  const err: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text))
  const exit = once(child, 'close').then(() => child.exitCode)
  t.after(async () => {
    child.kill('SIGKILL')
    await exit
  })
  return { child, stdout: () => out.join(''), stderr: () => err.join(''), exit }
}

/** Waits until something holds, and says what did not when it never does. Throws what `check` throws last. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  milliseconds = 20_000,
): Promise<T> {
  const end = performance.now() + milliseconds
  for (;;) {
    const found = await check()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`)
    await pause(20)
  }
}

/** The address a started server listens on. */
export const addressOf = (server: ServerProcess): Promise<string> =>
  until(`the server listens; it said: ${server.stdout()}${server.stderr()}`, () => {
    if (server.child.exitCode !== null) throw new Error(`it ended: ${server.stderr()}`)
    return /"url":"([^"]+)"/.exec(server.stdout())?.[1]
  })

/** A folder that goes with the test. */
export function folder(t: Ends): string {
  const path = mkdtempSync(join(tmpdir(), 'k8s-mcp-test-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** The JSON answer of a GET. */
export async function getJson(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { headers: { accept: 'application/json' } })
  const body: unknown = await response.json()
  if (typeof body !== 'object' || body === null) throw new Error(`${url} answered no object`)
  return { ...body }
}
