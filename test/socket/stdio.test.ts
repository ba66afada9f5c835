import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { dataFolder, isRunning, logIn, startedIn, threeContexts } from '../support/home.ts'
import { addressOf, getJson, startProcess, until } from '../support/process.ts'

const ENTRY = join(import.meta.dirname, '../../src/server.ts')

type Env = Record<string, string>

const envOf = (data: string, other: Env = {}): Env => ({
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  DATA_DIR: data,
  WEBCONTROL_PORT: '0',
  KUBECONFIG: threeContexts(data),
  ...other,
})

/** A desktop client that starts `k8s-mcp --stdio` for itself. */
async function desktop(t: TestContext, data: string, name: string, other: Env = {}): Promise<Client> {
  const client = new Client({ name, version: '1' })
  t.after(() => client.close())
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [ENTRY, '--stdio'],
      env: envOf(data, other),
      stderr: 'ignore',
    }),
  )
  return client
}

interface Asked {
  id: string
  requester: { subject: string }
}

async function switchTo(client: Client, contextName: string): Promise<Asked> {
  const { structuredContent } = await client.callTool({
    name: 'k8s_cluster_switch_context',
    arguments: { contextName },
  })
  return JSON.parse(JSON.stringify(structuredContent))
}

/** The bare process, with its streams. */
function bare(t: TestContext, data: string, other: Env = {}) {
  const child = spawn(process.execPath, [ENTRY, '--stdio'], {
    env: envOf(data, other),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text))
  const exit = once(child, 'close').then(() => child.exitCode)
  t.after(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const send = (message: object) => void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  return { child, said, exit, send }
}

const HELLO = {
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bare', version: '1' } },
}

test('a client starts the server where none runs, and a second one uses it', async (t) => {
  const data = dataFolder(t)
  const one = await desktop(t, data, 'one')
  const two = await desktop(t, data, 'two')
  for (const client of [one, two]) assert.ok((await client.listTools()).tools.length > 10)
  assert.equal(startedIn(data).length, 1)
  assert.match(logIn(data), /"door":"stdio"|listening on http/)
})

test('clients that start at once start one server', async (t) => {
  const data = dataFolder(t)
  const clients = await Promise.all(['a', 'b', 'c'].map((name) => desktop(t, data, name)))
  for (const client of clients) assert.ok((await client.listTools()).tools.length > 10)
  assert.equal(startedIn(data).length, 1)
  assert.doesNotMatch(logIn(data), /^k8s-mcp: /m, 'no second one was even tried')
})

test('each client is a principal of its own, two of one name too: neither sees nor cancels what the other asked for', async (t) => {
  const data = dataFolder(t)
  const [one, two, other] = [
    await desktop(t, data, 'desk'),
    await desktop(t, data, 'desk'),
    await desktop(t, data, 'other'),
  ]
  const asked = [await switchTo(one, 'prod'), await switchTo(two, 'prod'), await switchTo(other, 'prod')]
  const subjects = asked.map(({ requester }) => requester.subject)
  assert.equal(new Set(subjects).size, 3)
  assert.match(subjects[0] ?? '', /^stdio:[^:]+:desk$/)
  assert.equal(subjects[1], `${subjects[0]}#2`)
  const cancel = (client: Client, id = '') =>
    client.callTool({ name: 'k8s_approvals_cancel_approval', arguments: { id } })
  const refused = await cancel(two, asked[0]?.id)
  assert.equal(refused.isError, true)
  assert.match(JSON.stringify(refused.content), /approval_not_found/)
  assert.notEqual((await cancel(one, asked[0]?.id)).isError, true)
})

test('the name of a client that has left is free again', async (t) => {
  const data = dataFolder(t)
  const keeper = await desktop(t, data, 'keeper')
  const first = await desktop(t, data, 'desk')
  const { requester } = await switchTo(first, 'prod')
  await first.close()
  const again = await until('the name is free', async () => {
    const client = await desktop(t, data, 'desk')
    const { subject } = (await switchTo(client, 'staging')).requester
    if (subject === requester.subject) return subject
    await client.close()
    return undefined
  })
  assert.equal(again, requester.subject)
  assert.ok(await keeper.listTools())
})

test('stdout carries the protocol and nothing else; when stdin ends, what runs is answered and the exit code is 0', async (t) => {
  const data = dataFolder(t)
  const { child, said, exit, send } = bare(t, data)
  send(HELLO)
  send({ method: 'notifications/initialized' })
  send({ id: 2, method: 'tools/call', params: { name: 'k8s_get_status', arguments: {} } })
  child.stdin.end()
  assert.equal(await exit, 0)
  const messages = said.out
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))
  assert.deepEqual(
    messages.map(({ id }) => id),
    [1, 2],
  )
  assert.equal(said.err, '')
})

