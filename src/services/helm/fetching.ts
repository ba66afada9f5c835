import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { problems } from '../../errors.ts'
import { AddressRefused, guardedLookup, whyNotAddress } from './addresses.ts'
import { bare, type ChartSources } from './chart-sources.ts'

const SECOND = 1_000
/** A source that says nothing for so long is given up; so is one that takes this long in all. */
const IDLE = 20 * SECOND
const LONGEST = 120 * SECOND
const MOST_REDIRECTS = 3

/** One GET. */
export interface Fetch {
  url: URL
  /** Bytes of the answer that are read. */
  limit: number
  headers?: Readonly<Record<string, string>>
  signal: AbortSignal
  /** Whether a URL may be asked: it, and each one that an answer redirects to. */
  allows(url: URL): boolean
}

/** What a source answered. */
export interface Fetched {
  status: number
  headers: http.IncomingHttpHeaders
  body: Buffer
  /** Where it came from in the end. */
  url: URL
}

/**
 * GETs for charts, from where the operator allows: each address is checked where it is connected to, each redirect like the first URL. No
 * cookies, no credentials in URLs, no compression. Throws `chart_source_not_allowed`, `chart_unavailable`, `chart_too_large`, `cancelled`.
 */
export class Fetcher {
  readonly #sources: ChartSources

  constructor(sources: ChartSources) {
    this.#sources = sources
  }

  async get(asked: Fetch): Promise<Fetched> {
    let { url, headers } = asked
    for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
      const answer = await this.#once({ ...asked, url, headers: headers ?? {} })
      const next = redirectOf(answer)
      if (next === undefined) return answer
      if (!asked.allows(next)) throw this.#redirected(url, next)
      if (next.origin !== url.origin) headers = withoutCredentials(headers)
      url = next
    }
    throw problems.chartUnavailable(hostIn(url), `it redirects more than ${MOST_REDIRECTS} times`)
  }

  #redirected(from: URL, to: URL) {
    const why = `${hostIn(from)} redirects to ${shown(to)}, which is not one of the chart sources of this server`
    return problems.chartSourceNotAllowed(`of ${shown(from)}`, why, 'The operator may add it to HELM_CHART_SOURCES.')
  }

  async #once(asked: Fetch & { headers: Readonly<Record<string, string>> }): Promise<Fetched> {
    const { url } = asked
    if (!asked.allows(url)) throw this.#sources.refusal(shown(url))
    this.#assertUrl(url)
    const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(LONGEST)])
    try {
      return await request({ ...asked, signal }, this.#sources.reachOf(url))
    } catch (error) {
      if (asked.signal.aborted) throw problems.cancelled()
      throw problemOf(error, asked)
    }
  }

  /** A connection to an address needs no lookup, so that none would look at it. */
  #assertUrl(url: URL): void {
    const host = bare(url.hostname)
    const why = isIP(host) === 0 ? undefined : whyNotAddress(host, this.#sources.reachOf(url))
    if (why !== undefined) throw refusedAddress(url, why)
    if (url.username !== '' || url.password !== '')
      throw problems.badInput('A URL of a chart carries no user name or password.')
  }
}

const hostIn = (url: URL) => url.host
/** A URL without what may be secret in it. */
export const shown = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`

const refusedAddress = (url: URL, why: string) =>
  problems.chartSourceNotAllowed(
    `of ${shown(url)}`,
    `its host leads to where charts do not come from: ${why}`,
    'The operator may list that very host in HELM_CHART_SOURCES; link-local addresses and this machine by their address.',
  )

/** Too much was answered. */
class TooMuch extends Error {}

function problemOf(error: unknown, { url, limit }: Fetch) {
  if (error instanceof AddressRefused) return refusedAddress(url, error.message)
  if (error instanceof TooMuch) return problems.chartTooLarge(`${shown(url)} answers more than ${limit} bytes`)
  if (error instanceof Error && error.name === 'TimeoutError')
    return problems.chartUnavailable(hostIn(url), 'it did not answer in time')
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return problems.chartUnavailable(hostIn(url), `the connection failed (${code})`)
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

function redirectOf({ status, headers, url }: Fetched): URL | undefined {
  if (!REDIRECTS.has(status)) return undefined
  const next = URL.parse(headers.location ?? '', url)
  if (next === null || (next.protocol !== 'https:' && next.protocol !== 'http:'))
    throw problems.chartUnavailable(hostIn(url), 'it redirects to something that is no web address')
  return next
}

function withoutCredentials(headers: Fetch['headers']): Record<string, string> {
  const { authorization: _, ...others } = headers ?? {}
  return others
}

function request({ url, headers, limit, signal }: Fetch, reach: Parameters<typeof guardedLookup>[0]): Promise<Fetched> {
  const { promise, resolve, reject } = Promise.withResolvers<Fetched>()
  const client = url.protocol === 'https:' ? https : http
  const sent = client.get(url, {
    agent: false,
    headers: { 'user-agent': 'k8s-mcp', 'accept-encoding': 'identity', ...headers },
    lookup: guardedLookup(reach),
    signal,
    timeout: IDLE,
  })
  sent.on('timeout', () => sent.destroy(new DOMException('idle', 'TimeoutError')))
  sent.on('error', reject)
  sent.on('response', (response) => {
    bodyOf(response, limit).then(
      (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body, url }),
      (error: unknown) => {
        sent.destroy()
        reject(error instanceof Error ? error : new Error('the answer broke off'))
      },
    )
  })
  return promise
}

async function bodyOf(response: http.IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(response.headers['content-length'] ?? 0) > limit) throw new TooMuch()
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response) {
    if (!Buffer.isBuffer(part)) continue
    size += part.length
    if (size > limit) throw new TooMuch()
    parts.push(part)
  }
  return Buffer.concat(parts)
}
