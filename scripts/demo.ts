import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startMetricsApi } from '../test/cluster/metrics-api.ts'
import { freePorts, isFree } from '../test/cluster/ports.ts'
import { endWith } from '../test/cluster/processes.ts'
import { startCluster, type OwnCluster } from '../test/cluster/start.ts'
import { Agent } from './demo/agent.ts'
import { checkChange } from './demo/check-change.ts'
import type { Place } from './demo/place.ts'
import { fillShop, type Shop } from './demo/shop.ts'
import { showChange } from './demo/show-change.ts'
import { describe, thingsToTry, wayIn, type Thing } from './demo/things-to-try.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const port = Number(process.env['WEBCONTROL_PORT'] ?? 8008)

function startServer({ dir, kubeconfig }: OwnCluster, at: number, data: string): ChildProcess {
  const server = spawn(process.execPath, [join(import.meta.dirname, '..', 'src', 'server.ts')], {
    env: { ...process.env, KUBECONFIG: kubeconfig, WEBCONTROL_PORT: String(at), DATA_DIR: data },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  endWith(dir, 'server', server)
  return server
}

async function statusOf(url: string): Promise<number | undefined> {
  try {
    const { status, body } = await fetch(url, { signal: AbortSignal.timeout(10_000) })
    await body?.cancel()
    return status
  } catch {
    return undefined
  }
}

async function untilServing(server: ChildProcess, base: string): Promise<void> {
  const deadline = performance.now() + 30_000
  while ((await statusOf(`${base}/livez`)) !== 200) {
    if (server.exitCode !== null) throw new Error('The server ended while it started; its last lines are above.')
    if (performance.now() > deadline) throw new Error(`The server did not answer on ${base} within 30 s.`)
    await delay(100)
  }
}

// A shop has customers: the followed log goes on.
function openDoors(cluster: OwnCluster, { storefrontPod }: Shop): void {
  const log = cluster.podLogs('shop', storefrontPod, 'app')
  setInterval(() => log.append('GET / 200 3ms', 'POST /cart 503 4ms'), 1000).unref()
}

/** Says of each check whether it went well, and remembers whether all did. */
class Checks {
  good = true

  readonly check = (what: string, right: boolean, found?: unknown): void => {
    this.good &&= right
    say(`${right ? 'ok  ' : 'FAIL'} ${what}${right || found === undefined ? '' : `: ${JSON.stringify(found)}`}`)
  }
}

async function checkAll(cluster: OwnCluster, place: Place, things: readonly Thing[]): Promise<boolean> {
  const checks = new Checks()
  for (const { path, status = 200 } of things) {
    const actual = await statusOf(`${place.base}${path}`)
    checks.check(`${actual ?? 'no answer'} ${path}`, actual === status, { expected: status })
  }
  const agent = await Agent.connect(place.base)
  try {
    const tools = await agent.tools()
    checks.check(`${tools} tools ${place.base}/mcp`, tools > 0)
    await checkChange(cluster, agent, place, checks.check)
  } finally {
    await agent.close()
  }
  return checks.good
}

// The demo goes on where this ends: the person may be gone, or ends it all while the agent waits.
async function letAgentAsk(place: Place): Promise<void> {
  try {
    await showChange(await Agent.connect(place.base), place, say)
  } catch (error) {
    say(`The agent gave up: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = once(server, 'exit')
  server.kill('SIGTERM')
  const patience = setTimeout(() => server.kill('SIGKILL'), 15_000)
  await gone
  clearTimeout(patience)
}

async function untilInterrupted(server: ChildProcess): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM'] as const
  await Promise.race([...signals.map((name) => once(process, name)), once(server, 'exit')])
}

async function show(cluster: OwnCluster, checkOnly: boolean): Promise<boolean> {
  say('filling the cluster with a small shop')
  const [shop] = await Promise.all([fillShop(cluster), startMetricsApi(cluster)])
  openDoors(cluster, shop)
  const [chosen = port] = checkOnly ? await freePorts(1) : [port]
  const place = { base: `http://127.0.0.1:${chosen}`, data: join(cluster.dir, 'data') }
  const { base } = place
  const server = startServer(cluster, chosen, place.data)
  const interrupted = untilInterrupted(server)
  try {
    await Promise.race([untilServing(server, base), interrupted])
    const things = thingsToTry(shop)
    if (checkOnly) return await checkAll(cluster, place, things)
    say(describe(base, things, wayIn(base, cluster.kubeconfig)))
    void letAgentAsk(place)
    await interrupted
    return true
  } finally {
    await end(server)
  }
}

async function main(): Promise<void> {
  const checkOnly = process.argv.includes('--once')
  if (!checkOnly && !(await isFree(port)))
    throw new Error(`Port ${port} is taken by another program. Choose another with WEBCONTROL_PORT.`)
  // Until the shop is open, a signal ends this process at once; the cluster ends with it.
  const cluster = await startCluster({ progress: say })
  try {
    process.exitCode = (await show(cluster, checkOnly)) ? 0 : 1
  } finally {
    await cluster.stop()
  }
}

await main()
