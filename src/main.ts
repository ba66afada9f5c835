import { existsSync } from 'node:fs'
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { type Config, ConfigError, processEnvironment, readConfig, settingsFileIn } from './config.ts'
import { isArgumentFault, parsed } from './cli/arguments.ts'
import { VERSION } from './version.ts'

const HELP = `k8s-mcp ${VERSION}: Kubernetes for AI agents and people, over REST and MCP.

Usage: k8s-mcp [options]               start the server
       k8s-mcp approvals               decide what agents have asked for
       k8s-mcp token create|list|revoke
       k8s-mcp policy test
       k8s-mcp diagnose                say what is wrong in a cluster, and why
       k8s-mcp audit verify|export
       k8s-mcp docs import|import-api PATH
       (each with --help)

  --stdio              serve MCP on stdin and stdout, for a desktop client
  --kubeconfig PATH    kubeconfig to use (KUBECONFIG)
  --host ADDRESS       address to listen on (HOST, default 127.0.0.1)
  --port PORT          port of REST, pages and MCP (WEBCONTROL_PORT, default 8008)
  --mcp-port PORT      a port of its own for MCP (MCP_PORT)
  --data-dir FOLDER    folder of the store, its key and the socket (DATA_DIR)
  --config FILE        settings file (default: k8s-mcp.yaml in this folder)
  --read-only          refuse every change (READ_ONLY)
  --insecure           take tokens over plain HTTP beyond loopback (INSECURE_HTTP)
  --help, --version

Every setting: static/docs/reference/settings.md
`

const OPTIONS = {
  stdio: { type: 'boolean' },
  kubeconfig: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'mcp-port': { type: 'string' },
  'data-dir': { type: 'string' },
  config: { type: 'string' },
  'read-only': { type: 'boolean' },
  insecure: { type: 'boolean' },
  // Given by --stdio to the server that it starts: seconds without a client after which it ends.
  background: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const satisfies ParseArgsOptionsConfig

const SETTING_OF = [
  ['kubeconfig', 'KUBECONFIG'],
  ['host', 'HOST'],
  ['port', 'WEBCONTROL_PORT'],
  ['mcp-port', 'MCP_PORT'],
  ['data-dir', 'DATA_DIR'],
] as const
/** Exit code of a command line or setting that cannot be used (sysexits EX_USAGE). */
const USAGE = 64

/** The process: reads the command line, starts what it asks for. What only one of them needs is loaded only then. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    if (args[0] !== undefined && !args[0].startsWith('-')) return await command(args)
    const values = parsed(args, OPTIONS)
    if (values.help === true) return write(HELP)
    if (values.version === true) return write(`${VERSION}\n`)
    const { config, notes } = configOf(values)
    if (values.stdio === true) return await beStdio(args, config)
    const { serve } = await import('./serve.ts')
    await serve(config, notes, backgroundOf(values.background))
  } catch (error) {
    fail(error)
  }
}

async function command(args: readonly string[]): Promise<void> {
  const { runCommand } = await import('./cli/index.ts')
  process.exitCode = await runCommand(args, configOf)
}

async function beStdio(args: readonly string[], config: Config): Promise<void> {
  const { stdioClient } = await import('./stdio.ts')
  process.exitCode = await stdioClient(
    config,
    args.filter((each) => each !== '--stdio'),
  )
}

function backgroundOf(seconds: string | undefined): { idle: number } | undefined {
  if (seconds === undefined) return undefined
  if (!/^\d{1,6}$/.test(seconds)) throw new ConfigError([`--background ${seconds} is not a number of seconds.`])
  return { idle: Number(seconds) * 1000 }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values']

function configOf(values: Partial<Values>): { config: Config; notes: string[] } {
  const pairs = SETTING_OF.flatMap(([flag, setting]) => {
    const value = values[flag]
    return value === undefined ? [] : [[setting, value] as const]
  })
  const flags = {
    ...Object.fromEntries(pairs),
    ...(values['read-only'] === true ? { READ_ONLY: 'true' } : {}),
    ...(values.insecure === true ? { INSECURE_HTTP: 'true' } : {}),
  }
  const file = values.config ?? optional(settingsFileIn(process.cwd()))
  return readConfig({ environment: processEnvironment(), flags, ...(file === undefined ? {} : { file }) })
}

const optional = (path: string) => (existsSync(path) ? path : undefined)

function fail(error: unknown): void {
  const lines =
    error instanceof ConfigError
      ? error.lines
      : [error instanceof Error && isArgumentFault(error) ? error.message : detail(error)]
  process.stderr.write(`${lines.map((line) => `k8s-mcp: ${line}`).join('\n')}\n`)
  process.exitCode = USAGE
}

const detail = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
const write = (text: string): void => void process.stdout.write(text)
