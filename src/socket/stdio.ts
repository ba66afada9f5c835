import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { StdioOptions } from '../mcp/stdio.ts'
import { Subjects } from '../mcp/subjects.ts'
import { SETTINGS_HEADER, STDIO_PROTOCOL } from './protocol.ts'
import { whyNotServed } from './wanted.ts'

export interface StdioClientsOptions extends Omit<StdioOptions, 'input' | 'output' | 'subjects' | 'signal'> {
  /** Settings of this server that a client may have asked to be otherwise. */
  settings: Readonly<Record<string, string>>
}

const ACCEPTED = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${STDIO_PROTOCOL}\r\n\r\n`

/** The `--stdio` clients of this server: each connection is one agent. */
export class StdioClients {
  readonly #options: StdioClientsOptions
  readonly #subjects = new Subjects()
  readonly #end = new AbortController()
  readonly #serving = new Set<Promise<void>>()

  constructor(options: StdioClientsOptions) {
    this.#options = options
  }

  get connected(): number {
    return this.#serving.size
  }

  /** Handles an `upgrade` of the listener. */
  accept({ headers }: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#whyNot(headers)
    if (refusal !== undefined) return refuse(socket, refusal)
    socket.write(ACCEPTED)
    if (head.length > 0) socket.unshift(head)
    const serving = this.#serve(socket)
      .catch(this.#options.onFault)
      .finally(() => this.#serving.delete(serving))
    this.#serving.add(serving)
  }

  /** Lets what runs end, and closes every connection. */
  async close(): Promise<void> {
    this.#end.abort()
    await Promise.all(this.#serving)
  }

  #whyNot({ upgrade, [SETTINGS_HEADER]: settings }: IncomingMessage['headers']): string | undefined {
    if (upgrade?.toLowerCase() !== STDIO_PROTOCOL) return `only ${STDIO_PROTOCOL} can be upgraded to`
    if (this.#end.signal.aborted) return 'the server is shutting down'
    const wanted = settingsIn(settings)
    return wanted === undefined ? 'its settings cannot be read' : whyNotServed(wanted, this.#options.settings)
  }

  async #serve(socket: Duplex): Promise<void> {
    const { settings: _, ...door } = this.#options
    // An agent may think for longer than a listener waits for an idle client.
    if (socket instanceof Socket) socket.setTimeout(0)
    // What is wrong with a connection shows in its end.
    socket.on('error', () => undefined)
    // The SDK costs start-up time and memory: a server that nobody comes to by stdio does without.
    const { serveStreams } = await import('../mcp/stdio.ts')
    await serveStreams({ ...door, input: socket, output: socket, subjects: this.#subjects, signal: this.#end.signal })
    socket.end(() => socket.destroy())
  }
}

function settingsIn(header: string | string[] = '{}'): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(decodeURIComponent(String(header)))
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function refuse(socket: Duplex, why: string): void {
  const body = Buffer.from(why)
  socket.end(
    `HTTP/1.1 409 Conflict\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${why}`,
  )
}
