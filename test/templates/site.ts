import fastify from 'fastify'
import pino from 'pino'
import templatePages from '../../routes/templates.ts'
import { ANONYMOUS, type Caller, LOCAL } from '../../src/call.ts'
import { edge } from '../../src/http/edge.ts'
import { rest } from '../../src/http/plugin.ts'
import { serverOptions } from '../../src/http/server-options.ts'
import { diffManifest } from '../../src/operations/apply/diff-manifest.ts'
import type { Operation } from '../../src/operations/define.ts'
import type { Ends } from '../support/ends.ts'
import { startServer } from '../support/server.ts'

export interface Answered {
  status: number
  type: string
  text: string
  /** The answer, where it is JSON. */
  body: unknown
}

/** The templates at a REST door of their own, with the runner of a whole server behind it. */
export interface Site {
  get(path: string, accept?: string, caller?: Caller): Promise<Answered>
  /** What any operation answers the local agent. */
  ask(operation: Operation, input: unknown): Promise<unknown>
  /** What applying a manifest would do. */
  diff(yamlContent: string): Promise<unknown>
  logText(): string
}

/** Starts it; it ends with the test. */
export async function openSite(ends: Ends, kubeconfig: string): Promise<Site> {
  const server = await startServer(ends, { KUBECONFIG: kubeconfig, LOG_LEVEL: 'debug' })
  const { runner } = server.application.core
  const log = pino({ level: 'silent' })
  const app = fastify(serverOptions(log))
  const callerOf = ({ headers }: { headers: object }) => ('x-nobody' in headers ? ANONYMOUS : LOCAL)
  edge(app, { config: { ALLOWED_HOSTS: [] }, callerOf })
  await app.register(rest, { pages: templatePages, runner, version: '1', callerOf })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  ends.after(() => app.close())
  const call = () => ({
    ...LOCAL,
    door: 'rest' as const,
    correlationId: 'test',
    signal: new AbortController().signal,
    progress: () => undefined,
    wantsProgress: false,
    requests: [],
  })
  const ask = async (operation: Operation, input: unknown) => (await runner.answer(operation, input, call())).output
  return {
    async get(path, accept = '*/*', caller = LOCAL) {
      const headers = { accept, ...(caller === ANONYMOUS ? { 'x-nobody': 'x' } : {}) }
      const response = await fetch(url + path, { headers })
      const text = await response.text()
      const type = response.headers.get('content-type') ?? ''
      return { status: response.status, type, text, body: /\bjson\b/.test(type) ? JSON.parse(text) : undefined }
    },
    ask,
    diff: (yamlContent) => ask(diffManifest, { yamlContent }),
    logText: () => server.logText(),
  }
}
