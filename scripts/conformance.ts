import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import fastify from 'fastify'
import pino from 'pino'
import { parse } from 'yaml'
import { compose } from '../src/app.ts'
import { LOCAL } from '../src/call.ts'
import { readConfig } from '../src/config.ts'
import { edge } from '../src/http/edge.ts'
import { serverOptions } from '../src/http/server-options.ts'
import { mcp } from '../src/mcp/plugin.ts'
import { VERSION } from '../src/version.ts'
import { extend } from './conformance/extend.ts'

// `npm run conformance`: the official suite over the product's own MCP door, with its hooks in front and its operations behind.
// The suite calls tools, prompts and resources by names of its own: those are mounted beside the product's (./conformance).
// `-- --verbose` prints what the suite prints.

/** The requirement sets, and how many scenarios each must have, so that an emptied one does not pass. */
const REQUIRED: readonly [revision: string, scenarios: number][] = [
  ['2026-07-28', 37],
  ['2025-11-25', 30],
]
const suite = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'))
const { values } = parseArgs({ options: { verbose: { type: 'boolean', default: false } } })

/** Starts the door on a free port of loopback, without any cluster. */
async function start() {
  const home = await mkdtemp(join(tmpdir(), 'k8s-mcp-conformance-'))
  const { config } = readConfig({ environment: { HOME: home, DATA_DIR: join(home, 'state') } })
  const log = pino({ level: 'silent' })
  const core = await compose(config, log)
  const app = fastify(serverOptions(log))
  edge(app, { config, callerOf: () => LOCAL })
  await app.register(mcp, {
    tools: core.tools,
    runner: core.runner,
    version: VERSION,
    callerOf: () => LOCAL,
    extend,
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const stop = async () => {
    await app.close()
    await core.close()
    await rm(home, { recursive: true })
  }
  return { url: `${origin}/mcp`, results: join(home, 'results'), stop }
}

/** Runs one requirement set; true where every scenario of it passed. */
async function passes(url: string, results: string, [revision, count]: (typeof REQUIRED)[number]): Promise<boolean> {
  const required = await scenarios(revision)
  const { output, code } = await runSuite(['server', '--url', url, '--requirements', revision, '--output-dir', results])
  const failed = required.filter((scenario) => !hasPassed(output, scenario))
  if (values.verbose || code !== 0) process.stdout.write(output)
  const verdict = failed.length === 0 ? '' : `; failed: ${failed.join(', ')}`
  process.stdout.write(
    `${revision}: ${required.length - failed.length} of ${required.length} required scenarios passed${verdict}\n`,
  )
  return failed.length === 0 && code === 0 && required.length === count
}

async function scenarios(revision: string): Promise<string[]> {
  const set: unknown = parse(await readFile(join(suite, 'requirements', `${revision}.yaml`), 'utf8'))
  const named: unknown = typeof set === 'object' && set !== null && 'server' in set ? set.server : []
  return Array.isArray(named) ? named.map(String) : []
}

async function runSuite(options: readonly string[]): Promise<{ output: string; code: number | null }> {
  const child = spawn(process.execPath, [join(suite, 'dist', 'index.js'), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { output: await text(child.stdout), code: await ended }
}

// The suite's summary has one line a scenario; one without a single check has shown nothing.
const hasPassed = (output: string, scenario: string) =>
  new RegExp(`^✓ ${RegExp.escape(scenario)}: [1-9]\\d* passed, 0 failed$`, 'm').test(output)

const door = await start()
const verdicts: boolean[] = []
for (const set of REQUIRED) verdicts.push(await passes(door.url, door.results, set))
await door.stop()
process.exitCode = verdicts.every(Boolean) ? 0 : 1
