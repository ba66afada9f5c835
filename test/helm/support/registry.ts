import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { Ends } from '../../support/ends.ts'
import { listenOnLoopback } from '../../support/loopback.ts'
import { type Authority, issue } from '../../cluster/certificates.ts'
import { sha256 } from './chart.ts'

/** What a server was asked. */
export interface Asked {
  path: string
  authorization: string | undefined
}

/** A server of charts on loopback. */
export interface ChartServer {
  /** http://127.0.0.1:PORT */
  url: string
  /** 127.0.0.1:PORT */
  host: string
  /** Every request, in order. */
  asked: Asked[]
}

/** Answers with a body, JSON unless it is bytes; true. */
export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, headers).end(Buffer.isBuffer(body) ? body : JSON.stringify(body))
  return true
}

/** Starts a server that answers by path; what has no answer is 404. With an authority: HTTPS. */
export async function startChartServer(
  ends: Ends,
  handle: (path: string, request: IncomingMessage, response: ServerResponse) => boolean,
  authority?: Authority,
): Promise<ChartServer> {
  const asked: Asked[] = []
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? ''
    asked.push({ path, authorization: request.headers.authorization })
    if (!handle(path, request, response)) answer(response, 404, { errors: [{ code: 'NOT_FOUND' }] })
  }
  const url = await listenOnLoopback(ends, serverOf(listener, authority))
  const { host } = new URL(url)
  return { url: authority === undefined ? url : url.replace('http:', 'https:'), host, asked }
}

function serverOf(listener: RequestListener, authority: Authority | undefined) {
  if (authority === undefined) return createServer(listener)
  const { certificate, key } = issue(authority, {
    commonName: '127.0.0.1',
    usage: 'server',
    names: ['127.0.0.1', 'localhost'],
  })
  return createSecure({ cert: certificate, key }, listener)
}

/** What can be wrong with a registry. */
export interface Faults {
  /** Bytes that it has instead of the promised ones. */
  blob?: Buffer
  manifest?: Buffer
  mediaType?: string
  /** It wants a token from here first. */
  realm?: (url: string) => string
  /** Blobs are elsewhere. */
  blobsAt?: string
  /** Most tags of a page. */
  page?: number
}

const CONFIG = 'application/vnd.cncf.helm.config.v1+json'
const LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'
const BASE = '/v2/team/web/'
const TOKEN = 'a-token-of-the-registry'

/** The manifest of a chart in a registry, as Helm writes it. */
export function manifestOf(chart: Buffer, mediaType = CONFIG): Buffer {
  const config = Buffer.from('{}')
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType, digest: `sha256:${sha256(config)}`, size: config.length },
      layers: [{ mediaType: LAYER, digest: `sha256:${sha256(chart)}`, size: chart.length }],
    }),
  )
}

/**
 * An OCI registry with one repository, team/web, whose tags are charts (OCI Distribution Specification 1.1: manifests, blobs, tags in pages,
 * and the token authentication that real ones have).
 */
export async function startRegistry(
  ends: Ends,
  charts: Readonly<Record<string, Buffer>>,
  faults: Faults = {},
  authority?: Authority,
): Promise<ChartServer> {
  const byDigest = new Map<string, Buffer>()
  const manifests = new Map<string, Buffer>()
  for (const [tag, chart] of Object.entries(charts)) {
    const manifest = faults.manifest ?? manifestOf(chart, faults.mediaType)
    byDigest.set(`sha256:${sha256(chart)}`, faults.blob ?? chart)
    manifests.set(tag, manifest).set(`sha256:${sha256(manifestOf(chart, faults.mediaType))}`, manifest)
  }
  const server: ChartServer = await startChartServer(
    ends,
    (path, request, response) => {
      if (path.startsWith('/token?')) return answer(response, 200, { token: TOKEN })
      if (faults.realm !== undefined && request.headers.authorization !== `Bearer ${TOKEN}`) {
        const challenge = `Bearer realm="${faults.realm(server.url)}",service="registry",scope="repository:x:pull"`
        return answer(response, 401, {}, { 'www-authenticate': challenge })
      }
      return path.startsWith(BASE) && serve(path.slice(BASE.length), response)
    },
    authority,
  )

  function serve(rest: string, response: ServerResponse): boolean {
    const [kind, name = ''] = rest.split(/\/(.*)/s, 2)
    const manifest = kind === 'manifests' ? manifests.get(name) : undefined
    const blob = kind === 'blobs' ? byDigest.get(name) : undefined
    if (manifest !== undefined) return answer(response, 200, manifest)
    if (blob !== undefined && faults.blobsAt !== undefined)
      return answer(response, 307, {}, { location: `${faults.blobsAt}/${name}` })
    if (blob !== undefined) return answer(response, 200, blob)
    return kind === 'tags' && list(name, response)
  }

  function list(query: string, response: ServerResponse): boolean {
    const last = new URLSearchParams(query.split('?')[1]).get('last')
    const all = Object.keys(charts)
    const start = last === null ? 0 : all.indexOf(last) + 1
    const tags = all.slice(start, start + (faults.page ?? all.length))
    const more = start + tags.length < all.length
    const link = `</v2/team/web/tags/list?n=${tags.length}&last=${encodeURIComponent(tags.at(-1) ?? '')}>; rel="next"`
    return answer(response, 200, { name: 'team/web', tags }, more ? { link } : {})
  }

  return server
}
