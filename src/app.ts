import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import cluster from '../routes/cluster.ts'
import system from '../routes/system.ts'
import { type Call, LOCAL } from './call.ts'
import type { Config } from './config.ts'
import { edge } from './http/edge.ts'
import { rest } from './http/plugin.ts'
import { serverOptions } from './http/server-options.ts'
import { Connections } from './kubernetes/connection.ts'
import { logCall } from './log.ts'
import { mcp } from './mcp/plugin.ts'
import { makeTools, type Tools } from './mcp/tools.ts'
import { operations } from './operations/index.ts'
import { makeRunner, type Outcome, type Runner } from './operations/run.ts'
import { readToolsets } from './operations/toolsets.ts'
import { Contexts } from './services/contexts.ts'
import { Services, type Shared } from './services/index.ts'
import { Reachability } from './services/reachability.ts'
import type { Endpoint } from './services/server.ts'
import { Telemetry } from './services/telemetry.ts'
import { DESCRIPTION, VERSION } from './version.ts'

/** Every page of routes, in documented order. */
export const pages = [...system, ...cluster]

/** The services and the one runner, without any door. */
export interface Core {
  config: Config
  connections: Connections
  shared: Shared
  runner: Runner
  tools: Tools
  close(): Promise<void>
}

/** Config → services → run. Nothing listens yet; the kubeconfig is read. */
export async function compose(config: Config, log: Logger): Promise<Core> {
  const connections = new Connections(connectionOptions(config, log))
  await connections.start()
  const telemetry = new Telemetry()
  const reachability = new Reachability(connections, (request) => telemetry.requested(request))
  const toolset = readToolsets(config.TOOLSETS, operations)
  const tools = makeTools(operations, { names: config.MCP_TOOL_NAMES, toolset, readOnly: config.READ_ONLY })
  const identity = {
    name: 'k8s-mcp',
    version: VERSION,
    description: DESCRIPTION,
    readOnly: config.READ_ONLY,
    endpoints: endpoints(tools),
  }
  const shared: Shared = { identity, contexts: new Contexts(connections), reachability, telemetry }
  const runner = makeRunner({
    servicesFor: (call: Call, context) => new Services(shared, call, context),
    gate: undefined,
    readOnly: config.READ_ONLY,
    groups: toolset.groups,
    finished: (outcome) => finished(outcome, telemetry, log),
  })
  const close = async () => {
    await connections.close()
    telemetry.close()
  }
  return { config, connections, shared, runner, tools, close }
}

function connectionOptions(config: Config, log: Logger): ConstructorParameters<typeof Connections>[0] {
  const { environment, homeDirectory, KUBECONFIG, EXEC_PLUGINS } = config
  return {
    kubeconfig: KUBECONFIG,
    homeDirectory,
    inClusterEnvironment: { host: environment.KUBERNETES_SERVICE_HOST, port: environment.KUBERNETES_SERVICE_PORT },
    serviceAccountDirectory: '/var/run/secrets/kubernetes.io/serviceaccount',
    execPlugins: EXEC_PLUGINS,
    environment,
    onChange: ({ source, contexts, currentContext, problem }) =>
      log.info(
        { source, contexts: contexts.map((each) => each.name), current_context: currentContext, problem },
        'kubeconfig changed',
      ),
  }
}

function finished(outcome: Outcome, telemetry: Telemetry, log: Logger): void {
  const { call, ...facts } = outcome
  telemetry.called({ ...facts, door: call.door, requests: call.requests })
  logCall(log, outcome)
}

// What has no operation of its own, for the list that getInfo gives.
const FIXED: readonly Endpoint[] = [
  { method: 'POST', path: '/mcp', title: 'Model Context Protocol' },
  { method: 'GET', path: '/openapi.json', title: 'OpenAPI 3.1 of everything here' },
  { method: 'GET', path: '/openapi.yaml', title: 'The same as YAML' },
  { method: 'GET', path: '/swagger', title: 'Swagger UI' },
  { method: 'GET', path: '/livez', title: 'Whether the server lives' },
  { method: 'GET', path: '/readyz', title: 'Whether the server can serve' },
]

function endpoints(tools: Tools): Endpoint[] {
  const own = pages.map(({ method, path, operation }) => {
    const tool = tools.nameOf(operation.name)
    return { method, path, operation: operation.name, ...(tool === undefined ? {} : { tool }), title: operation.title }
  })
  return [...own, ...FIXED]
}

/** The listeners of one server: MCP shares REST's, or has its own where MCP_PORT says so. */
export interface Application {
  core: Core
  web: FastifyInstance
  /** The listener of MCP where it is another one. */
  mcp: FastifyInstance | undefined
  close(): Promise<void>
}

/** The whole server, not listening. */
export async function build(config: Config, log: Logger): Promise<Application> {
  const core = await compose(config, log)
  const { runner, tools } = core
  const callerOf = () => LOCAL
  const listener = () => {
    const app = fastify(serverOptions(log))
    edge(app, { config, callerOf })
    return app
  }
  const web = listener()
  const apart = config.MCP_PORT !== undefined && config.MCP_PORT !== config.WEBCONTROL_PORT ? listener() : undefined
  await web.register(rest, { pages, runner, version: VERSION, callerOf })
  await (apart ?? web).register(mcp, { tools, runner, version: VERSION, callerOf })
  await Promise.all([web.ready(), apart?.ready()])
  const close = async () => {
    await Promise.all([web.close(), apart?.close()])
    await core.close()
  }
  return { core, web, mcp: apart, close }
}
