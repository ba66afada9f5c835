import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'

const ENTRY = join(import.meta.dirname, '..', '..', 'src', 'server.ts')

/** Where the demo's server is. */
export interface Place {
  /** Its address. */
  base: string
  /** Its DATA_DIR. */
  data: string
}

/** The command line of `k8s-mcp` for the demo's server. */
export const commandLine = ({ data }: Place, ...words: string[]): string[] => [
  process.execPath,
  ENTRY,
  ...words,
  '--data-dir',
  data,
]

/** Runs `k8s-mcp` beside the server as a second terminal does; answers what it prints. Throws where it fails. */
export async function run(place: Place, ...words: string[]): Promise<string> {
  const [program = '', ...args] = commandLine(place, ...words)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ])
  if (code !== 0) throw new Error(`k8s-mcp ${words.join(' ')} ended with ${code}: ${err}`)
  return out.trim()
}
