import { resolve } from 'node:path'
import type { Entry } from '../kubeconfig.ts'
import { type PluginSpec, readPlugin } from './plugin.ts'
import { type Section, Unusable } from './fields.ts'
import type { FileReader } from './files.ts'
import { readIdToken } from './id-token.ts'
import { assertClientCertificate, type ClientCertificate, readMaterial } from './material.ts'

/** How requests of a user prove who they are, beside a client certificate. */
export type Authentication =
  | { kind: 'none' }
  | { kind: 'header'; authorization: string; expires: number | undefined }
  | { kind: 'token-file'; path: string }
  | { kind: 'plugin'; plugin: PluginSpec }

/** One user entry, read. */
export interface User {
  certificate: ClientCertificate | undefined
  authentication: Authentication
  /** `Impersonate-*` headers; groups and extra values are one header line each. */
  impersonation: Readonly<Record<string, string | string[]>>
}

export const ANONYMOUS: User = { certificate: undefined, authentication: { kind: 'none' }, impersonation: {} }

/** Reads one user entry. Throws `Unusable` with what is wrong about it, never with a secret. */
export async function readUser(entry: Entry, files: FileReader): Promise<User> {
  return {
    certificate: await readCertificate(entry, files),
    authentication: readAuthentication(entry),
    impersonation: readImpersonation(entry.body),
  }
}

/** The `Authorization` header for a bearer token. Throws `Unusable` for what no header can carry. */
export function bearer(token: string, where: string): string {
  const trimmed = token.trim()
  if (!/^[\u0021-\u007e]+$/.test(trimmed)) {
    throw new Unusable(`The token of the ${where} is empty or has characters that a header cannot carry.`)
  }
  return `Bearer ${trimmed}`
}

async function readCertificate(entry: Entry, files: FileReader): Promise<ClientCertificate | undefined> {
  const cert = await readMaterial(entry, 'client-certificate', files)
  const key = await readMaterial(entry, 'client-key', files)
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? 'client-certificate' : 'client-key'
    throw new Unusable(`The ${entry.body.where} has no ${missing} to go with the other half.`)
  }
  assertClientCertificate({ cert, key }, entry.body.where)
  return { cert, key }
}

/** In client-go's order: a token file before a token, both before a password, a plugin only where none of them stands. */
function readAuthentication({ body, directory }: Entry): Authentication {
  const file = body.text('tokenFile')
  if (file !== undefined) return { kind: 'token-file', path: resolve(directory, file) }
  const token = body.text('token')
  if (token !== undefined) return header(bearer(token, body.where))
  const username = body.text('username')
  if (username !== undefined) return header(basic(username, body.text('password') ?? ''))
  const exec = body.section('exec')
  if (exec) return { kind: 'plugin', plugin: readPlugin(exec, body.where, directory) }
  const provider = body.section('auth-provider')
  return provider ? readProvider(provider, body.where) : { kind: 'none' }
}

const header = (authorization: string): Authentication => ({ kind: 'header', authorization, expires: undefined })

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

/** What to use in place of an auth-provider that kubectl dropped in 1.26. */
const SUCCESSORS: Readonly<Record<string, string>> = {
  gcp: 'gke-gcloud-auth-plugin',
  azure: 'kubelogin',
  oidc: 'kubectl oidc-login (kubelogin)',
}

function readProvider(provider: Section, where: string): Authentication {
  const name = provider.text('name') ?? ''
  const successor = SUCCESSORS[name] ?? 'its credential plugin'
  if (name !== 'oidc') {
    throw new Unusable(
      `The ${where} has auth-provider "${name}", which is not supported; use ${successor} as an exec plugin.`,
    )
  }
  const { token, expires } = readIdToken(provider.section('config')?.text('id-token') ?? '')
  if (expires <= Date.now()) {
    throw new Unusable(
      `The ${where} has no id-token that is still valid; use ${successor} as an exec plugin, which renews it.`,
    )
  }
  return { kind: 'header', authorization: bearer(token, where), expires }
}

function readImpersonation(body: Section): User['impersonation'] {
  const user = body.text('as')
  const groups = body.texts('as-groups')
  const uid = body.text('as-uid')
  const extra = body.section('as-user-extra')
  if (user === undefined && (groups.length > 0 || uid !== undefined || extra !== undefined)) {
    throw new Unusable(`The ${body.where} impersonates groups, a uid or extra values, but no user ("as").`)
  }
  if (user === undefined) return {}
  const headers = {
    'impersonate-user': user,
    ...(groups.length > 0 ? { 'impersonate-group': groups } : {}),
    ...(uid === undefined ? {} : { 'impersonate-uid': uid }),
    ...(extra ? extraHeaders(extra) : {}),
  }
  assertHeaders(headers, body.where)
  return headers
}

/** Keys are percent-encoded, as the API server expects them (user impersonation in the Kubernetes reference). */
function extraHeaders(extra: Section): Record<string, string[]> {
  return Object.fromEntries(
    extra.keys().map((key) => [`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`, extra.texts(key)]),
  )
}

function assertHeaders(headers: User['impersonation'], where: string): void {
  if (
    Object.values(headers)
      .flat()
      .every((value) => /^[\u0020-\u007e]+$/.test(value))
  )
    return
  throw new Unusable(`The ${where} impersonates a name with characters that a header cannot carry.`)
}
