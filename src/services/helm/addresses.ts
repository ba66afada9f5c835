import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** Never meant by a name: loopback, link-local with the metadata services of clouds, multicast, and addresses that carry others. */
const NOT_BY_NAME = new BlockList()
/** Within an organisation: RFC 1918, RFC 6598, RFC 4193. */
const PRIVATE = new BlockList()

for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  NOT_BY_NAME.addSubnet(network, bits)
for (const [network, bits] of [
  ['::', 127],
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  // Metadata service of a cloud, amid unique local addresses.
  ['fd00:ec2::254', 128],
] as const)
  NOT_BY_NAME.addSubnet(network, bits, 'ipv6')
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(network, bits)
PRIVATE.addSubnet('fc00::', 7, 'ipv6')

/** How far a host name may lead: `anywhere` where the operator wrote that very address (or localhost), `inside` for a name they wrote. */
export type Reach = 'anywhere' | 'inside' | 'outside'

/** Why an address may not be connected to; undefined: it may. An IPv4 address within an IPv6 one counts as what it is. */
export function whyNotAddress(address: string, reach: Reach): string | undefined {
  if (reach === 'anywhere') return undefined
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (NOT_BY_NAME.check(address, family)) return `${address} is an address of this machine or link-local`
  if (reach === 'outside' && PRIVATE.check(address, family)) return `${address} is a private address`
  return undefined
}

/** A name leads to an address that must not be connected to. */
export class AddressRefused extends Error {}

/**
 * Resolves a name for a connection: the addresses that were looked at are those that are connected to, so that a name server cannot give
 * others afterwards (DNS rebinding). One that is refused refuses the name.
 */
export const guardedLookup =
  (reach: Reach): LookupFunction =>
  (hostname, options, done) => {
    lookup(hostname, { ...plain(options), all: true }, (error, addresses) => {
      if (error !== null) return done(error, [])
      const why = addresses.map(({ address }) => whyNotAddress(address, reach)).find((each) => each !== undefined)
      if (why !== undefined) return done(new AddressRefused(why), [])
      return answer(addresses, options, done)
    })
  }

const plain = ({ family, hints }: LookupOptions): LookupOptions => ({
  ...(family === undefined ? {} : { family }),
  ...(hints === undefined ? {} : { hints }),
})

function answer(addresses: LookupAddress[], { all }: LookupOptions, done: Parameters<LookupFunction>[2]): void {
  const [first] = addresses
  if (all === true || first === undefined) done(null, addresses)
  else done(null, first.address, first.family)
}
