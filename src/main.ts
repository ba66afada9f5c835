import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { type Application, build, compose } from './app.ts'
import { type Config, ConfigError, processEnvironment, readConfig, settingsFileIn } from './config.ts'
import { makeLog } from './log.ts'
import { VERSION } from './version.ts'

const HELP = `k8s-mcp ${VERSION}: Kubernetes for AI agents and people, over REST and MCP.

Usage: k8s-mcp [options]

  --stdio              serve MCP on stdin and stdout, for a desktop client
  --kubeconfig PATH    kubeconfig to use (KUBECONFIG)
  --host ADDRESS       address to listen on (HOST, default 127.0.0.1)
  --port PORT          port of REST, pages and MCP (WEBCONTROL_PORT, default 8008)
  --mcp-port PORT      a port of its own for MCP (MCP_PORT)
  --config FILE        settings file (default: k8s-mcp.yaml in this folder)
  --read-only          refuse every change (READ_ONLY)
  --help, --version

Every setting: static/docs/reference/settings.md
`

const OPTIONS = {
  stdio: { type: 'boolean' },
  kubeconfig: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'mcp-port': { type: 'string' },
  config: { type: 'string' },
  'read-only': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

const SETTING_OF = [
  ['kubeconfig', 'KUBECONFIG'],
  ['host', 'HOST'],
  ['port', 'WEBCONTROL_PORT'],
  ['mcp-port', 'MCP_PORT'],
] as const
const SHUTDOWN_MS = 10_000
/** Exit code of a command line or setting that cannot be used (sysexits EX_USAGE). */
const USAGE = 64

/** The process: reads the command line, starts what it asks for, ends on a signal. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true })
    if (values.help === true) return write(HELP)
    if (values.version === true) return write(`${VERSION}\n`)
    const { config, notes } = configOf(values)
    const log = await makeLog(config, values.stdio === true)
    for (const note of notes) log.warn(note)
    await (values.stdio === true ? serveStdio(config, log) : serve(config, log))
  } catch (error) {
    fail(error)
  }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values']

function configOf(values: Values): { config: Config; notes: string[] } {
  const pairs = SETTING_OF.flatMap(([flag, setting]) => {
    const value = values[flag]
    return value === undefined ? [] : [[setting, value] as const]
  })
  const flags = { ...Object.fromEntries(pairs), ...(values['read-only'] === true ? { READ_ONLY: 'true' } : {}) }
  const file = values.config ?? optional(settingsFileIn(process.cwd()))
  return readConfig({ environment: processEnvironment(), flags, ...(file === undefined ? {} : { file }) })
}

const optional = (path: string) => (existsSync(path) ? path : undefined)

async function serve(config: Config, log: Logger): Promise<void> {
  refuseBeyondLoopback(config.HOST)
  const application = await build(config, log)
  const web = await listen(application.web, config.HOST, config.WEBCONTROL_PORT)
  const mcp = application.mcp === undefined ? web : await listen(application.mcp, config.HOST, config.MCP_PORT ?? 0)
  endOnSignals(() => application.close(), log)
  log.info({ url: web, mcp: `${mcp}/mcp`, version: VERSION }, `listening on ${web}`)
  await tellCluster(application, log)
}

/** The next issue brings credentials; without them nobody beyond this machine may reach a cluster through here. */
export function refuseBeyondLoopback(host: string): void {
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  if (loopback) return
  throw new ConfigError([
    `HOST ${host} is not a loopback address: whoever reaches it could read the cluster, since this version has no credentials yet. Use 127.0.0.1.`,
  ])
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    throw new ConfigError([
      `Port ${port} of ${host} is taken by another program. Choose another with --port (WEBCONTROL_PORT) or --mcp-port (MCP_PORT).`,
    ])
  }
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

function endOnSignals(close: () => Promise<void>, log: Logger): void {
  let ending = false
  const end = (signal: string) => {
    if (ending) process.exit(1)
    ending = true
    log.info({ signal }, 'shutting down')
    setTimeout(() => process.exit(0), SHUTDOWN_MS).unref()
    void close().finally(() => log.flush(() => process.exit(0)))
  }
  process.on('SIGTERM', end).on('SIGINT', end)
}

async function serveStdio(config: Config, log: Logger): Promise<void> {
  const { serveStdioDoor } = await import('./stdio.ts')
  const core = await compose(config, log)
  await serveStdioDoor({
    tools: core.tools,
    runner: core.runner,
    version: VERSION,
    onFault: (error) => log.error({ err: error }, 'stdio'),
  })
  await core.close()
}

function fail(error: unknown): void {
  const lines =
    error instanceof ConfigError
      ? error.lines
      : [error instanceof Error && isArgument(error) ? error.message : detail(error)]
  process.stderr.write(`${lines.map((line) => `k8s-mcp: ${line}`).join('\n')}\n`)
  process.exitCode = USAGE
}

const isArgument = (error: Error) => 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
const detail = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
const write = (text: string): void => void process.stdout.write(text)
