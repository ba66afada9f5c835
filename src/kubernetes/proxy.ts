import { BlockList, isIP } from 'node:net'
import { Unusable } from './kubeconfig/fields.ts'

/** Variables of an environment, as passed in. */
export type Environment = Readonly<Record<string, string | undefined>>

const PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:'])

/**
 * The proxy to reach an API server by, or undefined: the kubeconfig's `proxy-url`, else HTTPS_PROXY, HTTP_PROXY and
 * NO_PROXY as Go's net/http, and so kubectl, reads them (loopback never; CIDR blocks, `.suffix`, `host:port`, `*`).
 * Throws `Unusable` for a proxy that cannot be one.
 */
export function proxyFor(server: URL, proxyUrl: string | undefined, environment: Environment): string | undefined {
  if (proxyUrl !== undefined) return checked(proxyUrl, 'proxy-url')
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const value = variable(environment, name)
  if (value === undefined || !isProxied(server, variable(environment, 'NO_PROXY') ?? '')) return undefined
  return checked(value.includes('://') ? value : `http://${value}`, name)
}

function variable(environment: Environment, name: string): string | undefined {
  return environment[name] || environment[name.toLowerCase()] || undefined
}

/** Never quotes the value: it may carry a password. */
function checked(value: string, origin: string): string {
  const url = URL.parse(value)
  if (!url || !PROTOCOLS.has(url.protocol) || url.hostname === '') {
    throw new Unusable(`The proxy that ${origin} names is not an http, https or socks5 URL.`)
  }
  return url.href
}

function isProxied(server: URL, noProxy: string): boolean {
  const host = bare(server.hostname)
  if (isLoopback(host)) return false
  const port = server.port || (server.protocol === 'https:' ? '443' : '80')
  const rules = noProxy.split(/[,\s]+/).filter((rule) => rule !== '')
  return !rules.some((rule) => excludes(rule.toLowerCase(), host, port))
}

function excludes(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true
  if (rule.includes('/')) return isInBlock(rule, host)
  const [, name = rule, rulePort] = /^(\[.+\]|[^:]+)(?::(\d+))?$/.exec(rule) ?? []
  if (rulePort !== undefined && rulePort !== port) return false
  return isNamed(bare(name), host)
}

/** `example.com` means itself and what is below it; `.example.com` and `*.example.com` only what is below. */
function isNamed(name: string, host: string): boolean {
  if (isIP(name) !== 0) return name === host
  const suffix = name.replace(/^\*?\./, '')
  return host.endsWith(`.${suffix}`) || (host === suffix && suffix === name)
}

function isInBlock(rule: string, host: string): boolean {
  const [network = '', length = ''] = rule.split('/')
  const family = isIP(network)
  const bits = Number(length)
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(length) || bits > (family === 4 ? 32 : 128)) return false
  const block = new BlockList()
  block.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6')
  return block.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

const bare = (host: string): string =>
  host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
