import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { pino } from 'pino'
import { wireName } from '../../src/mcp/tools.ts'
import type { AuditRow } from '../../src/services/approvals/audit.ts'
import type { TokenSpec } from '../../src/services/principals/token.ts'
import { openSocket } from '../../src/socket/open.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { testCluster } from '../cluster/shared.ts'
import { type Input, restRequest } from '../support/doors.ts'
import type { Ends } from '../support/ends.ts'
import { textAt } from '../support/json.ts'
import { folder } from '../support/process.ts'
import { sendRaw } from '../support/raw.ts'
import { type Arrived, type Recorder, startRecorder } from '../support/recorder.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { bearer, makeToken } from '../support/tokens.ts'

/** What a door answered: the status where it has one, the value or the problem. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

/** Sends REST requests as somebody. */
export interface Somebody {
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Calls an operation. */
  call(operation: string, input: Input, headers?: Record<string, string>): Promise<Answer>
}

/** An agent at one door. */
export interface Asker {
  readonly door: 'REST' | 'MCP' | 'stdio'
  /** Calls a tool; its value, or the problem as `{code, text}`. */
  call(operation: string, input: Input): Promise<unknown>
}

/** A server with people and agents who have tokens. */
export interface Site {
  readonly server: TestServer
  readonly dataDir: string
  /** Somebody with a token of this kind and role, by name. */
  somebody(subject: string, spec?: Partial<TokenSpec>): Promise<Somebody>
  /** Somebody without a token. */
  readonly nobody: Somebody
  /** The approvers of this site, two people. */
  readonly alice: Somebody
  readonly bob: Somebody
  /** The agent of this site: requester. */
  readonly bot: Somebody
  /** The same kind of agent by each door, each its own principal. */
  askers(): Promise<Asker[]>
  audit(): Promise<AuditRow[]>
}

const ENTRY = join(import.meta.dirname, '../../src/server.ts')

/** Runs what was left for the end in reverse, so that what was opened last is closed first. */
export function inReverse(t: Ends): Ends {
  const work: (() => unknown)[] = []
  t.after(async () => {
    for (const each of work.toReversed()) await each()
  })
  return { after: (each) => work.push(each) }
}

/** What can be ended before the test is: a server that is started again on the same folder. */
export function endedEarly(t: Ends): Ends & { end(): Promise<void> } {
  const work: (() => unknown)[] = []
  const end = async () => {
    for (const each of work.splice(0).toReversed()) await each()
  }
  t.after(end)
  return { after: (each) => work.push(each), end }
}

/** Starts the whole server on a kubeconfig, its socket included; it ends with the test. */
export async function openSite(t: Ends, kubeconfig: string, settings: Record<string, string> = {}): Promise<Site> {
  const ends = inReverse(t)
  const dataDir = settings['DATA_DIR'] ?? folder(ends)
  const own = { KUBECONFIG: kubeconfig, DATA_DIR: dataDir, ...settings }
  const server = await startServer(ends, own)
  const { core } = server.application
  const somebody = async (subject: string, spec: Partial<TokenSpec> = {}) => {
    const { token } = await makeToken(server.application, { subject, ...spec })
    return somebodyAt(server.url, bearer(token))
  }
  const person = (subject: string) => somebody(subject, { kind: 'person', role: 'approver' })
  return {
    server,
    dataDir,
    somebody,
    nobody: somebodyAt(server.url, {}),
    alice: await person('alice'),
    bob: await person('bob'),
    bot: await somebody('bot'),
    askers: async () => {
      const socket = await openSocket(core, pino({ level: 'silent' }))
      ends.after(() => socket.close())
      const { token } = await makeToken(server.application, { subject: 'mcp-bot' })
      const rest = await somebody('rest-bot')
      const client = await server.mcp(bearer(token))
      return [restAsker(rest), toolAsker('MCP', client), await stdioAsker(ends, own)]
    },
    audit: async () => (await core.approving.opened?.store.auditRows(0, 10_000)) ?? [],
  }
}

/** Somebody who sends REST requests to a server with these headers. */
export function somebodyAt(url: string, own: Record<string, string>): Somebody {
  const send: Somebody['send'] = async (method, path, body, headers = {}) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }
    const type = text === undefined ? {} : { 'content-type': 'application/json' }
    const all = { accept: 'application/json', ...type, ...length, ...own, ...headers }
    const answer = await sendRaw(url, { method, path, headers: all, body: text })
    return { status: answer.status, headers: answer.headers, body: answer.text === '' ? '' : JSON.parse(answer.text) }
  }
  return {
    send,
    call(operation, input, headers) {
      const { method, path, body } = restRequest(operation, input)
      return send(method, path, body, headers)
    },
  }
}

