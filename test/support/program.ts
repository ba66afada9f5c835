import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Ends } from './ends.ts'

/** Starts a program of Node with these environment variables and no others; it is killed with the test. */
export function spawnProgram(t: Ends, file: string, env: Record<string, string>): void {
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const exit = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await exit
  })
}
