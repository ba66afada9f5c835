import {
  type CallToolRequest,
  type CallToolResult,
  type CompleteRequest,
  type CompleteResult,
  type ListResourcesResult,
  type ListResourceTemplatesResult,
  type ListToolsResult,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceRequest,
  type ReadResourceResult,
  Server,
  type ServerContext,
  type ServerOptions,
} from '@modelcontextprotocol/server'
import type { Call } from '../call.ts'
import { Problem, problems, toProblem } from '../errors.ts'
import type { Runner } from '../operations/run.ts'
import { sentenceOf, toolError, toolResult } from './answer.ts'
import { type Visitor, callOf, quietCallOf } from './caller.ts'
import { Completion } from './completion.ts'
import { instructionsOf } from './instructions.ts'
import { Resources } from './resources.ts'
import { Running } from './running.ts'
import { type Happenings, Subscriptions } from './subscriptions.ts'
import type { Tools } from './tools.ts'

/** What every server object of one door shares. */
export interface DoorOptions {
  tools: Tools
  runner: Runner
  /** Version of this product, for clients that ask. */
  version: string
  /** Who sent the message of a context. */
  callerOf: (context: ServerContext) => Visitor
  /** Faults that no answer shows, for the log. */
  onFault: (error: Error) => void
  /** Says to which approvals something happens. Default: nobody is told. */
  happened?: Happenings | undefined
  /** Lets more be served than the product does (the fixtures of the conformance suite): called for each new server object. */
  extend?: ((server: Server, own: Handlers) => void) | undefined
}

/** What the server answers, by method. */
export interface Handlers {
  listTools(): ListToolsResult
  callTool(params: CallToolRequest['params'], context: ServerContext): Promise<CallToolResult>
  listResources(context: ServerContext): Promise<ListResourcesResult>
  listResourceTemplates(): ListResourceTemplatesResult
  readResource(params: ReadResourceRequest['params'], context: ServerContext): Promise<ReadResourceResult>
  complete(params: CompleteRequest['params'], context: ServerContext): Promise<CompleteResult>
  subscribe(server: Server, uri: string, context: ServerContext): Promise<void>
  unsubscribe(server: Server, uri: string): void
  /** Whether a caller may be told that a resource has changed. */
  mayBeTold: (uri: string, visitor: Visitor) => Promise<boolean>
}

/** Makes the server objects of one door. */
export interface ServerFactory {
  /** A new protocol object over shared tables. Nothing here may be expensive: it runs once per request or session. */
  make: () => Server
  readonly running: Running
  readonly mayBeTold: Handlers['mayBeTold']
  /** Ends every call, those in progress after `grace` milliseconds, and all subscriptions. */
  end: (grace: number) => Promise<void>
}

export function makeServerFactory(door: DoorOptions): ServerFactory {
  const running = new Running()
  const resources = new Resources(door.tools, door.runner)
  const subscriptions = new Subscriptions(resources, door.happened)
  const handlers = makeHandlers(door, running, resources, subscriptions)
  const identity = { name: 'k8s-mcp', title: 'Kubernetes', version: door.version }
  const options = serverOptions(door.tools, resources.subscribable)
  const make = () => {
    const server = connectable(new Server(identity, options), handlers, resources.subscribable)
    Object.assign(server, { onclose: () => subscriptions.forget(server) })
    door.extend?.(server, handlers)
    return server
  }
  const end = async (grace: number) => {
    await running.end(grace)
    subscriptions.close()
  }
  return { running, make, mayBeTold: handlers.mayBeTold, end }
}

