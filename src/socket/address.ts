import { createHash } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Config, ConfigError, dataPlaces } from '../config.ts'

/** Where the server of a data folder listens for its own account. */
export interface SocketPlace {
  /** What is listened on: a path, on Windows the name of a pipe. */
  address: string
  /** Where the address itself is kept, as a symbolic link, because the usual path is too long to listen on. */
  link?: string
}

/** Bytes of `sun_path` in sockaddr_un without its closing zero: 108 on Linux (unix(7)), 104 on macOS and the BSDs. */
const MOST_BYTES = process.platform === 'linux' ? 107 : 103
const NAME = 'k8s-mcp.sock'

export interface Runtime {
  platform: NodeJS.Platform
  /** Folder of short paths that go with the session (XDG_RUNTIME_DIR), or the one for temporary files. */
  folder: string
}

export const runtimeOf = ({ environment }: Config): Runtime => ({
  platform: process.platform,
  folder: environment.XDG_RUNTIME_DIR ?? tmpdir(),
})

/** The place of a data folder. Throws {@link ConfigError} where no path is short enough. */
export function socketPlace(dataFolder: string, { platform, folder }: Runtime): SocketPlace {
  const data = resolve(dataFolder)
  const mark = createHash('sha256').update(data.toLowerCase()).digest('hex').slice(0, 16)
  if (platform === 'win32') return { address: `\\\\.\\pipe\\k8s-mcp-${mark}` }
  const usual = join(data, NAME)
  if (fits(usual)) return { address: usual }
  const short = join(folder, `k8s-mcp-${mark}`, 'sock')
  if (fits(short)) return { address: short, link: usual }
  throw new ConfigError([
    `The socket ${usual} has a path of ${Buffer.byteLength(usual)} bytes, and the system takes ${MOST_BYTES} (${short} is too long as well). Set DATA_DIR to a shorter folder.`,
  ])
}

const fits = (path: string) => Buffer.byteLength(path) <= MOST_BYTES

/** The place of the server with these settings. Throws as {@link socketPlace}. */
export const placeOf = (config: Config): SocketPlace => socketPlace(dataPlaces(config).folder, runtimeOf(config))

/** What a client connects to: where there is a link it counts, since the server may see another runtime folder than the client. */
export function clientAddress({ address, link }: SocketPlace): string {
  if (link === undefined) return address
  try {
    return readlinkSync(link)
  } catch {
    return address
  }
}
