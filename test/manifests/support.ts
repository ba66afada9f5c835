import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { request as httpsRequest } from 'node:https'
import pino, { type Logger } from 'pino'
import { Compile } from 'typebox/compile'
import { build } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { Problem } from '../../src/errors.ts'
import { parseManifest } from '../../src/services/manifests/parse.ts'
import { type DocumentDiff, ManifestDiff } from '../../src/services/manifests/schema.ts'
import { isRecord } from '../cluster/client.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { folder } from '../support/process.ts'
import { kubeconfigBehind } from '../support/loopback.ts'

/** Things that end with the test. */
export interface Ends {
  after(work: () => unknown): void
}

/** Why a manifest is refused; fails where it is not. */
export function faultOf(manifest: string, namespaces: Parameters<typeof parseManifest>[1] = {}): string {
  try {
    parseManifest(manifest, namespaces)
  } catch (error) {
    assert.ok(error instanceof Problem)
    assert.deepEqual([error.code, error.status], ['bad_manifest', 422])
    return error.message
  }
  return assert.fail(`taken: ${manifest.slice(0, 200)}`)
}

/** The data of a ConfigMap manifest, as it is read. */
export function dataOf(manifest: string): unknown {
  return parseManifest(manifest)[0]?.object['data']
}

/** A ConfigMap whose data are these lines of YAML. */
export const configMap = (...data: readonly string[]): string =>
  [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    '  name: settings',
    'data:',
    ...data.map((line) => `  ${line}`),
    '',
  ].join('\n')

/** A Deployment of one container; `more` are further ones. */
export const deployment = (replicas: number, image: string, more = '') => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: "${image}"
        args: [--verbose]
${more}`

/** The whole server on a free port. */
export interface Site {
  url: string
  /** The diff of a manifest; fails with what the problem says where it is one. */
  diff(manifest: string, namespace?: string, context?: string): Promise<ManifestDiff>
  /** The diff of a manifest with one object. */
  one(manifest: string, namespace?: string): Promise<DocumentDiff>
  /** The answer to a diff, whatever it is. */
  answer(
    body: string,
    options?: { type?: string; query?: string; accept?: string },
  ): Promise<{ status: number; body: unknown }>
  text(manifest: string, namespace?: string): Promise<string>
}

const diffs = Compile(ManifestDiff)

/** Starts the real server on a kubeconfig; it ends with the test. */
export async function serve(ends: Ends, kubeconfig: string, log: Logger = pino({ level: 'silent' })): Promise<Site> {
  const { config } = readConfig({
    environment: {
      KUBECONFIG: kubeconfig,
      WEBCONTROL_PORT: '0',
      HOME: '/nonexistent',
      DATA_DIR: folder(ends),
      LOG_LEVEL: 'silent',
    },
  })
  const application = await build(config, log)
  const url = await application.web.listen({ host: '127.0.0.1', port: 0 })
  ends.after(() => application.close())
  const site: Site = {
    url,
    async answer(body, { type = 'application/yaml', query = '', accept = 'application/json' } = {}) {
      const response = await fetch(`${url}/cluster/diff?${query}`, {
        method: 'POST',
        body,
        headers: { 'content-type': type, accept },
      })
      const content = await response.text()
      return { status: response.status, body: accept === 'text/plain' ? content : JSON.parse(content) }
    },
    async diff(manifest, namespace, context) {
      const query = new URLSearchParams({
        ...(namespace === undefined ? {} : { namespace }),
        ...(context === undefined ? {} : { context }),
      })
      const { body } = await site.answer(manifest, { query: query.toString() })
      if (!diffs.Check(body)) throw new Error(JSON.stringify(body))
      return body
    },
    async one(manifest, namespace) {
      const { documents } = await site.diff(manifest, namespace)
      const [first, ...rest] = documents
      if (first === undefined || rest.length > 0) throw new Error(`${documents.length} objects instead of one`)
      return first
    },
    async text(manifest, namespace) {
      const query = namespace === undefined ? '' : `namespace=${namespace}`
      return String((await site.answer(manifest, { query, accept: 'text/plain' })).body)
    },
  }
  return site
}

/** A request that passed a {@link Gate}. */
export interface Passed {
  method: string
  path: string
  body: string
  status: number
}

/** An HTTP server in front of the API server that keeps what passes. All its clients are one user, an admin by default. */
export interface Gate {
  kubeconfig: string
  passed: Passed[]
}

/** Opens a gate; it ends with the test. */
export async function gate(
  ends: Ends,
  cluster: TestCluster,
  user: keyof TestCluster['users'] = 'admin',
): Promise<Gate> {
  const passed: Passed[] = []
  const { hostname, port } = new URL(cluster.server)
  const { certificate: cert, key } = cluster.users[user]
  const server = createServer((request, response) => {
    const { method = 'GET', url: path = '/' } = request
    const { host: _, ...headers } = request.headers
    const upstream = httpsRequest({ hostname, port, path, method, headers, ca: cluster.ca, cert, key }, (answer) => {
      passed.push({ method, path, body, status: answer.statusCode ?? 0 })
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    let body = ''
    upstream.on('error', () => response.destroy())
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.pipe(upstream)
  })
  const kubeconfig = await kubeconfigBehind(ends, cluster, server)
  return { kubeconfig, passed }
}

/** resourceVersion of an object, '' where it is not there. */
export async function versionOf({ api }: TestCluster, path: string): Promise<string> {
  const found = await api.get(path).catch(() => undefined)
  return isRecord(found) && isRecord(found['metadata']) ? String(found['metadata']['resourceVersion']) : ''
}

/** A path, operation and values of each difference, in short. */
export const told = ({ changes }: DocumentDiff): string[] =>
  changes.map(({ path, op, from, to }) =>
    [op, path, ...(from === undefined ? [] : [from]), ...(to === undefined ? [] : [to])].join(' '),
  )
