import { PassThrough, type Readable, type Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  CLIENT_INFO_META_KEY,
  isSpecType,
  type McpRequestContext,
  type Server,
  type ServerContext,
  TRACEPARENT_META_KEY,
} from '@modelcontextprotocol/server'
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { LOCAL, type Principal } from '../call.ts'
import { correlationIdOf } from '../correlation.ts'
import type { Visitor } from './caller.ts'
import { lookedAt } from './narrowing.ts'
import { approvalUri } from './resources.ts'
import { type DoorOptions, makeServerFactory } from './server.ts'
import { nameIn, Subjects } from './subjects.ts'
import { narrowed, tell } from './subscriptions.ts'

export interface StdioOptions extends Omit<DoorOptions, 'callerOf'> {
  /** Account that started the client. */
  user: string
  input: Readable
  /** Nothing may be written here but the protocol. */
  output: Writable
  /** Names of the clients that are connected now. Default: this is the only one. */
  subjects?: Subjects
  /** Ends the connection as if the client had left. */
  signal?: AbortSignal
}

const GRACE = 2_000

/** Serves MCP over a pair of streams, one client, whichever revision it speaks. Resolves when `input` has ended. */
export async function serveStreams({ user, input, output, subjects, signal, ...door }: StdioOptions): Promise<void> {
  const { onFault } = door
  const named = nameIn(subjects ?? new Subjects(), user)
  let latest: { server: Server; isModern: boolean } | undefined
  const visitorOf = (client: unknown, traceparent: unknown): Visitor => {
    const name = isSpecType.Implementation(client) ? client.name : latest?.server.getClientVersion()?.name
    return visitor({ kind: 'agent', subject: named.subjectOf(name) }, traceparent)
  }
  const factory = makeServerFactory({ ...door, callerOf: (context) => visitorOf(...saidBy(context)) })
  const make = ({ era }: McpRequestContext) => {
    latest = { server: factory.make(), isModern: era === 'modern' }
    return latest.server
  }
  // The SDK's transport drops what still runs as soon as its input ends: it does not hear of that end.
  const endless = input.pipe(new PassThrough(), { end: false })
  const transport = lookedAt(new StdioServerTransport(endless, output), (message) =>
    narrowed(message, (uri, { params }) => factory.mayBeTold(uri, visitorOf(...metaSays({ ...params?._meta })))),
  )
  const connection = serveStdio(make, { transport, onerror: onFault })
  // The SDK lets through what the client has asked for.
  const silent = door.happened?.((id) => latest?.isModern === true && tell(latest.server, approvalUri(id)))
  await finished(input, { writable: false, ...(signal === undefined ? {} : { signal }) }).catch(ended(onFault))
  silent?.()
  // What was read together with the end has not begun yet.
  await nextTurn()
  await factory.end(GRACE)
  await connection.close()
  named.free()
}

// A client that is killed leaves without a word; so does one that we send away.
const GONE = new Set(['ABORT_ERR', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'])
const ended = (onFault: DoorOptions['onFault']) => (error: Error) => {
  if (!('code' in error && GONE.has(String(error.code)))) onFault(error)
}

function visitor(principal: Principal, traceparent: unknown): Visitor {
  const correlationId = correlationIdOf(typeof traceparent === 'string' ? { traceparent } : {})
  return { door: 'stdio', principal, grant: LOCAL.grant, correlationId, gone: undefined }
}

// The client names itself: a label for the log that proves nothing. 2026-07-28 names it with every request, the 2025 revisions once, in
// initialize.
const saidBy = ({ mcpReq }: ServerContext) => metaSays({ ...mcpReq._meta, ...mcpReq.envelope })

const metaSays = (meta: Readonly<Record<string, unknown>>) =>
  [meta[CLIENT_INFO_META_KEY], meta[TRACEPARENT_META_KEY]] as const
