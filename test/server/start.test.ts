import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { clusterTest } from '../cluster/shared.ts'
import { dataFolder } from '../support/home.ts'
import { addressOf, folder, getJson, startProcess, until } from '../support/process.ts'

const PORT = { WEBCONTROL_PORT: '0' }

test('without a cluster the server says what it is, why none is connected and how to connect one', async (t) => {
  const server = startProcess(t, [], { ...PORT, KUBECONFIG: join(folder(t), 'config') })
  const info = await getJson(`${await addressOf(server)}/`)
  assert.equal(info['name'], 'k8s-mcp')
  const { cluster } = info
  assert.ok(
    typeof cluster === 'object' && cluster !== null && 'state' in cluster && 'problem' in cluster && 'next' in cluster,
  )
  assert.equal(cluster.state, 'none')
  assert.match(String(cluster.problem), /no kubeconfig/i)
  assert.match(String(cluster.next), /KUBECONFIG/)
})

test('a cluster operation without a cluster answers cluster_unavailable and what to do', async (t) => {
  const server = startProcess(t, [], { ...PORT, KUBECONFIG: join(folder(t), 'config') })
  const problem = await getJson(`${await addressOf(server)}/cluster/pods`)
  assert.equal(problem['code'], 'cluster_unavailable')
  assert.match(String(problem['next']), /kubeconfig/i)
})

test('--help and --version answer and end with 0', async (t) => {
  const help = startProcess(t, ['--help'])
  assert.equal(await help.exit, 0)
  assert.match(help.stdout(), /--stdio/)
  const version = startProcess(t, ['--version'])
  assert.equal(await version.exit, 0)
  assert.match(version.stdout(), /^\d+\.\d+\.\d+\n$/)
})

const REFUSED: [what: string, args: string[], settings: Record<string, string>, says: RegExp][] = [
  ['an address that this machine does not have', ['--host', '192.0.2.1'], {}, /192\.0\.2\.1 is not an address/],
  ['a port that is none', ['--port', 'eight'], {}, /WEBCONTROL_PORT/],
  ['an unknown toolset', [], { TOOLSETS: 'podz' }, /"podz" is not a toolset.*pods/],
  ['a log level that is none', [], { LOG_LEVEL: 'loud' }, /LOG_LEVEL.*trace, debug, info/],
  [
    'a public address that is none',
    [],
    { PUBLIC_URL: 'k8s.example.com' },
    /PUBLIC_URL k8s\.example\.com is not a web address/,
  ],
  ['an unknown flag', ['--prot', '1'], {}, /--prot/],
  ['a settings file that is not there', ['--config', '/nonexistent/k8s-mcp.yaml'], {}, /k8s-mcp\.yaml/],
]

for (const [what, args, settings, says] of REFUSED) {
  test(`${what} stops the start with one clear line`, async (t) => {
    const server = startProcess(t, args, { ...PORT, ...settings })
    assert.equal(await server.exit, 64)
    assert.match(server.stderr(), says)
    assert.equal(server.stderr().trimEnd().split('\n').length, 1)
  })
}

test('an unknown setting in the file stops the start, one line each', async (t) => {
  const file = join(folder(t), 'settings.yaml')
  writeFileSync(file, 'LOG_LEVEL: info\nPROT: 1\nHOTS: x\n')
  const server = startProcess(t, ['--config', file], PORT)
  assert.equal(await server.exit, 64)
  assert.match(server.stderr(), /PROT is not a setting/)
  assert.match(server.stderr(), /HOTS is not a setting/)
})

test('the settings file is read, and the environment wins over it', async (t) => {
  const file = join(folder(t), 'settings.yaml')
  writeFileSync(file, 'READ_ONLY: true\nWEBCONTROL_PORT: 1\n')
  const server = startProcess(t, ['--config', file], PORT)
  const status = await getJson(`${await addressOf(server)}/status`)
  assert.equal(status['readOnly'], true)
})

test('a port that is taken is said, with the way to another', async (t) => {
  const first = startProcess(t, [], PORT)
  const port = new URL(await addressOf(first)).port
  const second = startProcess(t, ['--port', port])
  assert.equal(await second.exit, 64)
  assert.match(second.stderr(), /is taken by another program.*--port/)
})

test('MCP_PORT gives MCP a listener of its own, and REST none of it', async (t) => {
  const server = startProcess(t, ['--mcp-port', '0', '--port', '0'], {})
  const url = await addressOf(server)
  const mcp = /"mcp":"([^"]+)"/.exec(server.stdout())?.[1] ?? ''
  assert.equal(new URL(mcp).port === new URL(url).port, true, 'both 0: the same listener')
  const apart = startProcess(t, ['--mcp-port', '18119', '--port', '0'], {})
  const web = await addressOf(apart)
  const answer = await fetch(`${web}/mcp`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  })
  assert.equal(answer.status, 404)
  const own = await fetch('http://127.0.0.1:18119/mcp', {
    method: 'POST',
    body: '{',
    headers: { 'content-type': 'application/json' },
  })
  assert.equal(own.status, 400)
  assert.equal((await fetch('http://127.0.0.1:18119/cluster/pods')).status, 404)
})

clusterTest('a kubeconfig that appears, breaks and goes away is noticed without a restart', async (cluster, t) => {
  const path = join(folder(t), 'config')
  const server = startProcess(t, [], { ...PORT, KUBECONFIG: path })
  const url = await addressOf(server)
  const pods = async () => (await fetch(`${url}/cluster/pods`)).status
  assert.equal(await pods(), 503)
  copyFileSync(cluster.kubeconfig, `${path}.new`)
  renameSync(`${path}.new`, path)
  await until('pods are listed', async () => ((await pods()) === 200 ? true : undefined))
  writeFileSync(path, 'clusters: [')
  const broken = await until('the fault is told', async () => {
    const { problem } = await getJson(`${url}/cluster/contexts`)
    return typeof problem === 'string' ? problem : undefined
  })
  assert.match(broken, /line 1/)
  assert.equal(await pods(), 200, 'the last good kubeconfig stays in use')
  rmSync(path)
  await until('no cluster any more', async () => ((await pods()) === 503 ? true : undefined))
})

clusterTest(
  'over stdio the same operations answer, and stdout carries nothing but the protocol',
  async (cluster, t) => {
    const client = new Client({ name: 'desktop', version: '1' })
    const entry = join(import.meta.dirname, '../../src/server.ts')
    const env = {
      KUBECONFIG: cluster.kubeconfig,
      PATH: process.env['PATH'] ?? '',
      LOG_FILE: join(folder(t), 'log'),
      DATA_DIR: dataFolder(t),
      WEBCONTROL_PORT: '0',
    }
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args: [entry, '--stdio'], env, stderr: 'pipe' }),
    )
    t.after(() => client.close())
    const { tools } = await client.listTools()
    assert.ok(tools.some(({ name }) => name === 'k8s_pods_list_pods'))
    const answer = await client.callTool({ name: 'infra.k8s.cluster.listNamespaces', arguments: {} })
    assert.equal(answer.isError ?? false, false)
    const line = await until('the call is logged', () =>
      readFileSync(env.LOG_FILE, 'utf8')
        .split('\n')
        .find((each) => each.includes('listNamespaces')),
    )
    assert.match(line, /"door":"stdio"/)
  },
)
