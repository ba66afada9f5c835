import { isIP } from 'node:net'
import { checkServerIdentity, createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici'
import type { Endpoint } from './kubeconfig/cluster.ts'
import type { ClientCertificate } from './kubeconfig/material.ts'

const CONNECT_MILLISECONDS = 5_000
const KEEP_ALIVE_MILLISECONDS = 30_000

/** What undici's connector and `tls.connect` are told. */
interface Connect {
  secureContext?: SecureContext
  ca?: string[]
  rejectUnauthorized?: boolean
  servername?: string
  checkServerIdentity?: typeof checkServerIdentity
  allowH2?: boolean
  timeout?: number
}

const SHARED = { allowH2: false, keepAliveTimeout: KEEP_ALIVE_MILLISECONDS }

/** The connections to one API server, directly or through its proxy. Loaded when the first request needs one: undici is large. */
export function createDispatcher(endpoint: Endpoint, certificate: ClientCertificate | undefined): Dispatcher {
  const { origin, hostname } = new URL(endpoint.server)
  const { ca, insecure, proxy } = endpoint
  const tls = {
    secureContext: createSecureContext({ ...(ca === undefined ? {} : { ca }), ...certificate }),
    rejectUnauthorized: !insecure,
    allowH2: false,
    timeout: CONNECT_MILLISECONDS,
  }
  if (proxy?.startsWith('socks5:')) return createProxied(proxy, { ...tls, ...socksIdentity(endpoint, hostname) }, {})
  const requestTls = { ...tls, ...identity(endpoint.servername) }
  if (proxy === undefined) return new Pool(origin, { ...SHARED, connect: requestTls })
  return createProxied(proxy, requestTls, { proxyTls: proxyTls(endpoint), clientFactory: proxyPool(endpoint) })
}

function createProxied(uri: string, requestTls: Connect, options: Partial<ProxyAgent.Options>): Dispatcher {
  return new ProxyAgent({ ...SHARED, uri, connectTimeout: CONNECT_MILLISECONDS, requestTls, ...options })
}

/** Node takes no IP address as a TLS server name: nothing is sent then, and the certificate is checked against it here. */
function identity(name: string | undefined): Connect {
  if (name === undefined) return {}
  if (isIP(name) === 0) return { servername: name }
  return { checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate) }
}

/** undici's SOCKS connector sends the host as the server name, which Node refuses for an address: it gets another one. */
function socksIdentity({ servername }: Endpoint, hostname: string): Connect {
  return { servername: 'kubernetes.default.svc', ...identity(servername ?? hostname.replace(/^\[|\]$/g, '')) }
}

/** An https proxy may be signed by the cluster's own authority: client-go checks it against that one. */
function proxyTls({ ca, insecure }: Endpoint): Connect {
  const authorities = [...getCACertificates('default'), ...(ca === undefined ? [] : [ca])]
  return { ca: authorities, rejectUnauthorized: !insecure, allowH2: false, timeout: CONNECT_MILLISECONDS }
}

/**
 * Connections to the proxy itself. One that takes the connection and then says nothing must not cost more than an
 * unreachable server; and the server name undici would send is left out, since Node refuses it where it is an address.
 */
function proxyPool(endpoint: Endpoint): (origin: URL) => Dispatcher {
  const connect = buildConnector(proxyTls(endpoint))
  return (origin) =>
    new Pool(origin, {
      headersTimeout: CONNECT_MILLISECONDS,
      connect: ({ hostname, protocol, port }, done) => connect({ hostname, protocol, port }, done),
    })
}
