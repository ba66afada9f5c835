import type { Connection } from '../../kubernetes/connection.ts'

/**
 * A kubeconfig (JSON, which is YAML) of one context, whole: no path, no plugin, nothing to look up. Its credentials are those of now; a
 * token that ends while helm runs is not renewed. Throws what `Connection.credentials` throws.
 */
export async function kubeconfigOf(connection: Connection, signal: AbortSignal): Promise<string> {
  const { endpoint, certificate, headers } = await connection.access(signal)
  const name = 'target'
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name, namespace: connection.context.namespace } }],
    clusters: [
      {
        name,
        cluster: {
          server: endpoint.server,
          ...base64('certificate-authority-data', endpoint.ca),
          ...text('tls-server-name', endpoint.servername),
          ...text('proxy-url', endpoint.proxy),
          ...(endpoint.insecure ? { 'insecure-skip-tls-verify': true } : {}),
          ...(connection.compression ? {} : { 'disable-compression': true }),
        },
      },
    ],
    users: [
      {
        name,
        user: {
          ...base64('client-certificate-data', certificate?.cert),
          ...base64('client-key-data', certificate?.key),
          ...authentication(headers['authorization']),
          ...impersonation(headers),
        },
      },
    ],
  })
}

type Headers = Readonly<Record<string, string | string[]>>

const text = (field: string, value: string | undefined) => (value === undefined ? {} : { [field]: value })
const base64 = (field: string, value: string | undefined) =>
  text(field, value === undefined ? undefined : Buffer.from(value).toString('base64'))

/** The header's value as the fields it was made of. */
function authentication(header: string | string[] | undefined): Readonly<Record<string, string>> {
  if (typeof header !== 'string') return {}
  const [scheme, value = ''] = header.split(/ (.*)/s, 2)
  if (scheme !== 'Basic') return { token: value }
  const [username = '', password = ''] = Buffer.from(value, 'base64').toString().split(/:(.*)/s, 2)
  return { username, password }
}

const EXTRA = 'impersonate-extra-'

/** User impersonation as a kubeconfig says it: as, as-groups, as-uid, as-user-extra. */
function impersonation(headers: Headers): Readonly<Record<string, unknown>> {
  const extra = Object.entries(headers).filter(([name]) => name.startsWith(EXTRA))
  return {
    ...all('as', headers['impersonate-user']),
    ...all('as-groups', headers['impersonate-group']),
    ...all('as-uid', headers['impersonate-uid']),
    ...(extra.length === 0
      ? {}
      : { 'as-user-extra': Object.fromEntries(extra.map(([name, values]) => [keyOf(name), [values].flat()])) }),
  }
}

const all = (field: string, value: string | string[] | undefined) => (value === undefined ? {} : { [field]: value })
const keyOf = (header: string) => decodeURIComponent(header.slice(EXTRA.length))
