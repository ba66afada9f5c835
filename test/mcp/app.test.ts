import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import pino from 'pino'
import { type Application, build } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { type OpenSocket, openSocket } from '../../src/socket/open.ts'
import { eras } from './support/clients.ts'
import { until } from './support/door.ts'

/** An API server that takes requests and never answers, to see whether they are given up. */
async function hangingApiServer() {
  const seen = { open: 0, left: 0 }
  const server = createServer((_request, response) => {
    seen.open++
    response.on('close', () => seen.left++)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${address.port}`, seen, close }
}

const kubeconfig = (server: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dev',
    clusters: [{ name: 'dev', cluster: { server } }],
    users: [{ name: 'me', user: {} }],
    contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'me' } }],
  })

const command = {
  command: process.execPath,
  args: [join(import.meta.dirname, '..', '..', 'src', 'server.ts'), '--stdio'],
}

suite('the whole server by MCP', () => {
  let home: string
  let app: Application
  let socket: OpenSocket
  let url: string
  let environment: Record<string, string>
  let cluster: Awaited<ReturnType<typeof hangingApiServer>>
  before(async () => {
    cluster = await hangingApiServer()
    home = await mkdtemp(join(tmpdir(), 'k8s-mcp-test-'))
    const KUBECONFIG = join(home, 'config')
    await writeFile(KUBECONFIG, kubeconfig(cluster.url))
    environment = { HOME: home, DATA_DIR: join(home, 'state'), KUBECONFIG, TOOLSETS: 'all' }
    const log = pino({ level: 'silent' })
    app = await build(readConfig({ environment }).config, log)
    socket = await openSocket(app.core, log)
    url = `${await app.web.listen({ host: '127.0.0.1', port: 0 })}/mcp`
  })
  after(async () => {
    await socket.close()
    await app.close()
    cluster.close()
    await rm(home, { recursive: true })
  })

  for (const era of eras) {
    test(`a cancelled call lets go of the API server (${era.name})`, async () => {
      const client = await era.http({ url })
      const stop = new AbortController()
      const { open } = cluster.seen
      const call = client.call('k8s_pods_list_pods', {}, { signal: stop.signal })
      await until('the API server is asked', () => cluster.seen.open > open)
      assert.equal(cluster.seen.left, open)
      stop.abort()
      await assert.rejects(call)
      await until('the API server is left', () => cluster.seen.left === cluster.seen.open)
      await client.close()
    })

    test(`k8s-mcp --stdio answers the same (${era.name})`, async () => {
      const client = await era.stdio({ ...command, env: environment, stderr: 'ignore' })
      const contexts = await client.call('infra.k8s.cluster.getContexts')
      assert.match(contexts.text, /dev/)
      assert.match((await client.call('k8s_pods_list_pods', { limit: -1 })).text, /^bad_input: limit must be >= 1/)
      await client.close()
    })
  }

  test('k8s-mcp --stdio writes the protocol to stdout and nothing else, and ends when stdin does', async () => {
    const child = spawn(command.command, command.args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
    const [said, ended] = [text(child.stderr), once(child, 'exit')]
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } }
    const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    send({ id: 1, method: 'initialize', params })
    child.stdin.write('this is no JSON\n')
    send({ id: 2, method: 'tools/call', params: { name: 'k8s_get_info' } })
    await until('both are answered', () => output.includes('"id":2'))
    child.stdin.end()
    assert.deepEqual(await ended, [0, null])
    for (const line of output.trim().split('\n')) assert.match(line, /^\{.*"jsonrpc":"2\.0".*\}$/)
    assert.equal(await said, '')
  })
})
