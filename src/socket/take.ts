import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { createConnection } from 'node:net'
import { dirname } from 'node:path'
import { ConfigError } from '../config.ts'
import type { SocketPlace } from './address.ts'

/** Listens on a path; resolves once it does. */
export type Listen = (path: string) => Promise<unknown>

/**
 * Listens at a place for this account alone (0600). What a server left behind that died is replaced; a living one never. Answers how to
 * give the place back once the listener is closed. Throws {@link ConfigError}.
 */
export async function takePlace(place: SocketPlace, listen: Listen): Promise<() => void> {
  const { address, link } = place
  if (process.platform === 'win32') return takePipe(address, listen)
  if (link !== undefined) makeShortFolder(dirname(address))
  await replaceStale(address)
  await privately(() => listen(address))
  chmodSync(address, 0o600)
  if (link === undefined) return () => undefined
  rmSync(link, { force: true })
  symlinkSync(address, link)
  return () => rmSync(link, { force: true })
}

async function takePipe(address: string, listen: Listen): Promise<() => void> {
  try {
    await listen(address)
    return () => undefined
  } catch (error) {
    throw codeOf(error) === 'EADDRINUSE' ? alive(address) : error
  }
}

// The socket has its rights from its first instant on, whatever the umask of the account: others could connect before chmod.
async function privately(work: () => Promise<unknown>): Promise<void> {
  const before = process.umask(0o077)
  try {
    await work()
  } finally {
    process.umask(before)
  }
}

/** Folders for temporary files are everybody's: somebody else's folder of that name is not used. */
function makeShortFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(folder)
  if (!lstatSync(folder).isDirectory() || uid !== process.getuid?.() || (mode & 0o077) !== 0)
    throw new ConfigError([
      `${folder}, where the socket would be because DATA_DIR is long, belongs to somebody else or is open to others. Remove it, or set DATA_DIR to a shorter folder.`,
    ])
}

async function replaceStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) throw new ConfigError([`${path} is in the way of the server's socket: move it elsewhere.`])
  const code = await knock(path)
  if (code === undefined || code === 'EAGAIN') throw alive(path)
  if (code === 'ENOENT') return
  if (code !== 'ECONNREFUSED') throw new ConfigError([`The socket ${path} cannot be used (${code}).`])
  rmSync(path, { force: true })
}

const alive = (address: string) =>
  new ConfigError([
    `Another server is running: it answers at ${address}. Stop that one, or give this one a DATA_DIR of its own.`,
  ])

/** Undefined where somebody answers, else the code of the error. */
function knock(path: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const socket = createConnection(path)
  socket.once('connect', () => {
    socket.destroy()
    resolve(undefined)
  })
  socket.once('error', (error) => resolve(codeOf(error)))
  return promise
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
