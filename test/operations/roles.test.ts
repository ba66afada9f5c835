import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { after, before, suite, test } from 'node:test'
import { createInterface } from 'node:readline'
import type { Client } from '@modelcontextprotocol/client'
import { type Principal, type Role, ROLES } from '../../src/call.ts'
import { serveStreams } from '../../src/mcp/stdio.ts'
import { wireName } from '../../src/mcp/tools.ts'
import type { Operation } from '../../src/operations/define.ts'
import { operations } from '../../src/operations/index.ts'
import { type Input, restRequest } from '../support/doors.ts'
import type { Ends } from '../support/ends.ts'
import { at, textAt } from '../support/json.ts'
import { sendRaw } from '../support/raw.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { bearer, makeToken } from '../support/tokens.ts'

// Role × kind × operation × door, all of them: who may ask for what is written here a second time, from the rule and not from the code.

const KINDS = ['agent', 'person', 'service'] as const satisfies Principal['kind'][]
type Door = 'rest' | 'mcp' | 'stdio'

interface Who {
  kind: Principal['kind']
  role: Role
}

/** Whoever has no credential, beyond loopback. */
const NOBODY: Who = { kind: 'agent', role: 'none' }
const EVERYBODY: readonly Who[] = [
  NOBODY,
  ...KINDS.flatMap((kind) => ROLES.filter((role) => role !== 'none').map((role) => ({ kind, role }))),
]

const isAtLeast = (role: Role, least: Role) => ROLES.indexOf(role) >= ROLES.indexOf(least)

/** What says nothing of a cluster is for everybody: the start page, documentation, templates. */
const isPublic = ({ name }: Operation) => /^infra\.k8s\.(getInfo|docs\.\w+|templates\.\w+)$/.test(name)

/** The rule. Undefined: let in. */
function refusal(operation: Operation, { kind, role }: Who, door: Door): string | undefined {
  if (role === 'none' && door !== 'rest') return 'unauthenticated'
  if (operation.kind === 'decision' && !operation.doors.includes(door)) return 'unknown_operation'
  if (isPublic(operation)) return undefined
  if (role === 'none') return 'unauthenticated'
  if (operation.kind === 'read') return isAtLeast(role, 'viewer') ? undefined : 'role_needed'
  if (operation.kind === 'change' || operation.by === 'requester')
    return isAtLeast(role, 'requester') ? undefined : 'role_needed'
  if (kind !== 'person') return 'person_needed'
  return isAtLeast(role, 'approver') ? undefined : 'role_needed'
}

/** Every code by which somebody is sent away for who they are. */
const SENT_AWAY = [
  'unauthenticated',
  'role_needed',
  'person_needed',
  'unknown_operation',
  'operation_disabled',
  'not_an_approver',
  'forbidden',
  'out_of_scope',
]

const SAMPLES: Input = {
  namespace: 'shop',
  name: 'web',
  kind: 'pods',
  id: `apr_${'0'.repeat(20)}`,
  digest: '0'.repeat(64),
  reason: 'why',
  outcome: 'failed',
  contextName: 'nosuch',
  replicas: 1,
  cordon: true,
  command: ['true'],
  image: 'shop/web:1',
  patch: { metadata: {} },
  yamlContent: 'a: b',
  verb: 'get',
  resource: 'pods',
}

/** An input that has what the operation asks for. There is no cluster, and no such approval: that it gets so far is what counts. */
function inputOf({ input }: Operation): Input {
  const required = new Set<string>(input.required)
  const names = Object.keys(input.properties).filter((name) => required.has(name) || name === 'namespace')
  return Object.fromEntries(names.map((name) => [name, SAMPLES[name] ?? 'x']))
}

