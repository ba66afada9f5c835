import { Client as ModernClient, StreamableHTTPClientTransport as ModernHttp } from '@modelcontextprotocol/client'
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio'
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as FirstStdio } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as FirstHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'

export interface Progress {
  progress: number
  total?: number | undefined
  message?: string | undefined
}

interface CallOptions {
  signal?: AbortSignal
  onprogress?: (progress: Progress) => void
}

export interface ToolResult {
  text: string
  data: unknown
  isError: boolean
  meta: Record<string, unknown>
}

export interface ListedTool {
  name: string
  title?: string | undefined
  description?: string | undefined
  inputSchema: object
  outputSchema?: object | undefined
  annotations?: object | undefined
  _meta?: Record<string, unknown> | undefined
}

/** The same few calls by every official client, so that a test reads once and runs in every era. */
export interface TestClient {
  tools(): Promise<ListedTool[]>
  call(name: string, input?: Record<string, unknown>, options?: CallOptions): Promise<ToolResult>
  resources(): Promise<{ uri: string; name: string }[]>
  templates(): Promise<{ uriTemplate: string }[]>
  read(uri: string): Promise<string>
  /** Is told of changes of resources; fails where the server refuses, or will tell of none. Answers how to end that. */
  subscribe(uri: string, heard: (uri: string) => void): Promise<() => Promise<void>>
  complete(uri: string, argument: { name: string; value: string }, known?: Record<string, string>): Promise<string[]>
  instructions(): string | undefined
  close(): Promise<void>
}

export interface Place {
  url: string
  headers?: Record<string, string>
}
export interface Command {
  command: string
  args: string[]
  env?: Record<string, string>
  stderr?: 'ignore'
}

const identity = { name: 'test-client', version: '1.0.0' }

interface RawResult {
  content?: unknown
  structuredContent?: unknown
  isError?: unknown
  _meta?: Record<string, unknown> | undefined
}

function readResult({ content, structuredContent, isError, _meta: meta }: RawResult): ToolResult {
  const parts: unknown[] = Array.isArray(content) ? content : []
  const text = parts
    .map((part) => (typeof part === 'object' && part !== null && 'text' in part ? String(part.text) : ''))
    .join('\n')
  return { text, data: structuredContent, isError: isError === true, meta: meta ?? {} }
}

const textOf = (contents: readonly object[]) =>
  contents.map((each) => ('text' in each ? String(each.text) : '')).join('')

async function listen(client: ModernClient, uri: string): Promise<() => Promise<void>> {
  const subscription = await client.listen({ resourceSubscriptions: [uri] })
  const { resourceSubscriptions: told = [] } = subscription.honoredFilter
  if (!told.includes(uri)) throw new Error(`not told of ${uri}`)
  return () => subscription.close()
}

function overModern(client: ModernClient, era: 'modern' | 'legacy'): TestClient {
  return {
    tools: async () => (await client.listTools()).tools,
    call: async (name, input = {}, options = {}) =>
      readResult(await client.callTool({ name, arguments: input }, options)),
    resources: async () => (await client.listResources()).resources,
    templates: async () => (await client.listResourceTemplates()).resourceTemplates,
    read: async (uri) => textOf((await client.readResource({ uri })).contents),
    subscribe: async (uri, heard) => {
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => heard(params.uri))
      if (era === 'modern') return listen(client, uri)
      await client.subscribeResource({ uri })
      return async () => void (await client.unsubscribeResource({ uri }))
    },
    complete: async (uri, argument, known = {}) =>
      (await client.complete({ ref: { type: 'ref/resource', uri }, argument, context: { arguments: known } }))
        .completion.values,
    instructions: () => client.getInstructions(),
    close: () => client.close(),
  }
}

function overFirst(client: FirstClient): TestClient {
  return {
    tools: async () => (await client.listTools()).tools,
    call: async (name, input = {}, options = {}) =>
      readResult(await client.callTool({ name, arguments: input }, undefined, options)),
    resources: async () => (await client.listResources()).resources,
    templates: async () => (await client.listResourceTemplates()).resourceTemplates,
    read: async (uri) => textOf((await client.readResource({ uri })).contents),
    subscribe: async (uri, heard) => {
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => heard(params.uri))
      await client.subscribeResource({ uri })
      return async () => void (await client.unsubscribeResource({ uri }))
    },
    complete: async (uri, argument, known = {}) =>
      (await client.complete({ ref: { type: 'ref/resource', uri }, argument, context: { arguments: known } }))
        .completion.values,
    instructions: () => client.getInstructions(),
    close: () => client.close(),
  }
}

/** One official client in one protocol era. */
export interface Era {
  name: string
  http(place: Place): Promise<TestClient>
  stdio(command: Command): Promise<TestClient>
}

async function modern(mode: 'legacy' | { pin: string }, transport: ModernHttp | ModernStdio): Promise<TestClient> {
  const client = new ModernClient(identity, { versionNegotiation: { mode } })
  await client.connect(transport)
  return overModern(client, mode === 'legacy' ? 'legacy' : 'modern')
}

async function first(transport: FirstHttp | FirstStdio): Promise<TestClient> {
  const client = new FirstClient(identity)
  await client.connect(transport)
  return overFirst(client)
}

const target = ({ url, headers = {} }: Place) => [new URL(url), { requestInit: { headers } }] as const

export const eras: readonly Era[] = [
  {
    name: '2026-07-28, v2 client',
    http: (place) => modern({ pin: '2026-07-28' }, new ModernHttp(...target(place))),
    stdio: (command) => modern({ pin: '2026-07-28' }, new ModernStdio(command)),
  },
  {
    name: '2025-11-25, v2 client',
    http: (place) => modern('legacy', new ModernHttp(...target(place))),
    stdio: (command) => modern('legacy', new ModernStdio(command)),
  },
  {
    name: '2025-11-25, v1 client',
    http: (place) => first(new FirstHttp(...target(place))),
    stdio: (command) => first(new FirstStdio(command)),
  },
]
