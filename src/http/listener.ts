import type { FastifyRequest } from 'fastify'
import { BlockList, isIP } from 'node:net'
import { isEncrypted } from './guard.ts'

/** What a listener needs to know of the way by which requests come. */
export interface Way {
  /** Certificate chain and private key (PEM): HTTPS. */
  tls?: { cert: string; key: string }
  /** Whether an address is a proxy whose X-Forwarded headers count. */
  trusts?: (address: string) => boolean
  /** Takes tokens over plain HTTP from anywhere. */
  insecure: boolean
}

/** Why a token may not come by the connection of a request, where anybody on the way could have read it; undefined: it may. */
export function whyNoToken({ insecure, trusts = () => false }: Way): (request: FastifyRequest) => string | undefined {
  return (request) => {
    if (insecure || isEncrypted(request)) return undefined
    const peer = request.socket.remoteAddress ?? ''
    if (!trusts(peer)) return isLoopback(peer) ? undefined : PLAIN
    // A proxy that does not say how it was asked was named by the operator, who must know.
    const said = request.headers['x-forwarded-proto'] !== undefined
    return said && request.protocol !== 'https' ? PLAIN : undefined
  }
}

const PLAIN = 'it came over plain HTTP, where others can read it, so have it revoked and use HTTPS'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether an address is one of this machine's own, by which nobody else can come. */
export const isLoopback = (address: string): boolean => contains(loopback, address)

/** Whether a list has an address; IPv4 addresses in the form of IPv6 are the IPv4 ones. */
export function contains(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}