/** A client over stdio, spoken to line by line. */
class Lines {
  readonly #input = new PassThrough()
  readonly #waiting = new Map<unknown, (message: unknown) => void>()
  readonly served: Promise<void>
  constructor({ application: { core } }: TestServer) {
    const output = new PassThrough()
    const { tools, runner } = core
    const onFault = (error: Error) => assert.fail(error)
    this.served = serveStreams({ tools, runner, version: '1', user: 'test', onFault, input: this.#input, output })
    createInterface(output).on('line', (line) => {
      const message: unknown = JSON.parse(line)
      this.#waiting.get(at(message, 'id'))?.(message)
    })
  }
  ask(method: string, params: object): Promise<unknown> {
    const id = randomUUID()
    const answer = new Promise((resolve) => this.#waiting.set(id, resolve))
    this.#input.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    return answer
  }
  async close(): Promise<void> {
    this.#input.end()
    await this.served
  }
}

suite('who may ask for what', () => {
  let server: TestServer
  let lines: Lines
  const headers = new Map<Who, Record<string, string>>([[NOBODY, {}]])
  const clients = new Map<Who, Client>()
  const work: (() => unknown)[] = []
  const ends: Ends = { after: (each) => work.push(each) }

  before(async () => {
    server = await startServer(ends, { HOST: '0.0.0.0', KUBECONFIG: '/nonexistent', TOOLSETS: 'all' })
    for (const who of EVERYBODY.slice(1)) {
      const role = who.role === 'none' ? 'viewer' : who.role
      const { token } = await makeToken(server.application, { kind: who.kind, role, subject: `${who.kind}-${role}` })
      headers.set(who, bearer(token))
      clients.set(who, await server.mcp(bearer(token)))
    }
    lines = new Lines(server)
    await lines.ask('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    })
  })
  after(async () => {
    await lines.close()
    for (const each of work.toReversed()) await each()
  })

  async function byRest(operation: Operation, who: Who): Promise<string> {
    const { method, path, type, body } = restRequest(operation.name, inputOf(operation))
    const typed = body === undefined ? {} : { 'content-type': type }
    const answer = await sendRaw(server.url, { method, path, body, headers: { ...typed, ...headers.get(who) } })
    return answer.status < 300 ? 'ok' : textAt(JSON.parse(answer.text), 'code')
  }

  async function byMcp(operation: Operation, who: Who): Promise<string> {
    const call = { name: wireName(operation.name), arguments: { ...inputOf(operation) } }
    const client = clients.get(who)
    if (client === undefined) return byMcpWithout(call)
    try {
      const answer = await client.callTool(call)
      return answer.isError === true ? textAt(answer, '_meta', 'code') : 'ok'
    } catch (error) {
      return textAt(error, 'data', 'code') || String(error)
    }
  }

  async function byMcpWithout(params: object): Promise<string> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
    const accept = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
    const answer = await sendRaw(server.url, { path: '/mcp', method: 'POST', headers: accept, body })
    assert.equal(answer.status, 401)
    assert.match(String(answer.headers['www-authenticate']), /^Bearer /)
    return textAt(JSON.parse(answer.text), 'error', 'data', 'code')
  }

  async function byStdio(operation: Operation): Promise<string> {
    const answer = await lines.ask('tools/call', { name: wireName(operation.name), arguments: inputOf(operation) })
    if (at(answer, 'error') !== undefined) return textAt(answer, 'error', 'data', 'code')
    return at(answer, 'result', 'isError') === true ? textAt(answer, 'result', '_meta', 'code') : 'ok'
  }

  /** Whoever comes by stdio is an agent of this machine, and no token makes it more. */
  const STDIO: Who = { kind: 'agent', role: 'requester' }
  const CASES: readonly (readonly [door: Door, who: readonly Who[], ask: typeof byRest])[] = [
    ['rest', EVERYBODY, byRest],
    ['mcp', EVERYBODY, byMcp],
    ['stdio', [STDIO], byStdio],
  ]

  for (const operation of operations)
    test(operation.name, async () => {
      for (const [door, everybody, ask] of CASES)
        for (const who of everybody) {
          const [code, expected] = [await ask(operation, who), refusal(operation, who, door)]
          const what = `${who.kind} with the role ${who.role} by ${door}: ${code}`
          if (expected === undefined) assert.ok(code !== '' && !SENT_AWAY.includes(code), what)
          else assert.equal(code, expected, what)
        }
    })

  test('the rule lets each role do something that the one before may not', () => {
    const allowed = (who: Who, door: Door) => operations.filter((each) => refusal(each, who, door) === undefined).length
    const counts = ROLES.map((role) => allowed({ kind: 'person', role }, 'rest'))
    assert.deepEqual(
      counts.slice(0, 4),
      counts.slice(0, 4).toSorted((a, b) => a - b),
    )
    assert.equal(new Set(counts.slice(0, 4)).size, 4)
    assert.ok(allowed({ kind: 'agent', role: 'admin' }, 'rest') < allowed({ kind: 'person', role: 'approver' }, 'rest'))
    assert.equal(
      allowed({ kind: 'person', role: 'admin' }, 'mcp'),
      allowed({ kind: 'agent', role: 'requester' }, 'mcp'),
    )
  })

  test('nothing that only persons decide is offered to any agent, whatever its role', async () => {
    for (const [who, client] of clients) {
      const names = (await client.listTools()).tools.map(({ name }) => name)
      assert.ok(names.length > 30, 'tools are listed')
      assert.deepEqual(
        names.filter((name) => /_(approve|deny|resolve)$/.test(name)),
        [],
        `${who.kind} ${who.role}`,
      )
    }
  })
})
