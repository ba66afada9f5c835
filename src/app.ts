import { join } from 'node:path'
import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import approvalPages from '../routes/approvals.ts'
import cluster from '../routes/cluster.ts'
import docs from '../routes/docs.ts'
import helm from '../routes/helm.ts'
import system from '../routes/system.ts'
import templates from '../routes/templates.ts'
import { ANONYMOUS, type Call } from './call.ts'
import { type Config, dataPlaces } from './config.ts'
import { problems } from './errors.ts'
import { type CallerOf, makeCallerOf } from './http/credentials.ts'
import { edge } from './http/edge.ts'
import { whyNoToken } from './http/listener.ts'
import { rest } from './http/plugin.ts'
import { secureServerOptions, serverOptions } from './http/server-options.ts'
import { connectionOptions } from './connecting.ts'
import { Connections, type ConnectionState } from './kubernetes/connection.ts'
import { type Listening, listeningOf } from './listening.ts'
import { logCall, logRun } from './log.ts'
import { mcp } from './mcp/plugin.ts'
import { makeTools, type Tools } from './mcp/tools.ts'
import { type Approving, startApproving } from './approving.ts'
import { Changing } from './operations/changing.ts'
import type { Operation } from './operations/define.ts'
import { operations } from './operations/index.ts'
import { makeRunner, type Outcome, type Runner } from './operations/run.ts'
import { readToolsets } from './operations/toolsets.ts'
import type { ApprovalsOptions } from './services/approvals/approvals.ts'
import { entry } from './services/approvals/core.ts'
import { Library } from './services/docs/library/library.ts'
import { Reference } from './services/docs/reference/reference.ts'
import { Search } from './services/docs/search/search.ts'
import { Templates } from './services/templates/templates.ts'
import type { PolicySettings } from './services/approvals/policy.ts'
import { Contexts } from './services/contexts.ts'
import { HelmBinary } from './services/helm/binary.ts'
import { Charts } from './services/helm/charts.ts'
import { Services, type Shared } from './services/index.ts'
import type { Principals } from './services/principals/principals.ts'
import { Reachability } from './services/reachability.ts'
import type { Endpoint } from './services/server.ts'
import { Telemetry } from './services/telemetry.ts'
import { DESCRIPTION, VERSION } from './version.ts'
import { assets } from './web/assets.ts'
import { webPages } from './web/index.ts'

/** Every page of routes, in documented order. */
export const pages = [...system, ...cluster, ...helm, ...approvalPages, ...docs, ...templates]

/** The services and the one runner, without any door. */
export interface Core {
  config: Config
  connections: Connections
  approving: Approving
  /** Undefined where the store that holds the tokens cannot be used. */
  principals: Principals | undefined
  /** Where users reach this server, once it listens. */
  links: { base: string }
  shared: Shared
  runner: Runner
  tools: Tools
  /** Tells a listener to which approvals something happens; answers how to end that. */
  happened: (listener: (approvalId: string) => void) => () => void
  close(): Promise<void>
}

/** What the crash harness puts in place: instants to die at, and a shorter wait for what may still arrive. */
export type Harness = Pick<ApprovalsOptions, 'fail' | 'late'>

const byName = new Map<string, Operation>(operations.map((each) => [each.name, each]))
const find = (name: string) => byName.get(name)

/** Config → services → run. Nothing listens yet; the kubeconfig is read. */
export async function compose(config: Config, log: Logger, harness: Harness = {}): Promise<Core> {
  const { loopback } = listeningOf(config)
  const connections = new Connections({ ...connectionOptions(config), onChange: onChange(log) })
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
  const links = { base: config.PUBLIC_URL ?? `http://${config.HOST}:${config.WEBCONTROL_PORT}` }
  const urlOf = (id: string) => `${links.base.replace(/\/$/, '')}/approvals/${id}`
  const changing: Changing = new Changing({
    find,
    servicesFor: (call, context) => new Services(shared, call, context),
    planning: { own: { namespaces: ownNamespaces(connections) } },
    readOnly: config.READ_ONLY,
    ran(part) {
      for (const request of part.requests) telemetry.requested(request)
      logRun(log, part)
    },
  })
  const approving = await startApproving({
    config,
    log,
    settings: (persons) => policySettings(connections, loopback && persons === 1),
    linkTo: urlOf,
    performer: (approval, request, signal) => changing.performer(approval, request, signal),
    ...harness,
  })
  const { approvals, problem, opened, principals } = approving
  telemetry.watch(approving.readiness, opened?.store)
  const shared: Shared = {
    ...documentation(config),
    identity,
    contexts: new Contexts(connections, approvals?.contexts),
    reachability,
    telemetry,
    readiness: approving.readiness,
    helm: {
      driver: config.HELM_DRIVER,
      binary: new HelmBinary(config),
      charts: new Charts(config),
      unstable: config.HELM_UNSTABLE_CHARTS,
    },
    approvals: approvals ?? problem ?? problems.storeUnavailable('it was not opened'),
    urlOf,
  }
  const runner = makeRunner({
    servicesFor: (call: Call, context) => new Services(shared, call, context),
    gate: changing,
    find,
    readOnly: config.READ_ONLY,
    groups: toolset.groups,
    finished: (outcome) => finished(outcome, telemetry, log),
    refused: (operation, call, code) =>
      void opened?.store
        .audit(entry('refused', call, { operation, code }))
        .catch((error: unknown) => log.error({ err: error }, 'a refusal is not in the audit')),
  })
  await approvals?.begin()
  const close = async () => {
    await approving.close()
    await connections.close()
    telemetry.close()
  }
  const happened: Core['happened'] = (listener) =>
    opened?.store.onHappened(({ id }) => listener(id)) ?? (() => undefined)
  return { config, connections, approving, principals, links, shared, runner, tools, happened, close }
}