/** An agent that asks by REST. */
export const restAsker = (agent: Somebody): Asker => ({
  door: 'REST',
  call: async (operation, input) => {
    const { status, body } = await agent.call(operation, input)
    return status < 300 ? body : { code: textAt(body, 'code'), text: textAt(body, 'detail') }
  },
})

const toolAsker = (door: 'MCP' | 'stdio', client: Client): Asker => ({
  door,
  call: async (operation, input) => {
    const answer = await client.callTool({ name: wireName(operation), arguments: { ...input } })
    if (answer.isError !== true) return answer.structuredContent
    return { code: textAt(answer, '_meta', 'code'), text: textAt(answer, 'content', 0, 'text') }
  },
})

/** An agent without a token that asks by MCP at this address. */
export async function mcpAskerAt(ends: Ends, url: string): Promise<Asker> {
  const client = new Client({ name: 'agent', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)))
  ends.after(() => client.close().catch(() => undefined))
  return toolAsker('MCP', client)
}

/** `k8s-mcp --stdio`, as a desktop client starts it, at the server that runs already. */
export async function stdioAsker(ends: Ends, settings: Record<string, string>): Promise<Asker> {
  const client = new Client({ name: 'desktop', version: '1' })
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...settings }
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [ENTRY, '--stdio'], env, stderr: 'ignore' }),
  )
  ends.after(() => client.close())
  return toolAsker('stdio', client)
}

/** Whether a request changes something: not a read, a rehearsal or a question about oneself. */
export const isWrite = ({ method, path, query }: Arrived): boolean =>
  method !== 'GET' && query.get('dryRun') === null && !/\/selfsubject\w*reviews$/.test(path)

/** The approval that an answer is; fails where it is none. */
export function approvalIn(value: unknown): { id: string; state: string; digest: string } {
  const [id, state, digest] = [textAt(value, 'id'), textAt(value, 'state'), textAt(value, 'digest')]
  assert.match(id, /^apr_[0-9a-f]{24}$/, JSON.stringify(value))
  return { id, state, digest }
}

/** One approval as somebody sees it. */
export async function seen(by: Somebody, id: string): Promise<unknown> {
  const { status, body } = await by.send('GET', `/approvals/${id}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

/** Approves what is shown, as a person does: reads it, and sends its digest back. */
export async function approve(by: Somebody, id: string, more: object = {}): Promise<Answer> {
  const { digest } = approvalIn(await seen(by, id))
  return by.send('POST', `/approvals/${id}/approve`, { digest, ...more })
}

/** Waits for the end of an approval, by the door's own waiting. */
export async function ended(by: Somebody, id: string): Promise<unknown> {
  for (let tries = 0; tries < 3; tries++) {
    const { status, body } = await by.send('GET', `/approvals/${id}?wait=20`)
    assert.equal(status, 200, JSON.stringify(body))
    if (textAt(body, 'endedAt') !== '' || textAt(body, 'state') === 'outcome_unknown') return body
  }
  throw new Error(`approval ${id} came to no end: ${JSON.stringify(await seen(by, id))}`)
}

/** Approves, and waits for what comes of it. */
export async function approvedAndEnded(by: Somebody, id: string): Promise<unknown> {
  const { status, body } = await approve(by, id)
  assert.equal(status, 200, JSON.stringify(body))
  return ended(by, id)
}

/** A site behind a recorder, and everybody who may ask there. */
export interface Opened {
  readonly cluster: TestCluster
  readonly recorder: Recorder
  readonly site: Site
  readonly askers: readonly Asker[]
}

/** For a suite: opened before its tests, closed after them; nothing of it may be read before they run. */
export function siteOfSuite(): Opened {
  const work: (() => unknown)[] = []
  let opened: Opened | undefined
  const now = () => {
    if (opened === undefined) throw new Error('The tests of this suite have not begun.')
    return opened
  }
  before(async () => {
    const ends = inReverse({ after: (each) => work.push(each) })
    const cluster = await testCluster()
    const recorder = await startRecorder(ends, cluster)
    const site = await openSite(ends, recorder.kubeconfig)
    opened = { cluster, recorder, site, askers: await site.askers() }
  })
  after(async () => {
    for (const each of work) await each()
  })
  return {
    get cluster() {
      return now().cluster
    },
    get recorder() {
      return now().recorder
    },
    get site() {
      return now().site
    },
    get askers() {
      return now().askers
    },
  }
}
