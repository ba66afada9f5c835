import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the range that Linux and macOS take outgoing connections' ports from: a port found free stays free.
const firstPort = 20_000
const blockSize = 10
const blocks = 1_200

// Processes that start clusters at the same moment have neighbouring ids, so they look in different blocks.
let nextBlock = process.pid * 7

/** True where nothing listens on this loopback port. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

/**
 * Free TCP ports of the loopback interface, next to each other, at most ten.
 * @throws Error when no block of ports is free
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  for (let attempt = 0; attempt < blocks; attempt++) {
    const base = firstPort + (nextBlock++ % blocks) * blockSize
    const ports = Array.from({ length: count }, (_, index) => base + index)
    const free = await Promise.all(ports.map(isFree))
    if (free.every(Boolean)) return ports
  }
  throw new Error(`No ${count} free ports next to each other on 127.0.0.1 from ${firstPort} on.`)
}
