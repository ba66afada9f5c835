import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import {
  CLIENT_INFO_META_KEY,
  isSpecType,
  type Server,
  type ServerContext,
  TRACEPARENT_META_KEY,
} from '@modelcontextprotocol/server'
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { LOCAL, type Principal } from '../call.ts'
import { correlationIdOf } from '../correlation.ts'
import { type DoorOptions, makeServerFactory } from './server.ts'

export interface StdioOptions extends Omit<DoorOptions, 'callerOf'> {
  /** Account that started the process. */
  user: string
  input: Readable
  /** Nothing may be written here but the protocol. */
  output: Writable
}

const GRACE = 2_000

/** Serves MCP over a pair of streams, one client, whichever revision it speaks. Resolves when `input` has ended. */
export async function serveStreams({ user, input, output, ...door }: StdioOptions): Promise<void> {
  const { onFault } = door
  let latest: Server | undefined
  const factory = makeServerFactory({
    ...door,
    callerOf: (context) => callerOf(context, principalOf(user, clientOf(context, latest))),
  })
  const make = () => (latest = factory.make())
  const connection = serveStdio(make, { transport: new StdioServerTransport(input, output), onerror: onFault })
  await finished(input, { writable: false }).catch(onFault)
  await factory.running.end(GRACE)
  await connection.close()
}

function callerOf({ mcpReq: { _meta: meta } }: ServerContext, principal: Principal) {
  const traceparent = meta?.[TRACEPARENT_META_KEY]
  const correlationId = correlationIdOf(typeof traceparent === 'string' ? { traceparent } : {})
  return { door: 'stdio' as const, principal, grant: LOCAL.grant, correlationId, gone: undefined }
}

/** The client names itself, so its name is a label for the log and proves nothing. */
function principalOf(user: string, client: string | undefined): Principal {
  const parts = ['stdio', user, ...(client === undefined ? [] : [client])]
  return {
    kind: 'agent',
    subject: parts.map((part) => part.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 64)).join(':'),
  }
}

// 2026-07-28 names the client with every request, the 2025 revisions once, in initialize.
function clientOf({ mcpReq }: ServerContext, server: Server | undefined): string | undefined {
  const envelope: Record<string, unknown> = { ...mcpReq.envelope }
  const named = envelope[CLIENT_INFO_META_KEY]
  return isSpecType.Implementation(named) ? named.name : server?.getClientVersion()?.name
}
