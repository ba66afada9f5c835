import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { createConnection, type Socket } from 'node:net'
import { extname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Config, dataPlaces } from './config.ts'
import { StartLock } from './socket/start-lock.ts'
import { clientAddress, placeOf } from './socket/address.ts'
import { isNobody } from './socket/client.ts'
import { SETTINGS_HEADER, STDIO_PROTOCOL } from './socket/protocol.ts'
import { wantedOf } from './socket/wanted.ts'

/** Seconds that a server which was started for a client stays without one. */
const IDLE_SECONDS = 60
const START_MS = 30_000
/** A server that somebody else has just started holds the store before it answers: ours ends at once then, and that one is waited for. */
const AFTERWARDS_MS = 2_000
const MOST_LOG = 10 * 1024 * 1024

/**
 * `k8s-mcp --stdio`: the bytes between stdin, stdout and the server of DATA_DIR, which is started where none runs. `args`: flags for that
 * server. stdout carries the protocol and nothing else. Resolves with the exit code.
 */
export async function stdioClient(config: Config, args: readonly string[]): Promise<number> {
  try {
    const socket = await upgraded(await connected(config, args), wantedOf(config))
    return await pipes(socket)
  } catch (error) {
    process.stderr.write(`k8s-mcp: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

async function connected(config: Config, args: readonly string[]): Promise<Socket> {
  const address = () => clientAddress(placeOf(config))
  const found = await connect(address())
  if (found !== undefined) return found
  const lock = new StartLock(dataPlaces(config).folder)
  try {
    return await started(address, lock, () => start(config, args))
  } finally {
    lock.close()
  }
}

/** The server that this client starts, or another one that starts at the same time: only one client has the lock. */
async function started(address: () => string, lock: StartLock, begin: () => Started): Promise<Socket> {
  const end = performance.now() + START_MS
  let own: Started | undefined
  let ended = end
  while (performance.now() < Math.min(end, ended + AFTERWARDS_MS)) {
    const mine = own === undefined && lock.take()
    const found = await connect(address())
    if (found !== undefined) return found
    if (mine) own = begin()
    if (ended === end && (own?.child.exitCode ?? 0) !== 0) ended = performance.now()
    await pause(50)
  }
  if (own === undefined) throw new Error('another client is starting the server, which does not answer.')
  throw new Error(`the server that was started does not answer. ${lastWords(own)} Its log: ${own.log}`)
}

/** Undefined where nobody listens. */
function connect(address: string): Promise<Socket | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket | undefined>()
  const socket = createConnection(address)
  const failed = (error: Error) => (isNobody(error) ? resolve(undefined) : reject(error))
  socket.once('error', failed).once('connect', () => {
    socket.off('error', failed)
    resolve(socket)
  })
  return promise
}

interface Started {
  child: ChildProcess
  log: string
  /** Size of the log before. */
  from: number
}

/** Starts our own server, apart from this process: it outlives it, and its terminal. */
function start(config: Config, args: readonly string[]): Started {
  const { folder } = dataPlaces(config)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const log = join(folder, 'server.log')
  const from = roomIn(log)
  const file = openSync(log, 'a', 0o600)
  const server = join(import.meta.dirname, `server${extname(import.meta.filename)}`)
  const child = spawn(process.execPath, ['--disable-sigusr1', server, ...args, '--background', String(IDLE_SECONDS)], {
    detached: true,
    stdio: ['ignore', file, file],
    env: config.environment,
    windowsHide: true,
  })
  closeSync(file)
  child.unref()
  return { child, log, from }
}

/** The size of a log; a large one is put aside first. */
function roomIn(log: string): number {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0
  if (size < MOST_LOG) return size
  renameSync(log, `${log}.1`)
  return 0
}

const lastWords = ({ log, from }: Started): string =>
  readFileSync(log)
    .subarray(from)
    .toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith('k8s-mcp: '))
    .map((line) => line.slice('k8s-mcp: '.length))
    .join(' ')

/** Asks for a byte stream (RFC 9110, 7.8). Throws what the server says where it refuses. */
function upgraded(connection: Socket, wanted: Record<string, string>): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const headers = {
    host: 'localhost',
    connection: 'Upgrade',
    upgrade: STDIO_PROTOCOL,
    [SETTINGS_HEADER]: encodeURIComponent(JSON.stringify(wanted)),
  }
  const asked = request({ path: '/stdio', headers, createConnection: () => connection })
  asked.on('error', reject)
  asked.on('upgrade', (_answer, socket, head) => {
    if (head.length > 0) socket.unshift(head)
    resolve(connection)
  })
  asked.on('response', (answer) => {
    answer.setEncoding('utf8').on('data', (why: string) => reject(new Error(`${why}.`)))
    answer.on('end', () => reject(new Error('the server refused the connection.')))
  })
  asked.end()
  return promise
}

/** Until one of both ends leaves. Our client may: then what still runs is answered. The server may not. */
async function pipes(socket: Socket): Promise<number> {
  const { stdin, stdout } = process
  let left = false
  stdin.once('end', () => {
    left = true
  })
  stdout.once('error', () => {
    left = true
    socket.destroy()
  })
  // What is wrong with a connection shows in its end.
  socket.on('error', () => undefined)
  const closed = once(socket, 'close')
  stdin.pipe(socket)
  socket.pipe(stdout)
  await closed
  stdin.destroy()
  if (left) return 0
  process.stderr.write('k8s-mcp: the server has gone away.\n')
  return 1
}
