import { spawn } from 'node:child_process'
import { once } from 'node:events'

const MOST_LINES = 40

/**
 * Runs a program to its end.
 * @throws Error with the last lines of what it said where it fails
 */
export async function run(program: string, args: readonly string[], env = process.env): Promise<void> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text))
  await once(child, 'close')
  if (child.exitCode === 0) return
  const end = said.join('').trimEnd().split('\n').slice(-MOST_LINES).join('\n')
  throw new Error(`${program} ended with ${child.exitCode ?? child.signalCode}:\n${end}`)
}
