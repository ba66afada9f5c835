import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import type { Logger } from 'pino'
import { accountName } from './account.ts'
import { type Config, ConfigError } from './config.ts'
import { contains, isLoopback, type Way } from './http/listener.ts'
import type { ListedToken, Principals } from './services/principals/principals.ts'

/** How this server can be reached. */
export interface Listening extends Way {
  /** Whether only this machine reaches it: callers without a token are then taken for one agent. */
  loopback: boolean
}

type Settings = Pick<
  Config,
  'HOST' | 'TLS_CERT' | 'TLS_KEY' | 'TRUST_PROXY' | 'INSECURE_HTTP' | 'PUBLIC_URL' | 'ALLOWED_HOSTS'
>

/**
 * Reads how the server is to be reached. A proxy or a public address in the settings brings others to a loopback address, too.
 * Throws {@link ConfigError} for certificates and proxies that cannot be used.
 */
export function listeningOf(config: Settings): Listening {
  const { HOST, TRUST_PROXY, PUBLIC_URL, INSECURE_HTTP: insecure } = config
  const tls = tlsOf(config)
  const local = isLoopbackName(HOST) && (PUBLIC_URL === undefined || isLoopbackName(new URL(PUBLIC_URL).hostname))
  return {
    loopback: local && TRUST_PROXY.length === 0,
    insecure,
    ...(tls === undefined ? {} : { tls }),
    ...(TRUST_PROXY.length === 0 ? {} : { trusts: trustOf(TRUST_PROXY) }),
  }
}

const isLoopbackName = (host: string): boolean => host === 'localhost' || isLoopback(host.replace(/^\[|\]$/g, ''))

function tlsOf({ TLS_CERT, TLS_KEY }: Settings): Way['tls'] {
  if (TLS_CERT === undefined && TLS_KEY === undefined) return undefined
  if (TLS_CERT === undefined || TLS_KEY === undefined)
    throw new ConfigError([
      `${TLS_CERT === undefined ? 'TLS_KEY' : 'TLS_CERT'} is set alone: HTTPS needs both TLS_CERT and TLS_KEY.`,
    ])
  const [cert, key] = [pemOf('TLS_CERT', TLS_CERT), pemOf('TLS_KEY', TLS_KEY)]
  const certificate = certificateOf(TLS_CERT, cert)
  if (!certificate.checkPrivateKey(keyOf(TLS_KEY, key)))
    throw new ConfigError([
      `The private key of TLS_KEY ${TLS_KEY} does not belong to the certificate of TLS_CERT ${TLS_CERT}.`,
    ])
  return { cert, key }
}

function pemOf(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new ConfigError([`${setting} ${path} cannot be read (${code}).`])
  }
}

function certificateOf(path: string, pem: string): X509Certificate {
  const certificate = parsed(() => new X509Certificate(pem))
  if (certificate === undefined) throw new ConfigError([`TLS_CERT ${path} holds no certificate in PEM form.`])
  const now = Date.now()
  const { validFromDate, validToDate, validTo, validFrom } = certificate
  if (validToDate.getTime() <= now)
    throw new ConfigError([`The certificate of TLS_CERT ${path} expired on ${validTo}. Renew it.`])
  if (validFromDate.getTime() > now)
    throw new ConfigError([
      `The certificate of TLS_CERT ${path} is not valid before ${validFrom}. Check the clock of this machine.`,
    ])
  return certificate
}

function keyOf(path: string, pem: string): KeyObject {
  if (pem.includes('ENCRYPTED'))
    throw new ConfigError([`The private key of TLS_KEY ${path} is encrypted: give one without a passphrase.`])
  const key = parsed(() => createPrivateKey(pem))
  if (key === undefined) throw new ConfigError([`TLS_KEY ${path} holds no private key in PEM form.`])
  return key
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}

function trustOf(proxies: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  const faults = proxies.filter((proxy) => !added(list, proxy))
  if (faults.length > 0)
    throw new ConfigError(
      faults.map((each) => `TRUST_PROXY ${each} is neither an address nor a network such as 10.0.0.0/8.`),
    )
  return (address) => contains(list, address)
}

// A prefix of 0 would believe everybody.
function added(list: BlockList, proxy: string): boolean {
  const [address = '', prefix, ...more] = proxy.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (prefix === undefined) {
    list.addAddress(address, family)
    return true
  }
  const bits = Number(prefix)
  if (!/^\d{1,3}$/.test(prefix) || bits < 1 || bits > (version === 4 ? 32 : 128)) return false
  list.addSubnet(address, bits, family)
  return true
}

/** What `build` has made, as far as it matters here. */
export interface Reachable {
  listening: Listening
  core: { config: Settings; principals: Principals | undefined }
}

/** Throws {@link ConfigError} where tokens would travel in the clear. Without any token that holds there is nothing to lose yet. */
export function refuseOpenTokens({ listening, core: { config, principals } }: Reachable): void {
  const { loopback, tls, trusts, insecure } = listening
  if (loopback || tls !== undefined || trusts !== undefined || insecure || tokensOf(principals).length === 0) return
  throw new ConfigError([
    `HOST ${config.HOST} is reached by others, and tokens would travel over plain HTTP, where everybody on the way can read them.`,
    'Set TLS_CERT and TLS_KEY, or TRUST_PROXY where a proxy takes HTTPS for this server. To do it all the same: --insecure (INSECURE_HTTP).',
  ])
}

/** Says once at the start what the settings come to, and what is missing. */
export function tellListening({ listening, core: { config, principals } }: Reachable, log: Logger): void {
  log.info(
    { account: accountName() },
    'approvals bind whoever comes through this server; whoever runs programs as its own operating-system user owns its files and memory, and is not held by them',
  )
  if (listening.loopback) return
  if (config.PUBLIC_URL === undefined && config.ALLOWED_HOSTS.length === 0)
    log.warn(
      { next: 'set PUBLIC_URL, e.g. https://k8s.example.com, or ALLOWED_HOSTS, to the names users reach it by' },
      'only requests for a loopback name are answered: neither PUBLIC_URL nor ALLOWED_HOSTS is set',
    )
  if (listening.insecure && listening.tls === undefined)
    log.warn('tokens are taken over plain HTTP (INSECURE_HTTP): whoever is on the way can read and use them')
  if (principals !== undefined && tokensOf(principals).length === 0)
    log.warn(
      { next: 'k8s-mcp token create --kind person --subject NAME --role approver' },
      'nobody can use this server yet: beyond loopback each caller needs a token, and none was made',
    )
}

const tokensOf = (principals: Principals | undefined): ListedToken[] =>
  principals?.list().filter(({ id }) => principals.holds(id)) ?? []
