import { createServer, request as plainRequest, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { CallToolRequestOptions, Client } from '@modelcontextprotocol/client'
import { Compile } from 'typebox/compile'
import { type Call, LOCAL } from '../../src/call.ts'
import { getPodLogs } from '../../src/operations/pods/get-pod-logs.ts'
import { LogsAnswer } from '../../src/services/logs.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import type { PodLogs } from '../cluster/pod-logs.ts'
import type { Ends } from '../support/ends.ts'
import { startServer } from '../support/server.ts'
import { kubeconfigBehind } from '../support/loopback.ts'

export { type PodOptions, runPod } from '../support/pods.ts'
export { until } from '../support/until.ts'

/** A line written so many seconds after a fixed time of today, so that a test's times are its own. */
export const at = (seconds: number, text: string, base = Date.now() - 3_600_000) => ({
  text,
  time: new Date(base + seconds * 1000),
})

/** Numbered lines in the order of time, a millisecond apart. */
export function numbered(log: PodLogs, count: number, text = (index: number) => `line ${index}`): void {
  const base = Date.now() - 3_600_000
  log.append(...Array.from({ length: count }, (_, index) => at(index / 1000, text(index + 1), base)))
}

/** The whole server, and the logs it gives. */
export interface Site {
  url: string
  /** JSON of an answer, or of a problem. */
  get: (path: string) => Promise<{ status: number; body: unknown }>
  /** The logs of an answer; throws what the problem says where it is one. */
  logs: (path: string) => Promise<LogsAnswer>
  text: (path: string) => Promise<string>
  /** The tool as an MCP client calls it: its data and its text. */
  tool: (input: Input, options?: CallToolRequestOptions) => Promise<{ answer: LogsAnswer; text: string }>
  /** The operation itself, for a caller that never goes away. */
  run: (input: Input) => Promise<unknown>
}

type Input = Record<string, unknown>
const answers = Compile(LogsAnswer)
const json = { headers: { accept: 'application/json' } }

const stayingCall = (): Call => ({
  door: 'stdio',
  ...LOCAL,
  correlationId: 'test',
  signal: new AbortController().signal,
  progress: () => undefined,
  wantsProgress: false,
  requests: [],
})

function checked(body: unknown): LogsAnswer {
  if (!answers.Check(body)) throw new Error(JSON.stringify(body))
  return body
}

/** Starts the real server on a kubeconfig; it ends with the test. */
export async function serve(t: Ends, kubeconfig: string): Promise<Site> {
  const server = await startServer(t, { KUBECONFIG: kubeconfig })
  const { url, application } = server
  let client: Promise<Client> | undefined
  return {
    url,
    get: (path) => server.rest(path, json),
    logs: async (path) => checked((await server.rest(path, json)).body),
    text: async (path) => (await server.rest(path)).text,
    tool: async (input, options) => {
      client ??= server.mcp()
      const { structuredContent, content } = await (await client).callTool(
        { name: 'k8s_pods_get_pod_logs', arguments: input },
        options,
      )
      return {
        answer: checked(structuredContent),
        text: content.map((part) => (part.type === 'text' ? part.text : '')).join(''),
      }
    },
    run: async (input) => (await application.core.runner.answer(getPodLogs, input, stayingCall())).output,
  }
}

/** Texts of the lines of an answer. */
export const texts = ({ lines }: LogsAnswer): string[] => lines.map(({ text }) => text)

/** An HTTP server in front of the API server, which a test may watch and break. Its clients are admins. */
export interface Gate {
  kubeconfig: string
  /** `METHOD path?query` of every request, in order. */
  seen: string[]
  /** Log streams that are open, and the bytes of them that went through. */
  readonly open: number
  readonly bytes: number
  /** Ends every open log stream as a container that stopped would. */
  endStreams(): void
  /** Breaks every connection of an open log stream. */
  resetStreams(): void
}

/** Opens a gate; it ends with the test. */
export async function gate(ends: Ends, cluster: TestCluster): Promise<Gate> {
  const seen: string[] = []
  const streams = new Set<ServerResponse>()
  let bytes = 0
  const { hostname, port } = new URL(cluster.server)
  const { certificate: cert, key } = cluster.users.admin
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/' } = request
    seen.push(`${method} ${url}`)
    const { host: _, ...headers } = request.headers
    const upstream = httpsRequest(
      { hostname, port, path: url, method, headers, ca: cluster.ca, cert, key },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        if (url.includes('follow=true')) answer.on('data', (chunk: Buffer) => (bytes += chunk.length))
        answer.pipe(response)
      },
    )
    upstream.on('error', () => response.destroy())
    response.on('close', () => upstream.destroy())
    request.pipe(upstream)
    if (!url.includes('follow=true')) return
    streams.add(response)
    response.on('close', () => streams.delete(response))
  })
  const kubeconfig = await kubeconfigBehind(ends, cluster, server)
  return {
    kubeconfig,
    seen,
    get open() {
      return streams.size
    },
    get bytes() {
      return bytes
    },
    endStreams: () => streams.forEach((response) => response.end()),
    resetStreams: () => streams.forEach((response) => response.socket?.resetAndDestroy()),
  }
}

/** A followed log as it arrives by REST. */
export interface Followed {
  text(): string
  lines(): string[]
  leave(): void
  ended: Promise<void>
}

/** Follows a log over a socket of its own. */
export async function follow(ends: Ends, url: string, accept = 'text/plain'): Promise<Followed> {
  let received = ''
  let finish: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (finish = resolve))
  const request = plainRequest(url, { headers: { accept }, agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (text: string) => (received += text))
    response.on('close', finish)
    response.on('error', finish)
  })
  request.on('error', finish)
  request.end()
  ends.after(() => request.destroy())
  return {
    text: () => received,
    lines: () => received.split('\n').filter((line) => line !== ''),
    leave: () => request.destroy(),
    ended,
  }
}