/** The protocol's own methods, each one sentence over the tables. */
function makeHandlers(
  door: DoorOptions,
  running: Running,
  resources: Resources,
  subscriptions: Subscriptions,
): Handlers {
  const completion = new Completion(door.tools, door.runner)
  const during = <T>(context: ServerContext, work: (call: Call) => Promise<T>) =>
    running.track(() => work(callOf(door.callerOf(context), context, running.stopping)))
  return {
    listTools: () => ({ tools: door.tools.listed }),
    callTool: (params, context) => during(context, (call) => callTool(door, params, call, running.stopping)),
    listResources: (context) => during(context, (call) => resources.list(call)),
    listResourceTemplates: () => ({ resourceTemplates: resources.templates }),
    readResource: ({ uri }, context) => during(context, (call) => resources.read(uri, call)),
    complete: (params, context) => during(context, (call) => completion.complete(params, call)),
    subscribe: (server, uri, context) => during(context, (call) => subscriptions.add(server, uri, call)),
    unsubscribe: (server, uri) => subscriptions.remove(server, uri),
    mayBeTold: (uri, visitor) =>
      resources.mustChange(uri, quietCallOf(visitor, running.stopping)).then(
        () => true,
        () => false,
      ),
  }
}

function connectable(server: Server, own: Handlers, subscribable: boolean): Server {
  server.setRequestHandler('tools/list', () => own.listTools())
  server.setRequestHandler('tools/call', ({ params }, context) => own.callTool(params, context))
  server.setRequestHandler('resources/list', (_request, context) => own.listResources(context))
  server.setRequestHandler('resources/templates/list', () => own.listResourceTemplates())
  server.setRequestHandler('resources/read', ({ params }, context) => own.readResource(params, context))
  server.setRequestHandler('completion/complete', ({ params }, context) => own.complete(params, context))
  if (subscribable) takeSubscriptions(server, own)
  return server
}

// The 2025 revisions only: 2026-07-28 has streams of changes instead, which the SDK serves.
function takeSubscriptions(server: Server, own: Handlers): void {
  server.setRequestHandler('resources/subscribe', async ({ params }, context) => {
    await own.subscribe(server, params.uri, context)
    return {}
  })
  server.setRequestHandler('resources/unsubscribe', ({ params }) => {
    own.unsubscribe(server, params.uri)
    return {}
  })
}

// MCP 2026-07-28, server/utilities/caching: tools do not change while the server runs; what a caller may read is its own.
const serverOptions = (tools: Tools, subscribe: boolean): ServerOptions => ({
  capabilities: { tools: {}, resources: subscribe ? { subscribe } : {}, completions: {} },
  instructions: instructionsOf(tools),
  cacheHints: {
    'tools/list': { ttlMs: 300_000, cacheScope: 'public' },
    'resources/templates/list': { ttlMs: 300_000, cacheScope: 'public' },
    'server/discover': { ttlMs: 300_000, cacheScope: 'public' },
  },
})

async function callTool(
  { tools, runner, onFault }: DoorOptions,
  { name, arguments: input = {} }: CallToolRequest['params'],
  call: Call,
  stopping: AbortSignal,
): Promise<CallToolResult> {
  const operation = tools.find(name)
  if (operation === undefined) throw unknownTool(tools, name, call)
  try {
    return toolResult(operation, await runner.answer(operation, input, call), call.correlationId)
  } catch (error) {
    // The runner throws problems and logs what is behind them; anything else went wrong here, while the answer was rendered.
    if (!(error instanceof Problem))
      onFault(new Error(`${operation.name} (${call.correlationId}): no answer`, { cause: error }))
    const problem = stopping.aborted ? problems.shuttingDown() : toProblem(error, call.correlationId)
    return toolError(problem, call.correlationId)
  }
}

// MCP, server/tools, error handling: an unknown tool is an error of the protocol, not of the tool, in both eras.
function unknownTool(tools: Tools, name: string, { correlationId }: Call): ProtocolError {
  const problem = problems.unknownOperation(name.slice(0, 200), tools.nearest(name.slice(0, 200)))
  return new ProtocolError(ProtocolErrorCode.InvalidParams, sentenceOf(problem), {
    code: problem.code,
    correlation_id: correlationId,
  })
}
