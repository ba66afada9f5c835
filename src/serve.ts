import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { type Application, build } from './app.ts'
import { type Config, ConfigError } from './config.ts'
import { firstStart } from './first-start.ts'
import { refuseOpenTokens, tellListening } from './listening.ts'
import { makeLog } from './log.ts'
import { OPEN } from './services/approvals/states.ts'
import { Activity, whenIdle } from './socket/idle.ts'
import { type OpenSocket, openSocket } from './socket/open.ts'
import { VERSION } from './version.ts'

/** How a server runs that `--stdio` has started for itself. */
export interface Background {
  /** Milliseconds without a client after which it ends. */
  idle: number
}

const SHUTDOWN_MS = 10_000

/** The server process: REST and MCP over HTTP, and the socket in DATA_DIR, until a signal. Throws {@link ConfigError}. */
export async function serve(config: Config, notes: readonly string[], background?: Background): Promise<void> {
  const log = await makeLog(config, false)
  for (const note of notes) log.warn(note)
  const application = await build(config, log)
  try {
    await run(application, log, background)
  } catch (error) {
    await application.close()
    throw error
  }
}

async function run(application: Application, log: Logger, background: Background | undefined): Promise<void> {
  refuseOpenTokens(application)
  const socket = await openSocket(application.core, log)
  const end = endOnSignals(() => closeAll(application, socket), log)
  await listen(application, log, background).catch(async (error: unknown) => {
    await socket.close()
    throw error
  })
  tellListening(application, log)
  if (background === undefined) await firstStart(application, process.stdout)
  if (background !== undefined) void endWhenIdle(application, socket, background, end)
  await tellCluster(application, log)
}

async function closeAll(application: Application, socket: OpenSocket): Promise<void> {
  await Promise.all([socket.close(), application.web.close(), application.mcp?.close()])
  await application.close()
}

async function listen(
  { core: { config }, ...application }: Application,
  log: Logger,
  background: Background | undefined,
): Promise<void> {
  const { HOST, WEBCONTROL_PORT, MCP_PORT = 0 } = config
  try {
    const web = await listenOn(application.web, HOST, WEBCONTROL_PORT)
    const mcp = application.mcp === undefined ? web : await listenOn(application.mcp, HOST, MCP_PORT)
    log.info({ url: web, mcp: `${mcp}/mcp`, version: VERSION }, `listening on ${web}`)
  } catch (error) {
    // Another program has the port: a desktop client, which comes by the socket, does not care.
    if (background === undefined || !(error instanceof ConfigError)) throw error
    log.warn({ problem: error.message }, 'no REST and no pages: the socket alone is served')
  }
}

async function listenOn(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? WHY_NOT_LISTENING[String(error.code)] : undefined
    throw why === undefined ? error : new ConfigError([why(host, port)])
  }
}

const notHere = (host: string) =>
  `HOST ${host} is not an address of this machine. Use one that it has, or 0.0.0.0 for all.`

const WHY_NOT_LISTENING: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `Port ${port} of ${host} is taken by another program. Choose another with --port (WEBCONTROL_PORT) or --mcp-port (MCP_PORT).`,
  EACCES: (_host, port) =>
    `Port ${port} may not be used by this account. Choose one above 1023 with --port (WEBCONTROL_PORT).`,
  EADDRNOTAVAIL: notHere,
  ENOTFOUND: notHere,
  EAI_AGAIN: notHere,
}

async function endWhenIdle(
  { core, web, mcp }: Application,
  socket: OpenSocket,
  { idle }: Background,
  end: (why: string) => void,
): Promise<void> {
  const activity = new Activity([socket.app, web, ...(mcp === undefined ? [] : [mcp])])
  await whenIdle({ activity, idle, kept: async () => socket.clients() > 0 || (await hasOpen(core)) })
  end('no client')
}

async function tellCluster({ core }: Application, log: Logger): Promise<void> {
  const { source, currentContext, problem, howTo } = core.connections.state
  if (currentContext === undefined) {
    log.warn({ source, problem, next: howTo }, `no cluster: ${problem ?? 'the kubeconfig has no current context.'}`)
    return
  }
  const { state, user, version, problem: why } = await core.shared.reachability.of(currentContext, SHUTDOWN_MS)
  const facts = { context: currentContext, user, version, problem: why }
  if (state === 'connected') log.info(facts, `connected to ${currentContext} (Kubernetes ${version}) as ${user}`)
  else log.warn(facts, `not connected to ${currentContext}: ${why}`)
}

/** Whether a change waits, or runs. */
async function hasOpen({ approving: { approvals } }: Application['core']): Promise<boolean> {
  const everybody = { principal: { kind: 'service', subject: 'k8s-mcp' } as const, maySee: () => true }
  const open = await approvals?.list({ states: OPEN, limit: 1 }, everybody)
  return (open?.approvals.length ?? 0) > 0
}

function endOnSignals(close: () => Promise<void>, log: Logger): (why: string) => void {
  let ending = false
  const end = (why: string) => {
    if (ending) process.exit(1)
    ending = true
    log.info({ signal: why }, 'shutting down')
    setTimeout(() => process.exit(0), SHUTDOWN_MS).unref()
    void close().finally(() => log.flush(() => process.exit(0)))
  }
  process.on('SIGTERM', end).on('SIGINT', end)
  return end
}