test('when the server goes away the client says so and ends with 1', async (t) => {
  const data = dataFolder(t)
  const { said, exit, send } = bare(t, data)
  send(HELLO)
  await until('an answer', () => (said.out.includes('"id":1') ? true : undefined))
  for (const pid of startedIn(data)) process.kill(pid, 'SIGKILL')
  assert.equal(await exit, 1)
  assert.match(said.err, /^k8s-mcp: the server has gone away\.\n$/)
})

test('a client that is killed in the middle of a call leaves the server and the others in peace', async (t) => {
  const data = dataFolder(t)
  const calm = await desktop(t, data, 'calm')
  const { child, said, exit, send } = bare(t, data)
  send(HELLO)
  await until('an answer', () => (said.out.includes('"id":1') ? true : undefined))
  send({ id: 2, method: 'tools/call', params: { name: 'k8s_get_status', arguments: {} } })
  child.kill('SIGKILL')
  await exit
  assert.ok(await calm.listTools())
  assert.equal(startedIn(data).filter(isRunning).length, 1)
  assert.doesNotMatch(logIn(data), /"level":"error"/)
})

test('a server that runs with other settings than the client was given is not used in silence', async (t) => {
  const data = dataFolder(t)
  await desktop(t, data, 'one')
  const { said, exit } = bare(t, data, { READ_ONLY: 'true' })
  assert.equal(await exit, 1)
  assert.match(said.err, /READ_ONLY is not set there and true here.*Stop it \(process \d+\)/)
  const other = bare(t, data, { KUBECONFIG: '/elsewhere/config' })
  assert.equal(await other.exit, 1)
  assert.match(other.said.err, /KUBECONFIG is .* there and \/elsewhere\/config here/)
})

test('a port that is taken is no reason to end for a server that was started for a client', async (t) => {
  const data = dataFolder(t)
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const client = await desktop(t, data, 'one', { WEBCONTROL_PORT: port })
  assert.ok((await client.listTools()).tools.length > 10)
  await until('it is said', () => (/the socket alone is served/.test(logIn(data)) ? true : undefined))
})

test('why a server could not be started is said', async (t) => {
  const data = dataFolder(t)
  const { said, exit } = bare(t, data, { POLICY_FILE: '/nonexistent/policy.yaml' })
  assert.equal(await exit, 1)
  assert.match(said.err, /POLICY_FILE.*policy\.yaml.*server\.log/)
})

test('clients use the server that somebody started, which does not end after them', async (t) => {
  const data = dataFolder(t)
  const server = startProcess(t, [], envOf(data))
  await addressOf(server)
  const client = await desktop(t, data, 'one')
  assert.ok((await client.listTools()).tools.length > 10)
  assert.equal(startedIn(data).length, 0)
})

test('a server in the background ends once nobody is connected and nothing is open, not before', async (t) => {
  const data = dataFolder(t)
  const server = startProcess(t, ['--background', '1'], envOf(data))
  const url = await addressOf(server)
  const client = await desktop(t, data, 'one')
  await pause(2_500)
  assert.equal(server.child.exitCode, null, 'a client is connected')
  const { id } = await switchTo(client, 'prod')
  await client.close()
  await pause(2_500)
  assert.equal(server.child.exitCode, null, 'a change waits for a person')
  assert.equal((await getJson(`${url}/livez`).catch(() => ({ alive: true })))['alive'], true)
  const decide = startProcess(t, ['approvals', id, '--json'], { DATA_DIR: data })
  const { digest }: { digest: string } = JSON.parse((await decide.exit, decide.stdout()))
  const { SocketClient } = await import('../../src/socket/client.ts')
  await new SocketClient(join(data, 'k8s-mcp.sock')).json({
    method: 'POST',
    path: `/approvals/${id}/approve`,
    body: { digest },
  })
  assert.equal(await server.exit, 0)
})