/** What `npm run build:data` makes. */
const BUILT = join(import.meta.dirname, '../built')

function documentation(config: Config): Pick<Shared, 'library' | 'search' | 'reference'> {
  const { folder: data } = dataPlaces(config)
  const reference = new Reference({ built: BUILT, data, version: config.K8S_API_VERSION })
  const library = new Library({ built: BUILT, data, own: config.DOCS_DIR })
  return {
    reference,
    library,
    search: new Search({
      library,
      reference: () => reference.definitions(),
      clusterKinds: (words, of) => reference.documented(words, of),
      templates: () => new Templates().list(),
    }),
  }
}

// In a cluster the service account's own namespace is where this server, its policy and its store are.
function ownNamespaces({ state }: Connections): string[] {
  return state.source === 'in-cluster' ? state.contexts.map(({ namespace }) => namespace) : []
}

function policySettings(connections: Connections, self: boolean): PolicySettings {
  const [ownNamespace] = ownNamespaces(connections)
  return { self, ...(ownNamespace === undefined ? {} : { ownNamespace }) }
}

const onChange =
  (log: Logger) =>
  ({ source, contexts, currentContext, problem }: ConnectionState): void =>
    log.info(
      { source, contexts: contexts.map((each) => each.name), current_context: currentContext, problem },
      'kubeconfig changed',
    )

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
  listening: Listening
  close(): Promise<void>
}

/** The whole server, not listening. */
export async function build(config: Config, log: Logger, harness: Harness = {}): Promise<Application> {
  const listening = listeningOf(config)
  const core = await compose(config, log, harness)
  const { runner, tools } = core
  const callerOf = callerOfTokens(core, listening, log)
  const htmlPages = webPages({ runner, find, base: () => core.links.base })
  const listener = () => {
    const app = instance(log, listening)
    edge(app, { config, callerOf, htmlPages })
    return app
  }
  const web = listener()
  // Who waits for a decision is answered with what is known: it is no work that a server must finish.
  web.addHook('preClose', async () => core.approving.approvals?.waiting.release())
  web.addHook('onListen', async () => {
    if (config.PUBLIC_URL === undefined) core.links.base = web.listeningOrigin
  })
  const apart = config.MCP_PORT !== undefined && config.MCP_PORT !== config.WEBCONTROL_PORT ? listener() : undefined
  await web.register(assets)
  await web.register(rest, { pages, runner, version: VERSION, callerOf, notReady: () => whyNotReady(core.approving) })
  await (apart ?? web).register(mcp, { tools, runner, version: VERSION, callerOf, happened: core.happened })
  await Promise.all([web.ready(), apart?.ready()])
  const close = async () => {
    await Promise.all([web.close(), apart?.close()])
    await core.close()
  }
  return { core, web, mcp: apart, listening, close }
}

// A probe needs no credential: what exactly is wrong is in the log and the status. A policy that cannot be used stops the start; while
// the server runs the one of before holds, which is no reason to send nobody here.
function whyNotReady({ readiness }: Approving): string | undefined {
  const problem = readiness.storeProblem()
  return problem === undefined ? undefined : `reads go on, changes do not (${problem.code}): see the log`
}

const instance = (log: Logger, way: Listening): FastifyInstance =>
  way.tls === undefined ? fastify(serverOptions(log, way)) : fastify(secureServerOptions(log, way, way.tls))

function callerOfTokens({ approving, principals }: Core, listening: Listening, log: Logger): CallerOf {
  return makeCallerOf({
    tokens: principals,
    loopback: listening.loopback,
    whyNotHere: whyNoToken(listening),
    failed({ request, why, tokenId }) {
      const facts = { address: request.ip, why, ...(tokenId === undefined ? {} : { token_id: tokenId }) }
      log.warn({ correlation_id: request.id, code: 'unauthenticated', ...facts }, 'refused')
      const door = request.url.startsWith('/mcp') ? 'mcp' : 'rest'
      const by = { ...ANONYMOUS, door, correlationId: request.id } as const
      approving.opened?.store
        .audit(entry('authentication_failed', by, facts))
        .catch((error: unknown) => log.error({ err: error }, 'a refusal is not in the audit'))
    },
  })
}
