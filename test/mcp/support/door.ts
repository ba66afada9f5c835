import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import fastify from 'fastify'
import pino from 'pino'
import { compose } from '../../../src/app.ts'
import { LOCAL } from '../../../src/call.ts'
import { readConfig } from '../../../src/config.ts'
import { edge } from '../../../src/http/edge.ts'
import { serverOptions } from '../../../src/http/server-options.ts'
import { type McpOptions, mcp } from '../../../src/mcp/plugin.ts'
import { makeTools, type Tools } from '../../../src/mcp/tools.ts'
import type { Operation } from '../../../src/operations/define.ts'
import { makeRunner, type Outcome } from '../../../src/operations/run.ts'
import { readToolsets } from '../../../src/operations/toolsets.ts'
import { Services } from '../../../src/services/index.ts'
import { waiting } from '../../support/plan.ts'
import { objectOperations } from './objects.ts'
import { type Seen, testOperations } from './operations.ts'

export interface TestDoor {
  url: string
  tools: Tools
  seen: Seen
  outcomes: Outcome[]
  /** Lines of the log, from level error. */
  logged: string[]
  close(): Promise<void>
}

interface TestDoorOptions extends Pick<McpOptions, 'sessions' | 'grace'> {
  operations?: Operation[]
  toolsets?: string[]
  names?: 'wire' | 'dotted'
}

/** The tools and the runner of a test: its own operations behind the product's runner and services, and no cluster. */
export async function testCore({ operations, toolsets = ['all'], names = 'wire' }: TestDoorOptions = {}) {
  const home = await mkdtemp(join(tmpdir(), 'k8s-mcp-test-'))
  const { config } = readConfig({ environment: { HOME: home, DATA_DIR: join(home, 'state') } })
  const logged: string[] = []
  const log = pino({ level: 'error' }, { write: (line) => void logged.push(line) })
  const core = await compose(config, log)
  const seen: Seen = { begun: [], cancelled: [], principals: [] }
  const outcomes: Outcome[] = []
  const offered = operations ?? [...testOperations(seen), ...objectOperations]
  const toolset = readToolsets(toolsets, offered)
  const tools = makeTools(offered, { names, toolset, readOnly: false })
  const runner = makeRunner({
    servicesFor: (call, context) => new Services(core.shared, call, context),
    gate: { request: async (operation) => waiting(operation.name) },
    readOnly: false,
    groups: toolset.groups,
    finished: (outcome) => void outcomes.push(outcome),
    refused: () => undefined,
    find: () => undefined,
  })
  const close = async () => {
    await core.close()
    await rm(home, { recursive: true })
  }
  return { config, log, logged, tools, runner, seen, outcomes, close }
}

/** The product's MCP door on a free port. The header `x-test-user` says who calls. */
export async function openDoor(options: TestDoorOptions = {}): Promise<TestDoor> {
  const { config, log, close, ...core } = await testCore(options)
  const callerOf: McpOptions['callerOf'] = ({ headers }) => ({
    ...LOCAL,
    principal: { kind: 'agent', subject: String(headers['x-test-user'] ?? 'local') },
  })
  const app = fastify(serverOptions(log))
  edge(app, { config, callerOf })
  const { sessions, grace } = options
  const limits = { ...(sessions === undefined ? {} : { sessions }), ...(grace === undefined ? {} : { grace }) }
  await app.register(mcp, { tools: core.tools, runner: core.runner, version: '0.0.0', callerOf, ...limits })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const stop = async () => {
    await app.close()
    await close()
  }
  return { url: `${origin}/mcp`, ...core, close: stop }
}

/** Waits until something is so; fails after five seconds. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 5_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Not so after five seconds: ${what}`)
    await wait(10)
  }
}
