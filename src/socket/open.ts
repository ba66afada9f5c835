import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { accountName } from '../account.ts'
import { type Core, pages } from '../app.ts'
import type { Caller } from '../call.ts'
import { type Config, ConfigError } from '../config.ts'
import { type Problem, problems } from '../errors.ts'
import { edge } from '../http/edge.ts'
import { rest } from '../http/plugin.ts'
import { serverOptions } from '../http/server-options.ts'
import { Administration } from '../services/administration.ts'
import { VERSION } from '../version.ts'
import { placeOf } from './address.ts'
import { admin } from './admin.ts'
import { StdioClients } from './stdio.ts'
import { takePlace } from './take.ts'
import { wantedOf } from './wanted.ts'

/** The listener in DATA_DIR, open. */
export interface OpenSocket {
  app: FastifyInstance
  /** How many clients of `--stdio` are connected. */
  clients(): number
  close(): Promise<void>
}

/**
 * Listens in DATA_DIR for the account of this server, who is its operator: the same REST pages, what administers it, and the byte streams
 * of `--stdio`. Throws {@link ConfigError} where another server answers there. A folder that cannot be used is only logged: reads by HTTP
 * go on, as they do without a store.
 */
export async function openSocket(core: Core, log: Logger): Promise<OpenSocket> {
  const account = accountName()
  const clients = clientsOf(core, account, log)
  const app = await listenerOf(core, account, log)
  app.server.on('upgrade', (request, socket, head) => clients.accept(request, socket, head))
  const giveBack = await listen(app, core.config, log).catch(async (error: unknown) => {
    await app.close()
    throw error
  })
  const close = async () => {
    await clients.close()
    await app.close()
    giveBack()
  }
  return { app, clients: () => clients.connected, close }
}

/** Who comes by the socket: it opens to the server's own account alone, so that is who it is. */
const operatorOf = (account: string): Caller => ({
  principal: { kind: 'person', subject: account },
  grant: { role: 'admin', groups: [], scope: {} },
})

async function listenerOf(core: Core, account: string, log: Logger): Promise<FastifyInstance> {
  const operator = operatorOf(account)
  const callerOf = () => operator
  const app = fastify(serverOptions(log))
  edge(app, { config: core.config, callerOf })
  const { runner } = core
  await app.register(rest, { pages, runner, version: VERSION, callerOf, door: 'terminal', described: false })
  await app.register(admin, { administration: administrationOf(core), operator })
  await app.ready()
  return app
}

function administrationOf({ approving: { opened, policy, problem }, principals }: Core): Administration | Problem {
  if (opened === undefined || principals === undefined) return problem ?? problems.storeUnavailable('it was not opened')
  return new Administration({ store: opened.store, principals, policy })
}

const clientsOf = (core: Core, user: string, log: Logger): StdioClients =>
  new StdioClients({
    tools: core.tools,
    runner: core.runner,
    happened: (listener) => core.happened(listener),
    version: VERSION,
    user,
    settings: wantedOf(core.config),
    onFault: (error) => log.error({ err: error }, 'stdio'),
  })

async function listen(app: FastifyInstance, config: Config, log: Logger): Promise<() => void> {
  try {
    const place = placeOf(config)
    const giveBack = await takePlace(place, (path) =>
      app.listen({ path, listenTextResolver: () => 'listening in DATA_DIR' }),
    )
    log.info(
      { socket: place.address, pid: process.pid },
      `k8s-mcp approvals, token, audit and --stdio come by ${place.address}`,
    )
    return giveBack
  } catch (error) {
    if (error instanceof ConfigError || !isFileFault(error)) throw error
    log.error({ err: error }, 'no socket: k8s-mcp approvals, token, audit and --stdio cannot reach this server')
    return () => undefined
  }
}

const isFileFault = (error: unknown): error is Error => error instanceof Error && 'syscall' in error
