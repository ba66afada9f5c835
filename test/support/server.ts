import { Writable } from 'node:stream'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { type Application, build } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Ends } from './ends.ts'
import { logTo } from '../../src/log.ts'
import { folder } from './process.ts'

/** The whole server in this process, listening on loopback. */
export interface TestServer {
  url: string
  application: Application
  /** Every log line so far, parsed. */
  logs: Record<string, unknown>[]
  /** The raw text of the log so far. */
  logText(): string
  /** A REST request; `body` undefined: none. */
  rest(path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; body: unknown; text: string }>
  /** A client of the official SDK, connected, with more headers where they are given; it is closed with the server. */
  mcp(headers?: Record<string, string>): Promise<Client>
}

/** Starts the server with these settings (environment variables); it ends with the test. */
export async function startServer(t: Ends, settings: Record<string, string>): Promise<TestServer> {
  const lines: string[] = []
  const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()) })
  const environment = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    WEBCONTROL_PORT: '0',
    NODE_ENV: 'test',
    DATA_DIR: folder(t),
    ...settings,
  }
  const { config } = readConfig({ environment })
  const application = await build(config, logTo(config, sink))
  const url = await application.web.listen({ host: '127.0.0.1', port: 0 })
  const clients: Client[] = []
  t.after(async () => {
    await Promise.all(clients.map((client) => client.close().catch(() => undefined)))
    await application.close()
  })
  return {
    url,
    application,
    get logs() {
      return lines.map((line): Record<string, unknown> => JSON.parse(line))
    },
    logText: () => lines.join(''),
    rest: (path, init) => rest(url + path, init),
    async mcp(headers = {}) {
      const client = new Client({ name: 'test', version: '1' })
      clients.push(client)
      await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }))
      return client
    },
  }
}

async function rest(url: string, init?: RequestInit) {
  const response = await fetch(url, init)
  const text = await response.text()
  const json = /\bjson\b/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: json ? (JSON.parse(text) as unknown) : text, text }
}
