import { isIP } from 'node:net'
import { join } from 'node:path'
import { type Environment, proxyFor } from '../proxy.ts'
import type { Context, Target } from './context.ts'
import { Unusable } from './fields.ts'
import type { FileReader } from './files.ts'
import { assertCertificates } from './material.ts'
import { ANONYMOUS } from './user.ts'

const SIZE_LIMIT = 1024 * 1024
const NAME = 'in-cluster'

/** Where Kubernetes tells a pod its API server (variables) and gives it its identity (mounted files). */
export interface PodSurroundings {
  host: string | undefined
  port: string | undefined
  /** Folder with `token`, `ca.crt` and `namespace`. */
  directory: string
}

/**
 * The context of a pod's own service account; undefined outside a pod, or where no token is mounted.
 * The token itself is read at the time of use, since bound tokens rotate.
 */
export async function readInCluster(
  pod: PodSurroundings,
  files: FileReader,
  environment: Environment,
): Promise<Context | undefined> {
  if (!pod.host || !pod.port || !(await files.read(join(pod.directory, 'token'), SIZE_LIMIT))) return undefined
  const server = `https://${isIP(pod.host) === 6 ? `[${pod.host}]` : pod.host}:${pod.port}`
  const namespace = (await textOf(join(pod.directory, 'namespace'), files))?.trim() || 'default'
  const state = { name: NAME, cluster: NAME, user: 'service-account', namespace, server, problem: undefined }
  try {
    return { state, target: await readTarget(server, pod.directory, files, environment) }
  } catch (error) {
    if (!(error instanceof Unusable)) throw error
    return { state: { ...state, problem: error.message }, target: undefined }
  }
}

async function readTarget(
  server: string,
  directory: string,
  files: FileReader,
  environment: Environment,
): Promise<Target> {
  const url = URL.parse(server)
  if (!url) throw new Unusable('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not a host and a port.')
  const ca = await textOf(join(directory, 'ca.crt'), files)
  if (ca !== undefined) assertCertificates(ca, 'service account')
  const proxy = proxyFor(url, undefined, environment)
  const endpoint = { server, ca, servername: undefined, insecure: false, proxy }
  return {
    cluster: { endpoint, compression: true, execInfo: {} },
    user: { ...ANONYMOUS, authentication: { kind: 'token-file', path: join(directory, 'token') } },
  }
}

async function textOf(path: string, files: FileReader): Promise<string | undefined> {
  return (await files.read(path, SIZE_LIMIT))?.toString('utf8')
}
