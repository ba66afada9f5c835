import type { Entry } from '../kubeconfig.ts'
import { type Environment, proxyFor } from '../proxy.ts'
import { type Section, Unusable } from './fields.ts'
import type { FileReader } from './files.ts'
import { assertCertificates, readMaterial } from './material.ts'

/** Everything that decides which connection a request may share, but the client certificate. */
export interface Endpoint {
  /** Base URL, without a trailing slash; may have a path. */
  server: string
  /** PEM; undefined: the certificate authorities Node trusts. */
  ca: string | undefined
  servername: string | undefined
  insecure: boolean
  proxy: string | undefined
}

/** One cluster entry, read. */
export interface Cluster {
  endpoint: Endpoint
  /** False where the entry says `disable-compression`. */
  compression: boolean
  /** The `cluster` of an ExecCredential's spec, for plugins that ask for it (`provideClusterInfo`). */
  execInfo: Readonly<Record<string, unknown>>
}

const EXEC_EXTENSION = 'client.authentication.k8s.io/exec'

/** Reads one cluster entry. Throws `Unusable` with what is wrong about it. */
export async function readCluster(entry: Entry, files: FileReader, environment: Environment): Promise<Cluster> {
  const { body } = entry
  const server = serverUrl(body)
  const ca = await readMaterial(entry, 'certificate-authority', files)
  const insecure = body.flag('insecure-skip-tls-verify')
  if (ca !== undefined && insecure) {
    throw new Unusable(`The ${body.where} has both a certificate-authority and insecure-skip-tls-verify.`)
  }
  if (ca !== undefined) assertCertificates(ca, body.where)
  const endpoint: Endpoint = {
    server: `${server.origin}${server.pathname}`.replace(/\/+$/, ''),
    ca,
    servername: body.text('tls-server-name'),
    insecure,
    proxy: proxyFor(server, body.text('proxy-url'), environment),
  }
  return { endpoint, compression: !body.flag('disable-compression'), execInfo: execInfo(body, endpoint) }
}

/** The server of a cluster entry as it may be shown: without user name, password and query. */
export function shownServer(body: Section): string | undefined {
  const url = URL.parse(body.text('server') ?? '')
  return url ? `${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, '') : undefined
}

function serverUrl(body: Section): URL {
  const text = body.text('server')
  if (text === undefined) throw new Unusable(`The ${body.where} has no server.`)
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new Unusable(`The server of the ${body.where} is not an https:// or http:// URL.`)
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new Unusable(`The server of the ${body.where} has more than scheme, host, port and path in its URL.`)
  }
  return url
}

/** Field names of client.authentication.k8s.io/v1 `Cluster`; what is undefined does not get into the JSON. */
function execInfo(body: Section, endpoint: Endpoint): Cluster['execInfo'] {
  return {
    server: endpoint.server,
    'tls-server-name': endpoint.servername,
    'insecure-skip-tls-verify': endpoint.insecure || undefined,
    'certificate-authority-data': endpoint.ca === undefined ? undefined : Buffer.from(endpoint.ca).toString('base64'),
    'proxy-url': body.text('proxy-url'),
    'disable-compression': body.flag('disable-compression') || undefined,
    config: body
      .sections('extensions')
      .find((each) => each.data('name') === EXEC_EXTENSION)
      ?.data('extension'),
  }
}
